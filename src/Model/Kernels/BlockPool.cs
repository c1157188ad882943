using System.Numerics;

namespace ChatLoop.Model.Kernels;

/// <summary>
/// The blocks of a paged cache, by number: which are used and by how many sequences, and which are remembered by the tokens that they stand
/// for, so that a sequence that begins with the same tokens takes them over (Kwon et al. 2023, "PagedAttention"; Zheng et al. 2024,
/// "SGLang"). A remembered block without users stays until another block is needed, the longest unused first. A block stands for its own
/// tokens after those of its parent, and so on back to the first token. Nothing is allocated once the index has grown. Not thread-safe.
/// </summary>
internal sealed class BlockPool
{
    /// <summary>Parent of a sequence's first block.</summary>
    public const long Root = 0;

    private readonly int _blockTokens;
    private readonly int[] _users;
    private readonly Stack<int> _free;
    /// <summary>Remembered blocks without users, the longest unused first.</summary>
    private readonly LinkedList<int> _unused = new();
    private readonly LinkedListNode<int>[] _nodes;
    /// <summary>Of remembered blocks, else 0. Never given twice, so that the children of a block that has gone are found no more.</summary>
    private readonly long[] _serials;
    private readonly long[] _parents;
    private readonly int[] _tokens;
    private readonly Dictionary<ulong, int> _byContent;
    private long _nextSerial = Root + 1;

    public BlockPool(int blocks, int blockTokens)
    {
        _blockTokens = blockTokens;
        (_users, _serials, _parents, _tokens) = (new int[blocks], new long[blocks], new long[blocks], new int[blocks * blockTokens]);
        _nodes = [.. Enumerable.Range(0, blocks).Select(b => new LinkedListNode<int>(b))];
        _free = new(Enumerable.Range(0, blocks).Reverse());
        _byContent = new(blocks);
    }

    public int Blocks => _users.Length;

    /// <summary>Blocks that nobody uses, remembered ones included.</summary>
    public int Unused => _free.Count + _unused.Count;

    /// <summary>A block for new tokens, with one user.</summary>
    /// <exception cref="InvalidOperationException">All blocks are used.</exception>
    public int Take()
    {
        if (!_free.TryPop(out var block))
        {
            if (_unused.First is not { } oldest) throw new InvalidOperationException($"All {Blocks} blocks of the cache are used.");
            _unused.Remove(oldest);
            block = oldest.Value;
            Forget(block);
        }
        _users[block] = 1;
        return block;
    }

    public bool IsUsed(int block) => _users[block] > 0;

    /// <summary>One user more.</summary>
    public void Share(int block)
    {
        if (_users[block]++ == 0) _unused.Remove(_nodes[block]);
    }

    /// <summary>One user less.</summary>
    public void Release(int block)
    {
        if (--_users[block] > 0) return;
        if (_serials[block] == 0) _free.Push(block);
        else _unused.AddLast(_nodes[block]);
    }

    /// <summary>Remembers a full block by its tokens. Where another one stands for the same tokens already, that one stays.</summary>
    /// <returns>What the next block of the sequence has as its parent.</returns>
    public long Remember(int block, long parent, ReadOnlySpan<int> tokens)
    {
        if (_serials[block] != 0) return _serials[block];
        var key = KeyOf(parent, tokens);
        // Other tokens with the same key are as good as never seen again: they are not worth a list.
        if (_byContent.TryGetValue(key, out var other)) return IsOf(other, parent, tokens) ? _serials[other] : 0;
        _byContent.Add(key, block);
        tokens.CopyTo(TokensOf(block));
        _parents[block] = parent;
        return _serials[block] = _nextSerial++;
    }

    /// <summary>The block that stands for these tokens after its parent's; null where none is remembered.</summary>
    public int? Find(long parent, ReadOnlySpan<int> tokens) =>
        _byContent.TryGetValue(KeyOf(parent, tokens), out var block) && IsOf(block, parent, tokens) ? block : null;

    /// <summary>Of a remembered block.</summary>
    public long SerialOf(int block) => _serials[block];

    /// <summary>After other weights came: what is remembered is theirs no more. Users keep their blocks.</summary>
    public void ForgetAll()
    {
        _byContent.Clear();
        Array.Clear(_serials);
        while (_unused.First is { } first)
        {
            _unused.RemoveFirst();
            _free.Push(first.Value);
        }
    }

    private void Forget(int block)
    {
        _byContent.Remove(KeyOf(_parents[block], TokensOf(block)));
        _serials[block] = 0;
    }

    private bool IsOf(int block, long parent, ReadOnlySpan<int> tokens) => _parents[block] == parent && TokensOf(block).SequenceEqual(tokens);

    private Span<int> TokensOf(int block) => _tokens.AsSpan(block * _blockTokens, _blockTokens);

    /// <summary>FNV-1a with a final mix; a clash is noticed, as the tokens are compared.</summary>
    private static ulong KeyOf(long parent, ReadOnlySpan<int> tokens)
    {
        var hash = 14695981039346656037UL ^ (ulong)parent;
        foreach (var token in tokens) hash = (hash ^ (uint)token) * 1099511628211UL;
        return hash ^ BitOperations.RotateRight(hash, 29);
    }
}
