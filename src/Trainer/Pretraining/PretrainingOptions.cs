using ChatLoop.Model.Transformers;

namespace ChatLoop.Trainer.Pretraining;

/// <summary>Everything that decides which weights a run ends with. Same options, same machine: same weights.</summary>
public sealed record PretrainingOptions
{
    public int Seed { get; init; } = 1;
    /// <summary>Tokens of the first stage, padding not counted: everything is learned, users' text with a little weight. May be changed until it ends.</summary>
    public long Tokens { get; init; } = 10_000_000;
    /// <summary>Tokens of the second stage, supervised fine-tuning: answers alone are learned, and the learning rate falls.</summary>
    public long FineTuningTokens { get; init; } = 7_000_000;
    /// <summary>Tokens of one update, padding included; half of them in each of two batches of dialogues of similar length.</summary>
    public int BatchTokens { get; init; } = 2048;
    /// <summary>Dialogues that are sorted by length and cut into batches together.</summary>
    public int PoolDialogues { get; init; } = 4096;
    public double LearningRate { get; init; } = 2e-3;
    /// <summary>Tokens over which the learning rate rises.</summary>
    public long WarmUpTokens { get; init; } = 150_000;
    /// <summary>The learning rate's last value as a share of the peak.</summary>
    public double FinalLearningRate { get; init; } = 0.02;
    public double WeightDecay { get; init; } = 0.1;
    public double GradientClip { get; init; } = 1.0;
    /// <summary>Weight of users' text in the first stage; an answer's is 1.</summary>
    public double UserWeight { get; init; } = 0.1;
    public int VocabularySize { get; init; } = 2048;
    /// <summary>Dialogues that the tokenizer learns from.</summary>
    public int TokenizerDialogues { get; init; } = 40_000;
    public int HiddenSize { get; init; } = 128;
    public int IntermediateSize { get; init; } = 384;
    public int Layers { get; init; } = 5;
    public int Heads { get; init; } = 4;
    public int KeyValueHeads { get; init; } = 2;
    public int MaxPositions { get; init; } = 512;

    public long TotalTokens => Tokens + FineTuningTokens;

    /// <param name="tokens">Tokens trained on so far.</param>
    public double LearningRateAt(long tokens) => new CoolDownSchedule(LearningRate, WarmUpTokens, Tokens, TotalTokens, FinalLearningRate).At(tokens);

    /// <param name="tokens">Tokens trained on so far.</param>
    public double UserWeightAt(long tokens) => tokens < Tokens ? UserWeight : 0;

    public TransformerConfig Config(int vocabularySize, int endOfTurn, int pad) => new()
    {
        VocabularySize = vocabularySize,
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSize,
        Layers = Layers,
        Heads = Heads,
        KeyValueHeads = KeyValueHeads,
        MaxPositions = MaxPositions,
        EosTokenIds = [endOfTurn],
        PadTokenId = pad,
    };
}
