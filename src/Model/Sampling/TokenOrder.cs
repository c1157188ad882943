namespace ChatLoop.Model.Sampling;

/// <summary>
/// Tokens in the order of their logits, ties in favour of the lower id, as one number each: the float's bits made monotonic, then the id
/// inverted.
/// </summary>
internal static class TokenOrder
{
    public static ulong Key(float logit, int id)
    {
        var bits = BitConverter.SingleToInt32Bits(logit);
        var monotonic = (uint)(bits ^ ((bits >> 31) | int.MinValue));
        return ((ulong)monotonic << 32) | ~(uint)id;
    }

    public static int IdOf(ulong key) => (int)~(uint)key;

    /// <summary>
    /// Quickselect (Hoare 1961) by mass: the least key of the smallest set of greatest keys whose mass reaches the target. Reorders the keys.
    /// </summary>
    public static ulong LeastKept(Span<ulong> keys, double target, Func<ulong, double> massOf)
    {
        while (true)
        {
            var pivot = keys[keys.Length / 2];
            var greater = PartitionAround(pivot, keys);
            var mass = 0.0;
            foreach (var key in keys[..greater]) mass += massOf(key);
            if (greater > 0 && mass >= target)
            {
                keys = keys[..greater];
                continue;
            }
            mass += massOf(pivot);
            if (mass >= target || greater == keys.Length - 1) return pivot;
            keys = keys[(greater + 1)..];
            target -= mass;
        }
    }

    /// <summary>Puts the greater keys first, then the pivot, then the others. Returns how many are greater.</summary>
    private static int PartitionAround(ulong pivot, Span<ulong> keys)
    {
        var greater = 0;
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i] <= pivot) continue;
            (keys[greater], keys[i]) = (keys[i], keys[greater]);
            greater++;
        }
        var at = greater + keys[greater..].IndexOf(pivot);
        (keys[greater], keys[at]) = (keys[at], keys[greater]);
        return greater;
    }
}
