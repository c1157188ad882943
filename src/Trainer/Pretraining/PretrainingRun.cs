using System.Diagnostics;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Tokenizers;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Corpus;
using TorchSharp;

namespace ChatLoop.Trainer.Pretraining;

/// <summary>How far a run is. Tokens do not count padding; the loss is in nats per token of answers (and, early on, users' text).</summary>
public sealed record PretrainingProgress(long Tokens, long TotalTokens, long Step, double Loss, double LearningRate, double TokensPerSecond)
{
    public TimeSpan Left => TimeSpan.FromSeconds((TotalTokens - Tokens) / Math.Max(1, TokensPerSecond));
}

/// <summary>
/// Trains a model from random weights on the generated corpus: next-token prediction on dialogues in chat format, with a little
/// weight on users' text, then supervised fine-tuning on answers alone. Resumes from its state file when there is one.
/// </summary>
public sealed class PretrainingRun : IDisposable
{
    private readonly PretrainingOptions _options;
    private readonly string _statePath;
    private readonly DialogueLearning _learning;
    private readonly BatchSource _batches;
    private PretrainingState _state;

    public PretrainingRun(PretrainingOptions options, CorpusContent content, string statePath, int threads = DialogueLearning.Shards)
    {
        _options = options;
        _statePath = statePath;
        var generator = new DialogueGenerator(content, options.Seed, DialogueShape.Mixed);
        TokenizerJson = File.Exists(statePath) ? PretrainingState.ReadTokenizer(statePath) : TrainTokenizer(options, generator);
        Tokenizer = TokenizerJson.ToTokenizer();
        Template = new ChatTemplate(Tokenizer);
        Transformer = new Transformer(TransformerWeights.Initialise(
            options.Config(Tokenizer.VocabularySize, Template.EndOfTurn, Template.Pad), options.Seed));
        _learning = new DialogueLearning(Transformer, options.WeightDecay, options.GradientClip, threads);
        _batches = new BatchSource(generator, Template, options.BatchTokens / DialogueLearning.Shards, options.MaxPositions, options.PoolDialogues);
        _state = File.Exists(statePath)
            ? PretrainingState.Read(statePath, options, Transformer.Weights, _learning.Optimizer)
            : new(options, 0, 0, default);
        _batches.Resume(_state.Position);
    }

    public TokenizerJson TokenizerJson { get; }
    public Tokenizer Tokenizer { get; }
    public ChatTemplate Template { get; }
    public Transformer Transformer { get; }
    public long Tokens => _state.Tokens;
    /// <summary>Time in training, over all interruptions.</summary>
    public TimeSpan Elapsed => TimeSpan.FromSeconds(_state.Seconds);
    public bool IsComplete => _state.Tokens >= _options.TotalTokens;

    /// <summary>Trains to the end, saving the state every <paramref name="saveEvery"/> updates and when cancelled.</summary>
    public void Train(int saveEvery, IProgress<PretrainingProgress> progress, CancellationToken cancellationToken)
    {
        Transformer.Weights.RequireGradients(true);
        while (!IsComplete && !cancellationToken.IsCancellationRequested)
        {
            progress.Report(Update());
            if (_learning.Optimizer.Steps % saveEvery == 0) Save();
        }
        Transformer.Weights.RequireGradients(false);
        Save();
    }

    /// <summary>Makes the weights what they are once stored in this type, so that figures are those of the stored model; for the end of a run.</summary>
    public void RoundWeights(torch.ScalarType type)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        foreach (var parameter in Transformer.Weights.Parameters) parameter.copy_(parameter.to(type));
    }

    private static TokenizerJson TrainTokenizer(PretrainingOptions options, DialogueGenerator generator) => BytePairEncodingTraining.Train(
        generator.Stream(heldOut: false).Take(options.TokenizerDialogues).SelectMany(d => d.Messages).Select(m => m.Text),
        options.VocabularySize, ChatTemplate.SpecialTokens);

    private PretrainingProgress Update()
    {
        var started = Stopwatch.GetTimestamp();
        var learningRate = _options.LearningRateAt(_state.Tokens);
        var userWeight = _options.UserWeightAt(_state.Tokens);
        var shards = Enumerable.Range(0, DialogueLearning.Shards).Select(_ => _batches.Next(userWeight)).ToList();
        var loss = _learning.Update(shards, learningRate);
        var tokens = shards.Sum(s => s.Tokens);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        _state = _state with { Tokens = _state.Tokens + tokens, Seconds = _state.Seconds + seconds, Position = _batches.Position };
        return new(_state.Tokens, _options.TotalTokens, _learning.Optimizer.Steps, loss, learningRate, tokens / seconds);
    }

    private void Save() => _state.Write(_statePath, TokenizerJson, Transformer.Weights, _learning.Optimizer);

    public void Dispose()
    {
        _learning.Dispose();
        Transformer.Dispose();
    }
}
