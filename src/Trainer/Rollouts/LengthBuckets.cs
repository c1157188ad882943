namespace ChatLoop.Trainer.Rollouts;

/// <summary>Groups sequences of similar length, so that little of a micro-batch is padding.</summary>
public static class LengthBuckets
{
    /// <param name="lengths">Tokens per sequence.</param>
    /// <param name="maxTokens">Rows times longest row of a group, padding included. A longer sequence gets a group of its own.</param>
    /// <returns>Indices into <paramref name="lengths"/>, each once, shortest first.</returns>
    public static IReadOnlyList<int[]> Split(IReadOnlyList<int> lengths, int maxTokens)
    {
        var groups = new List<int[]>();
        var group = new List<int>();
        foreach (var index in Enumerable.Range(0, lengths.Count).OrderBy(i => lengths[i]).ThenBy(i => i))
        {
            if (group.Count > 0 && (group.Count + 1) * lengths[index] > maxTokens)
            {
                groups.Add([.. group]);
                group.Clear();
            }
            group.Add(index);
        }
        if (group.Count > 0) groups.Add([.. group]);
        return groups;
    }
}
