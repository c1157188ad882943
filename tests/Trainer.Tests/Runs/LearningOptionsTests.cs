using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Adapters;
using ChatLoop.Trainer.Adapters;
using ChatLoop.Trainer.Groups;
using ChatLoop.Trainer.Ppo;
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
        { new() { Algorithm = (PolicyAlgorithm)99 }, "Learning:Algorithm is 99: it must be one of Ppo, Rloo, Grpo, Dpo, Ipo, Kto, BestOfN, SupervisedFineTuning, Imagined" },
        { new() { Ppo = new() { KlEstimator = (KlEstimator)7 } }, "Learning:Ppo:KlEstimator is 7: it must be K1, K2 or K3" },
        { new() { Ppo = new() { KlControl = (KlControl)7 } }, "Learning:Ppo:KlControl is 7: it must be Adaptive or Fixed" },
        { new() { Group = new() { Size = 1 } }, "Learning:Group:Size is 1: it must be 2 to 1024: an answer is compared with the others to its prompt, so alone in its group every advantage would be zero" },
        { new() { Group = new() { Scale = (GroupScale)7 } }, "Learning:Group:Scale is 7" },
        { new() { Algorithm = PolicyAlgorithm.Rloo, Group = new() { Size = 5 } }, "Learning:Ppo:Answers is 96: it must be a multiple of Learning:Group:Size (5) for Rloo" },
        { new() { Algorithm = PolicyAlgorithm.Grpo, Ppo = new() { WhitenRewards = true } }, "Learning:Ppo:WhitenRewards is True: it must be False for Grpo" },
        { new() { BestOfN = new() { N = 1 } }, "Learning:BestOfN:N is 1: it must be 2 to 1024: the best of one is any answer" },
        { new() { Supervised = new() { Epochs = 0 } }, "Learning:Supervised:Epochs is 0" },
        { new() { Preferences = new() { Beta = 0 } }, "Learning:Preferences:Beta is 0" },
        { new() { Preferences = new() { LabelSmoothing = 0.5 } }, "Learning:Preferences:LabelSmoothing is 0.5" },
        { new() { Algorithm = PolicyAlgorithm.Kto, Preferences = new() { Minibatch = 1 } }, "Learning:Preferences:Minibatch is 1: it must be at least 2 for Kto: its reference point" },
        { new() { Imagined = new() { Rounds = 0 } }, "Learning:Imagined:Rounds is 0: it must be 1 to 1000" },
        { new() { Imagined = new() { Pairs = 0 } }, "Learning:Imagined:Pairs is 0" },
        { new() { Imagined = new() { Users = 0 } }, "Learning:Imagined:Users is 0" },
        { new() { Imagined = new() { RealShare = 1 } }, "Learning:Imagined:RealShare is 1: it must be 0 or more and below 1" },
        { new() { Imagined = new() { Beta = 0 } }, "Learning:Imagined:Beta is 0" },
        { new() { Imagined = new() { Minibatch = 0 } }, "Learning:Imagined:Minibatch is 0" },
        { new() { Adapter = new() { Kind = (AdapterKind)7 } }, "Learning:Adapter:Kind is 7: it must be Full or Lora" },
        { new() { Adapter = new() { Rank = 0 } }, "Learning:Adapter:Rank is 0" },
        { new() { Adapter = new() { Alpha = 0 } }, "Learning:Adapter:Alpha is 0" },
        { new() { Adapter = new() { Targets = (AdapterTargets)7 } }, "Learning:Adapter:Targets is 7: it must be Attention, Mlp or All" },
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
    public void Pairs_may_be_learned_one_by_one() =>
        new LearningOptions { Algorithm = PolicyAlgorithm.Dpo, Preferences = new() { Minibatch = 1 } }.Validate();

    [Fact]
    public void The_defaults_are_valid() => new LearningOptions().Validate();
}
