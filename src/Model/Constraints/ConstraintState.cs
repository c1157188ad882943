namespace ChatLoop.Model.Constraints;

/// <summary>All places of an automaton at which some beginning of a text may be; what follows is worked out when it is first asked for.</summary>
/// <param name="places">Sorted.</param>
/// <param name="isWhole">The text may end here.</param>
/// <param name="skipsSpace">Nothing was written yet, and a space that comes first is no part of the text.</param>
internal sealed class ConstraintState(int[] places, bool isWhole, bool skipsSpace)
{
    public IReadOnlyList<int> Places => places;
    public bool IsWhole => isWhole;
    public bool SkipsSpace => skipsSpace;

    /// <summary>By byte; null where it was not asked for yet.</summary>
    public ConstraintState?[] Next { get; } = new ConstraintState?[256];

    /// <summary>One bit for each token that may come next; null until it was asked for.</summary>
    public ulong[]? Allowed { get; set; }

    /// <summary>No text goes on, and none ends.</summary>
    public bool IsDead => places.Length == 0;
}
