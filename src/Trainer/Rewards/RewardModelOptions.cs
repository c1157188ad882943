using static ChatLoop.Trainer.Runs.Settings;

namespace ChatLoop.Trainer.Rewards;

/// <summary>Settings of the reward model's training, with defaults for 25 to 200 pairs.</summary>
public sealed record RewardModelOptions
{
    /// <summary>
    /// At most this many passes over the judgements in which the trunk learns too, after the heads were fitted; cross-validation says how
    /// many help. 0: the heads alone learn.
    /// </summary>
    public int Epochs { get; init; } = 2;
    /// <summary>Many judgements get fewer passes, one at least, so that about this many are worked through.</summary>
    public int JudgementBudget { get; init; } = 3000;
    /// <summary>Judgements in each optimiser step.</summary>
    public int Minibatch { get; init; } = 8;
    /// <summary>Adam's rate for the trunk at the start; it falls linearly to 0.</summary>
    public double LearningRate { get; init; } = 2e-4;
    /// <summary>The same for the heads, which start where they fit.</summary>
    public double HeadLearningRate { get; init; } = 3e-4;
    public double WeightDecay { get; init; } = 0.01;
    public double MaxGradientNorm { get; init; } = 1;
    /// <summary>Weight of (r1 + r2)^2, which holds the level of the scores near 0.</summary>
    public double Centring { get; init; } = 0.01;
    /// <summary>Thumbs and ratings together weigh at most this share of what the comparisons weigh; without comparisons they weigh nothing.</summary>
    public double MaxPointwiseShare { get; init; } = 0.25;
    /// <summary>Of the weight of all, that one person's judgements have at most; among few people twice an even share (<see cref="RaterShares"/>).</summary>
    public double LargestShare { get; init; } = 0.1;
    /// <summary>Heads of the ensemble, each with its own bootstrap sample of the judgements. They share the trunk and cost next to nothing.</summary>
    public int Heads { get; init; } = 4;
    /// <summary>
    /// How many spreads of the heads the reward lies below their mean. Small: with few judgements the heads' spread is of the order of
    /// the reward itself, and a large penalty would only teach the policy to say what was rated. Coste et al. (2023) use 0.1 for PPO.
    /// </summary>
    public double SpreadPenalty { get; init; } = 0.1;
    /// <summary>
    /// How many judgements that agree are added to each rater's own before it is estimated how reliable he is. Without cross-validation
    /// (too few prompts) all are trusted.
    /// </summary>
    public double RaterTrust { get; init; } = 4;
    /// <summary>Whether what follows an answer's length may be taken out of its score; it is where unseen comparisons agree better without it.</summary>
    public bool CorrectLength { get; init; } = true;
    /// <summary>At most this many passes over the verdicts that came with words, to learn to read comments.</summary>
    public int CommentEpochs { get; init; } = 12;
    /// <summary>Parts of the cross-validation that measures accuracy and chooses the number of epochs.</summary>
    public int Folds { get; init; } = 4;
    /// <summary>Once this many judgements were scored unseen, the other parts are left out: more would tell nothing new.</summary>
    public int EnoughUnseen { get; init; } = 512;

    /// <summary>With as many passes as the budget has for so many judgements.</summary>
    public RewardModelOptions For(int judgements) => this with
    {
        Epochs = Math.Clamp((int)Math.Ceiling((double)JudgementBudget / Math.Max(1, judgements)), Math.Min(1, Epochs), Epochs),
    };

    /// <summary>Parts of the cross-validation that are worked through.</summary>
    public int PartsFor(int judgements) => Math.Clamp((int)Math.Ceiling((double)EnoughUnseen * Folds / Math.Max(1, judgements)), 1, Folds);

    /// <exception cref="Contracts.Errors.ChatLoopException">Names the first setting that is out of range.</exception>
    public void Validate()
    {
        Require(Epochs is >= 0 and <= 1000, "Learning:RewardModel:Epochs", Epochs, "0 to 1000");
        Require(JudgementBudget is >= 1 and <= 100_000_000, "Learning:RewardModel:JudgementBudget", JudgementBudget, "1 to 100000000");
        Require(Minibatch is >= 1 and <= 10_000, "Learning:RewardModel:Minibatch", Minibatch, "1 to 10000");
        Require(LearningRate is > 0 and <= 0.1, "Learning:RewardModel:LearningRate", LearningRate, "above 0, at most 0.1");
        Require(HeadLearningRate is > 0 and <= 1, "Learning:RewardModel:HeadLearningRate", HeadLearningRate, "above 0, at most 1");
        Require(WeightDecay is >= 0 and <= 1, "Learning:RewardModel:WeightDecay", WeightDecay, "0 to 1");
        Require(MaxGradientNorm > 0, "Learning:RewardModel:MaxGradientNorm", MaxGradientNorm, "above 0");
        Require(Centring is >= 0 and <= 1, "Learning:RewardModel:Centring", Centring, "0 to 1");
        Require(LargestShare is > 0 and <= 1, "Learning:RewardModel:LargestShare", LargestShare, "above 0, at most 1 (no bound)");
        Require(MaxPointwiseShare is >= 0 and <= 1, "Learning:RewardModel:MaxPointwiseShare", MaxPointwiseShare, "0 to 1");
        Require(Heads is >= 1 and <= 64, "Learning:RewardModel:Heads", Heads, "1 to 64");
        Require(SpreadPenalty is >= 0 and <= 10, "Learning:RewardModel:SpreadPenalty", SpreadPenalty, "0 to 10");
        Require(RaterTrust is > 0 and <= 1000, "Learning:RewardModel:RaterTrust", RaterTrust, "above 0, at most 1000");
        Require(CommentEpochs is >= 1 and <= 1000, "Learning:RewardModel:CommentEpochs", CommentEpochs, "1 to 1000");
        Require(Folds is >= 2 and <= 20, "Learning:RewardModel:Folds", Folds, "2 to 20");
        Require(EnoughUnseen >= 1, "Learning:RewardModel:EnoughUnseen", EnoughUnseen, "at least 1");
    }
}
