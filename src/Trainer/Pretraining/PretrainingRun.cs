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
/// Trains a model from random weights on the generated corpus: next-token prediction on dialogues in chat format, at first with a
/// little weight on users' text, at the end on answers alone. Resumes from its state file when there is one.
/// </summary>
public sealed class PretrainingRun : IDisposable
{
    private readonly PretrainingOptions _options;
    private readonly string _statePath;
    private readonly AdamW _optimizer;
    private readonly BatchSource _stream;
    private PretrainingState _state;

    public PretrainingRun(PretrainingOptions options, CorpusContent content, string statePath)
    {
        _options = options;
        _statePath = statePath;
        var generator = new DialogueGenerator(content, options.Seed);
        TokenizerJson = BytePairEncodingTraining.Train(
            generator.Stream(heldOut: false).Take(options.TokenizerDialogues).SelectMany(d => d.Messages).Select(m => m.Text),
            options.VocabularySize, ChatTemplate.SpecialTokens);
        Tokenizer = new ByteLevelBpeTokenizer(TokenizerJson);
        Template = new ChatTemplate(Tokenizer);
        Transformer = new Transformer(TransformerWeights.Initialise(
            options.Config(Tokenizer.VocabularySize, Template.EndOfTurn, Template.Pad), options.Seed));
        _optimizer = new AdamW(Transformer.Weights.ByName) { WeightDecay = options.WeightDecay };
        _stream = new BatchSource(generator, Template, options.BatchTokens, options.MaxPositions);
        _state = File.Exists(statePath)
            ? PretrainingState.Read(statePath, options, Transformer.Weights, _optimizer)
            : new(options, 0, 0, default);
        _stream.Resume(_state.Position);
    }

    public TokenizerJson TokenizerJson { get; }
    public ByteLevelBpeTokenizer Tokenizer { get; }
    public ChatTemplate Template { get; }
    public Transformer Transformer { get; }
    public long Tokens => _state.Tokens;
    /// <summary>Time in training, over all interruptions.</summary>
    public TimeSpan Elapsed => TimeSpan.FromSeconds(_state.Seconds);
    public bool IsComplete => _state.Tokens >= _options.Tokens;

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

    private PretrainingProgress Update()
    {
        var started = Stopwatch.GetTimestamp();
        var learningRate = _options.Schedule.At(_state.Tokens);
        var batch = _stream.Next(_options.UserWeightAt(_state.Tokens));
        double loss;
        using (torch.NewDisposeScope())
        {
            var mean = batch.Loss(Transformer);
            mean.backward();
            loss = mean.item<float>();
        }
        torch.nn.utils.clip_grad_norm_(Transformer.Weights.Parameters, _options.GradientClip);
        _optimizer.Step(learningRate);
        _optimizer.ClearGradients();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        _state = _state with { Tokens = _state.Tokens + batch.Tokens, Seconds = _state.Seconds + seconds, Position = _stream.Position };
        return new(_state.Tokens, _options.Tokens, _optimizer.Steps, loss, learningRate, batch.Tokens / seconds);
    }

    private void Save()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_statePath))!);
        _state.Write(_statePath, Transformer.Weights, _optimizer);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        Transformer.Dispose();
    }
}
