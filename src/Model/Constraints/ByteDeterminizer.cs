namespace ChatLoop.Model.Constraints;

/// <summary>
/// Subset construction (Rabin and Scott 1959), one state at a time as they are needed. When it has made too many it forgets them; states in
/// use go on. Not thread-safe.
/// </summary>
internal sealed class ByteDeterminizer
{
    private const int MostKept = 10_000;

    private static readonly ConstraintState Dead = new([], isWhole: false, skipsSpace: false);

    private readonly ByteAutomaton _automaton;
    private readonly Dictionary<int[], ConstraintState> _states = new(new SamePlaces());

    /// <param name="skipsSpace">A space that comes first is no part of the text.</param>
    public ByteDeterminizer(ByteAutomaton automaton, bool skipsSpace)
    {
        _automaton = automaton;
        var first = StateOf([automaton.Start]);
        Start = skipsSpace ? new([.. first.Places], first.IsWhole, skipsSpace: true) : first;
    }

    public ConstraintState Start { get; }

    public ConstraintState After(ConstraintState state, byte value) => state.Next[value] ??= Compute(state, value);

    private ConstraintState Compute(ConstraintState state, byte value)
    {
        if (state.SkipsSpace && value == ' ') return StateOf([.. state.Places]);
        HashSet<int> reached = [];
        foreach (var place in state.Places)
        {
            foreach (var step in _automaton.StepsOf(place))
            {
                if (step.First <= value && value <= step.Last) reached.Add(step.Target);
            }
        }
        return reached.Count == 0 ? Dead : StateOf(reached);
    }

    private ConstraintState StateOf(HashSet<int> reached)
    {
        var unvisited = new Stack<int>(reached);
        while (unvisited.TryPop(out var place))
        {
            foreach (var next in _automaton.FreeStepsOf(place))
            {
                if (reached.Add(next)) unvisited.Push(next);
            }
        }
        // Only places from which a byte leads on, and the end, make a difference.
        int[] places = [.. reached.Where(p => p == _automaton.End || _automaton.StepsOf(p).Count > 0).Order()];
        if (_states.TryGetValue(places, out var known)) return known;
        if (_states.Count == MostKept) _states.Clear();
        return _states[places] = new(places, places.Contains(_automaton.End), skipsSpace: false);
    }

    private sealed class SamePlaces : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj)
        {
            var hash = new HashCode();
            foreach (var place in obj) hash.Add(place);
            return hash.ToHashCode();
        }
    }
}
