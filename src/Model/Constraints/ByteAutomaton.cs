using System.Text;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.Model.Constraints;

/// <summary>
/// A nondeterministic automaton over the bytes of UTF-8 that accepts the texts of a pattern (Thompson 1968). From every state its end can be
/// reached. Immutable once built.
/// </summary>
internal sealed class ByteAutomaton
{
    /// <summary>What a request may cost in memory; a repetition of a repetition of hundreds of words exceeds it.</summary>
    public const int MostStates = 50_000;

    private readonly List<State> _states = [];

    private ByteAutomaton(Pattern pattern)
    {
        Start = NewState();
        End = Build(pattern, Start);
    }

    public readonly record struct Step(byte First, byte Last, int Target);

    public int Start { get; }
    public int End { get; }

    /// <exception cref="ChatLoopException">Invalid: it would be too large, or there is no text that it accepts.</exception>
    public static ByteAutomaton Of(Pattern pattern) => new(pattern);

    public IReadOnlyList<Step> StepsOf(int state) => _states[state].Steps;

    /// <summary>States that are reached from this one without a byte.</summary>
    public IReadOnlyList<int> FreeStepsOf(int state) => _states[state].Free;

    /// <summary>Every byte that some text has.</summary>
    public IReadOnlySet<byte> Bytes =>
        _states.SelectMany(s => s.Steps).Distinct().SelectMany(s => Enumerable.Range(s.First, s.Last - s.First + 1)).Select(b => (byte)b).ToHashSet();

    private int NewState()
    {
        if (_states.Count == MostStates)
            throw ChatLoopException.Invalid("Sampling: the constraint is too large: repeat less, or nest less.");
        _states.Add(new());
        return _states.Count - 1;
    }

    /// <summary>Adds a pattern that begins at a state. Returns the state at which it ends.</summary>
    private int Build(Pattern pattern, int from) => pattern switch
    {
        Pattern.Text text => Text(text.Value, from),
        Pattern.Characters characters => Characters(characters.Ranges, from),
        Pattern.Sequence sequence => sequence.Parts.Aggregate(from, (at, part) => Build(part, at)),
        Pattern.Choice choice => Choice(choice.Options, from),
        Pattern.Repeat repeat => Repeat(repeat, from),
        Pattern.Listed listed => Listed(listed, from),
        Pattern.Separated separated => Separated(separated, from),
        _ => throw new ArgumentOutOfRangeException(nameof(pattern), pattern, "Unknown pattern."),
    };

    private int Text(string text, int from)
    {
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            var next = NewState();
            _states[from].Steps.Add(new(value, value, next));
            from = next;
        }
        return from;
    }

    /// <summary>Built from the last byte to the first: characters share the states of equal endings.</summary>
    private int Characters(IReadOnlyList<(int First, int Last)> ranges, int from)
    {
        if (ranges.Count == 0) throw ChatLoopException.Invalid("Sampling: the constraint has a set of characters that is empty.");
        var end = NewState();
        var endings = new Dictionary<Step, int>();
        foreach (var bytes in ranges.SelectMany(r => Utf8Ranges.Of(r.First, r.Last)))
        {
            var at = end;
            for (var i = bytes.Length - 1; i > 0; i--)
            {
                var step = new Step(bytes[i].First, bytes[i].Last, at);
                if (!endings.TryGetValue(step, out at))
                {
                    endings[step] = at = NewState();
                    _states[at].Steps.Add(step);
                }
            }
            _states[from].Steps.Add(new(bytes[0].First, bytes[0].Last, at));
        }
        return end;
    }

    private int Choice(IReadOnlyList<Pattern> options, int from)
    {
        var end = NewState();
        foreach (var option in options) Free(Build(option, Free(from)), end);
        return end;
    }

    private int Repeat(Pattern.Repeat repeat, int from)
    {
        for (var i = 0; i < repeat.Least; i++) from = Build(repeat.Part, from);
        var end = NewState();
        if (repeat.Most is not { } most)
        {
            var again = Free(from);
            Free(Build(repeat.Part, again), again);
            Free(again, end);
            return end;
        }
        for (var i = repeat.Least; i < most; i++)
        {
            Free(from, end);
            from = Build(repeat.Part, Free(from));
        }
        Free(from, end);
        return end;
    }

    private int Separated(Pattern.Separated separated, int from)
    {
        var item = Free(from);
        var end = Build(separated.Item, item);
        Free(Build(separated.Separator, Free(end)), item);
        return Free(end);
    }

    /// <summary>Two states between two items: nothing was written yet, or something was. Each item is built once.</summary>
    private int Listed(Pattern.Listed listed, int from)
    {
        var (nothing, something) = ((int?)Free(from), (int?)null);
        foreach (var (pattern, isRequired) in listed.Items)
        {
            var item = NewState();
            if (nothing is { } first) Free(first, item);
            if (something is { } later) Free(Build(listed.Separator, Free(later)), item);
            var end = Free(Build(pattern, item));
            if (!isRequired && something is { } skipped) Free(skipped, end);
            if (isRequired) nothing = null;
            something = end;
        }
        var last = NewState();
        if (nothing is { } empty) Free(empty, last);
        if (something is { } whole) Free(whole, last);
        return last;
    }

    private int Free(int from)
    {
        var to = NewState();
        Free(from, to);
        return to;
    }

    private void Free(int from, int to) => _states[from].Free.Add(to);

    private sealed class State
    {
        public List<Step> Steps { get; } = [];
        public List<int> Free { get; } = [];
    }
}
