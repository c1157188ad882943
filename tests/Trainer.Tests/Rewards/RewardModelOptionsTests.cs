using ChatLoop.Trainer.Rewards;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class RewardModelOptionsTests
{
    /// <summary>Few judgements are gone over as often as is allowed; of many, one pass is enough.</summary>
    [Theory]
    [InlineData(30, 6)]
    [InlineData(500, 6)]
    [InlineData(1000, 3)]
    [InlineData(4096, 1)]
    public void Many_judgements_get_fewer_passes(int judgements, int passes) =>
        Assert.Equal(passes, new RewardModelOptions { Epochs = 6, JudgementBudget = 3000 }.For(judgements).Epochs);

    [Fact]
    public void One_pass_stays_one() => Assert.Equal(1, new RewardModelOptions { Epochs = 1 }.For(4096).Epochs);

    /// <summary>With four parts of 128 all are needed for 512 unseen judgements; a quarter of 4,096 is more than enough.</summary>
    [Theory]
    [InlineData(30, 4)]
    [InlineData(512, 4)]
    [InlineData(1024, 2)]
    [InlineData(4096, 1)]
    public void Cross_validation_ends_once_enough_was_unseen(int judgements, int parts) =>
        Assert.Equal(parts, new RewardModelOptions { Folds = 4, EnoughUnseen = 512 }.PartsFor(judgements));
}
