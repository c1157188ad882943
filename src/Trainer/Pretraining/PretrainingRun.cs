using System.Diagnostics;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Tokenizers;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Optimization;
using TorchSharp;

namespace ChatLoop.Trainer.Pretraining;

/// <summary>How far a run is. Tokens do not count padding; the loss is in nats per token of answers (and, early on, users' text).</summary>
public sealed record PretrainingProgress(long Tokens, long TotalTokens, long Step, double Loss, double LearningRate, double TokensPerSecond)
{
    public TimeSpan Left => TimeSpan.FromSeconds((TotalTokens - Tokens) / Math.Max(1, TokensPerSecond));
}

/// <summary>
/// Trains a model from random weights on the generated corpus: next-token prediction on dialogues in chat format. Short dialogues
/// come first, with a little weight on users' text, then on answers alone; long dialogues follow, on answers alone. Resumes from its state file when there is one.
/// </summary>
public sealed class PretrainingRun : IDisposable
{
    private readonly PretrainingOptions _options;
    private readonly string _statePath;
    private readonly AdamOptimizer _optimizer;
    private readonly BatchSource _shortDialogues;
    private readonly BatchSource _longDialogues;
    private PretrainingState _state;

    public PretrainingRun(PretrainingOptions options, CorpusContent content, string statePath)
    {
        _options = options;
        _statePath = statePath;
        var generator = new DialogueGenerator(content, options.Seed);
        TokenizerJson = File.Exists(statePath) ? PretrainingState.ReadTokenizer(statePath) : TrainTokenizer(options, generator);
        Tokenizer = TokenizerJson.ToTokenizer();
        Template = new ChatTemplate(Tokenizer);
        Transformer = new Transformer(TransformerWeights.Initialise(
            options.Config(Tokenizer.VocabularySize, Template.EndOfTurn, Template.Pad), options.Seed));
        _optimizer = new AdamOptimizer(
            Transformer.Weights.Parameters, epsilon: 1e-8, options.WeightDecay, beta1: 0.9, beta2: 0.95, decays: p => p.dim() > 1);
        _shortDialogues = new BatchSource(generator, Template, options.BatchTokens, options.MaxPositions, options.PoolDialogues);
        _longDialogues = new BatchSource(
            new DialogueGenerator(content, options.Seed, DialogueShape.Long), Template, options.BatchTokens, options.MaxPositions, options.PoolDialogues);
        _state = File.Exists(statePath)
            ? PretrainingState.Read(statePath, options, Transformer.Weights, _optimizer)
            : new(options, 0, 0, false, default);
        Batches.Resume(_state.Position);
    }

    public TokenizerJson TokenizerJson { get; }
    public Tokenizer Tokenizer { get; }
    public ChatTemplate Template { get; }
    public Transformer Transformer { get; }
    public long Tokens => _state.Tokens;
    /// <summary>Time in training, over all interruptions.</summary>
    public TimeSpan Elapsed => TimeSpan.FromSeconds(_state.Seconds);
    public bool IsComplete => _state.Tokens >= _options.TotalTokens;
    private BatchSource Batches => _state.LongDialogues ? _longDialogues : _shortDialogues;

    /// <summary>Trains to the end, saving the state every <paramref name="saveEvery"/> updates and when cancelled.</summary>
    public void Train(int saveEvery, IProgress<PretrainingProgress> progress, CancellationToken cancellationToken)
    {
        Transformer.Weights.RequireGradients(true);
        while (!IsComplete && !cancellationToken.IsCancellationRequested)
        {
            progress.Report(Update());
            if (_optimizer.Steps % saveEvery == 0) Save();
        }
        Transformer.Weights.RequireGradients(false);
        Save();
    }

    private static TokenizerJson TrainTokenizer(PretrainingOptions options, DialogueGenerator generator) => BytePairEncodingTraining.Train(
        generator.Stream(heldOut: false).Take(options.TokenizerDialogues).SelectMany(d => d.Messages).Select(m => m.Text),
        options.VocabularySize, ChatTemplate.SpecialTokens);

    private PretrainingProgress Update()
    {
        var started = Stopwatch.GetTimestamp();
        if (!_state.LongDialogues && _state.Tokens >= _options.Tokens) _state = _state with { LongDialogues = true };
        var learningRate = _options.LearningRateAt(_state.Tokens);
        var batch = Batches.Next(_options.UserWeightAt(_state.Tokens));
        double loss;
        using (torch.NewDisposeScope())
        {
            var mean = batch.Loss(Transformer);
            mean.backward();
            loss = mean.item<float>();
        }
        torch.nn.utils.clip_grad_norm_(Transformer.Weights.Parameters, _options.GradientClip);
        _optimizer.Step(learningRate);
        _optimizer.ZeroGradients();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        _state = _state with { Tokens = _state.Tokens + batch.Tokens, Seconds = _state.Seconds + seconds, Position = Batches.Position };
        return new(_state.Tokens, _options.TotalTokens, _optimizer.Steps, loss, learningRate, batch.Tokens / seconds);
    }

    private void Save()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_statePath))!);
        _state.Write(_statePath, TokenizerJson, Transformer.Weights, _optimizer);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        Transformer.Dispose();
    }
}
