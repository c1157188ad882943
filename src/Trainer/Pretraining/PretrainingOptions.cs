using ChatLoop.Model.Transformers;

namespace ChatLoop.Trainer.Pretraining;

/// <summary>Everything that decides which weights a run ends with. Same options, same machine: same weights.</summary>
public sealed record PretrainingOptions
{
    public int Seed { get; init; } = 1;
    /// <summary>Tokens of short dialogues to train on first, padding not counted. May be changed until the run cools down.</summary>
    public long Tokens { get; init; } = 9_000_000;
    /// <summary>Tokens of long dialogues to train on afterwards, on answers alone.</summary>
    public long LongDialogueTokens { get; init; }
    /// <summary>The highest learning rate with long dialogues.</summary>
    public double LongDialogueLearningRate { get; init; } = 1.2e-3;
    /// <summary>Tokens of one update, padding included.</summary>
    public int BatchTokens { get; init; } = 2048;
    /// <summary>Dialogues that are sorted by length and cut into batches together.</summary>
    public int PoolDialogues { get; init; } = 4096;
    public double LearningRate { get; init; } = 2e-3;
    /// <summary>Tokens over which the learning rate rises.</summary>
    public long WarmUpTokens { get; init; } = 150_000;
    /// <summary>Share of the short dialogues, at their end, in which the learning rate falls and answers alone are trained on (supervised fine-tuning).</summary>
    public double CoolDown { get; init; } = 0.4;
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

    public long TotalTokens => Tokens + LongDialogueTokens;

    public long CoolDownStart => (long)(Tokens * (1 - CoolDown));

    /// <param name="tokens">Tokens trained on so far.</param>
    public double LearningRateAt(long tokens) => tokens < Tokens
        ? new CoolDownSchedule(LearningRate, WarmUpTokens, CoolDownStart, Tokens, FinalLearningRate).At(tokens)
        : new CoolDownSchedule(LongDialogueLearningRate, WarmUpTokens, WarmUpTokens, LongDialogueTokens, FinalLearningRate).At(tokens - Tokens);

    public double UserWeightAt(long tokens) => tokens < CoolDownStart ? UserWeight : 0;

    public TransformerConfig Config(int vocabularySize, int endOfTurn, int pad) => new()
    {
        VocabularySize = vocabularySize,
        HiddenSize = HiddenSize,
        IntermediateSize = IntermediateSize,
        Layers = Layers,
        Heads = Heads,
        KeyValueHeads = KeyValueHeads,
        MaxPositions = MaxPositions,
        EosTokenId = endOfTurn,
        PadTokenId = pad,
    };
}
