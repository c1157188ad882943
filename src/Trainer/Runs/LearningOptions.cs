using ChatLoop.Trainer.Adapters;
using ChatLoop.Trainer.FineTuning;
using ChatLoop.Trainer.Gates;
using ChatLoop.Trainer.Groups;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Preferences;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Selection;
using ChatLoop.Trainer.Simulation;
using static ChatLoop.Trainer.Runs.Settings;

namespace ChatLoop.Trainer.Runs;

/// <summary>Settings of a training run (section "Learning" of the configuration).</summary>
public sealed record LearningOptions
{
    /// <summary>How the policy learns.</summary>
    public PolicyAlgorithm Algorithm { get; init; } = PolicyAlgorithm.Ppo;
    public AdapterOptions Adapter { get; init; } = new();
    public RewardModelOptions RewardModel { get; init; } = new();
    public PpoOptions Ppo { get; init; } = new();
    public GroupOptions Group { get; init; } = new();
    public PreferenceOptions Preferences { get; init; } = new();
    public BestOfNOptions BestOfN { get; init; } = new();
    public SupervisedOptions Supervised { get; init; } = new();
    public ImaginedOptions Imagined { get; init; } = new();
    public GateOptions Gate { get; init; } = new();

    /// <summary>Pieces of model work that run side by side (policy and critic, folds of a cross-validation, parts of the rollouts).</summary>
    public int Workers { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 2);
    /// <summary>Threads inside one tensor operation. 1 is the fastest for small models; raise it with the model's size.</summary>
    public int IntraOpThreads { get; init; } = 1;
    /// <summary>Longest answer in tokens; a longer one is cut and counts as unfinished.</summary>
    public int MaxAnswerTokens { get; init; } = 160;
    /// <summary>
    /// Tokens of a forward pass, padding included: gradient accumulation. A minibatch is worked through in micro-batches of so many
    /// tokens, whose gradients add up to those of the whole. Bounds memory; changes results by rounding only.
    /// </summary>
    public int MicroBatchTokens { get; init; } = 1024;
    /// <summary>Keeps only the layers' inputs of a micro-batch and computes each layer again for its gradients: less memory, more time.</summary>
    public bool GradientCheckpointing { get; init; }
    /// <summary>Answers of the parent that fix the unit of reward: their mean is 0, their deviation 1.</summary>
    public int ReferenceAnswers { get; init; } = 128;

    /// <summary>
    /// Keeps Adam's moments in the candidate's folder and begins the next run with those of its parent. Off: they treble a checkpoint, and every
    /// run has a new reward, which old moments know nothing of.
    /// </summary>
    public bool KeepOptimizerState { get; init; }

    /// <exception cref="Contracts.Errors.ChatLoopException">Names the first setting that is out of range.</exception>
    public void Validate()
    {
        Require(Enum.IsDefined(Algorithm), "Learning:Algorithm", Algorithm, $"one of {string.Join(", ", Enum.GetNames<PolicyAlgorithm>())}");
        Require(Workers is >= 1 and <= 64, "Learning:Workers", Workers, "1 to 64");
        Require(IntraOpThreads is >= 1 and <= 256, "Learning:IntraOpThreads", IntraOpThreads, "1 to 256");
        Require(MaxAnswerTokens is >= 1 and <= 100_000, "Learning:MaxAnswerTokens", MaxAnswerTokens, "1 to 100000");
        Require(MicroBatchTokens is >= 1 and <= 10_000_000, "Learning:MicroBatchTokens", MicroBatchTokens, "1 to 10000000");
        Require(ReferenceAnswers is >= 8 and <= 100_000, "Learning:ReferenceAnswers", ReferenceAnswers, "8 to 100000");
        Adapter.Validate();
        Require(!KeepOptimizerState || Adapter.Kind == AdapterKind.Full, "Learning:KeepOptimizerState", KeepOptimizerState,
            "False for Learning:Adapter:Kind Lora: every run begins with a new adapter, whose moments are its own");
        RewardModel.Validate();
        Ppo.Validate();
        Group.Validate();
        Preferences.Validate();
        BestOfN.Validate();
        Supervised.Validate();
        Imagined.Validate();
        Gate.Validate();
        Require(Ppo.MaxKl <= Gate.MaxKl, "Learning:Ppo:MaxKl", Ppo.MaxKl, "at most Learning:Gate:MaxKl");
        ValidateAlgorithm();
    }

    /// <summary>What the chosen algorithm alone asks for.</summary>
    private void ValidateAlgorithm()
    {
        Require(Algorithm != PolicyAlgorithm.Kto || Preferences.Minibatch >= 2, "Learning:Preferences:Minibatch", Preferences.Minibatch,
            "at least 2 for Kto: its reference point is measured on answers beside other prompts of the minibatch, and alone it would always be 0");
        if (Algorithm is not (PolicyAlgorithm.Rloo or PolicyAlgorithm.Grpo)) return;
        Require(Ppo.Answers % Group.Size == 0, "Learning:Ppo:Answers", Ppo.Answers,
            $"a multiple of Learning:Group:Size ({Group.Size}) for {Algorithm}, which samples whole groups");
        Require(!Ppo.WhitenRewards, "Learning:Ppo:WhitenRewards", Ppo.WhitenRewards,
            $"False for {Algorithm}, which has one reward per answer and compares it within its group");
    }
}
