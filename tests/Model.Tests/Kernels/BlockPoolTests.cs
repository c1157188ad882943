using ChatLoop.Model.Kernels;

namespace ChatLoop.Model.Tests.Kernels;

public sealed class BlockPoolTests
{
    private readonly BlockPool _pool = new(blocks: 3, blockTokens: 2);

    [Fact]
    public void A_block_is_found_by_its_tokens_and_all_before_them()
    {
        var (first, second) = (_pool.Take(), _pool.Take());
        var parent = _pool.Remember(first, BlockPool.Root, [1, 2]);
        _pool.Remember(second, parent, [3, 4]);

        Assert.Equal(first, _pool.Find(BlockPool.Root, [1, 2]));
        Assert.Equal(second, _pool.Find(parent, [3, 4]));
        Assert.Null(_pool.Find(BlockPool.Root, [3, 4]));
        Assert.Null(_pool.Find(parent, [4, 3]));
    }

    [Fact]
    public void The_first_block_of_the_same_tokens_stays_the_one_that_is_found()
    {
        var (first, second) = (_pool.Take(), _pool.Take());
        var parent = _pool.Remember(first, BlockPool.Root, [1, 2]);

        Assert.Equal(parent, _pool.Remember(second, BlockPool.Root, [1, 2]));
        Assert.Equal(first, _pool.Find(BlockPool.Root, [1, 2]));
        _pool.Release(second);
        Assert.Equal(2, _pool.Unused);
        Assert.Equal(first, _pool.Find(BlockPool.Root, [1, 2]));
    }

    [Fact]
    public void Remembered_blocks_without_users_are_taken_last_and_the_longest_unused_first()
    {
        int[] blocks = [_pool.Take(), _pool.Take(), _pool.Take()];
        _pool.Remember(blocks[0], BlockPool.Root, [1, 1]);
        _pool.Remember(blocks[2], BlockPool.Root, [3, 3]);
        foreach (var block in blocks) _pool.Release(block);

        Assert.Equal(blocks[1], _pool.Take());
        // Used once more and released, the first is the newest.
        _pool.Share(blocks[0]);
        _pool.Release(blocks[0]);
        Assert.Equal(blocks[2], _pool.Take());
        Assert.Null(_pool.Find(BlockPool.Root, [3, 3]));
        Assert.Equal(blocks[0], _pool.Find(BlockPool.Root, [1, 1]));
        Assert.Equal(blocks[0], _pool.Take());
        Assert.Null(_pool.Find(BlockPool.Root, [1, 1]));
        Assert.Throws<InvalidOperationException>(() => _pool.Take());
    }

    /// <summary>Else a block's child would be found after another block with the same tokens as the parent's had come.</summary>
    [Fact]
    public void What_followed_a_block_that_has_gone_is_not_found()
    {
        var (parent, child) = (_pool.Take(), _pool.Take());
        var serial = _pool.Remember(parent, BlockPool.Root, [1, 2]);
        _pool.Remember(child, serial, [3, 4]);
        _pool.Release(parent);
        _pool.Take();
        Assert.Equal(parent, _pool.Take());

        var again = _pool.Remember(parent, BlockPool.Root, [1, 2]);

        Assert.NotEqual(serial, again);
        Assert.Null(_pool.Find(again, [3, 4]));
    }

    [Fact]
    public void A_block_has_as_many_users_as_share_it()
    {
        var block = _pool.Take();
        _pool.Remember(block, BlockPool.Root, [1, 2]);
        _pool.Share(block);
        _pool.Release(block);
        Assert.Equal(2, _pool.Unused);
        _pool.Release(block);
        Assert.Equal(3, _pool.Unused);
    }

    [Fact]
    public void Nothing_is_found_after_all_is_forgotten_and_users_keep_their_blocks()
    {
        var (used, unused) = (_pool.Take(), _pool.Take());
        _pool.Remember(used, BlockPool.Root, [1, 2]);
        _pool.Remember(unused, BlockPool.Root, [3, 4]);
        _pool.Release(unused);

        _pool.ForgetAll();

        Assert.Null(_pool.Find(BlockPool.Root, [1, 2]));
        Assert.Null(_pool.Find(BlockPool.Root, [3, 4]));
        Assert.Equal(2, _pool.Unused);
        _pool.Release(used);
        Assert.Equal(3, _pool.Unused);
    }
}
