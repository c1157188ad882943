using ChatLoop.Contracts.Errors;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.Runs;

public sealed class LearningOptionsTests
{
    public static TheoryData<LearningOptions, string> Bad() => new()
    {
        { new() { Workers = 0 }, "Learning:Workers is 0" },
        { new() { Ppo = new() { Clip = 1.5 } }, "Learning:Ppo:Clip is 1.5" },
        { new() { Ppo = new() { LearningRate = double.NaN } }, "Learning:Ppo:LearningRate is NaN" },
        { new() { Ppo = new() { Minibatches = 200 } }, "Learning:Ppo:Minibatches is 200" },
        { new() { Ppo = new() { MaxKl = 50 } }, "Learning:Ppo:MaxKl is 50: it must be at most Learning:Gate:MaxKl" },
        { new() { RewardModel = new() { Folds = 1 } }, "Learning:RewardModel:Folds is 1" },
        { new() { Gate = new() { MinRewardModelAccuracy = 0.4 } }, "Learning:Gate:MinRewardModelAccuracy is 0.4" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void An_error_names_the_setting(LearningOptions options, string message)
    {
        var error = Assert.Throws<ChatLoopException>(options.Validate);

        Assert.Equal(ChatLoop.Contracts.Errors.ErrorCode.Invalid, error.Code);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_valid() => new LearningOptions().Validate();
}
