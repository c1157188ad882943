using System.Diagnostics;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Pretraining;
using TorchSharp;

namespace ChatLoop.Trainer.FineTuning;

/// <summary>
/// Supervised fine-tuning of a checkpoint on dialogues in its chat format: next-token prediction of the answers and their ends, never
/// of users' text. Resumes from its state file when there is one. Changes the checkpoint's weights; does not own it.
/// </summary>
public sealed class FineTuningRun : IDisposable
{
    private readonly LoadedCheckpoint _checkpoint;
    private readonly FineTuningOptions _options;
    private readonly FineTuningDialogues _data;
    private readonly string _statePath;
    private readonly DialogueLearning _learning;
    private readonly long _updatesPerEpoch;
    private FineTuningState _state;

    public FineTuningRun(
        LoadedCheckpoint checkpoint, FineTuningDialogues data, FineTuningOptions options, string statePath, int threads = DialogueLearning.Shards)
    {
        (_checkpoint, _options, _data, _statePath) = (checkpoint, options, data, statePath);
        _learning = new DialogueLearning(checkpoint.Transformer, options.WeightDecay, options.GradientClip, threads);
        _updatesPerEpoch = (Batches(epoch: 0).Count + DialogueLearning.Shards - 1) / DialogueLearning.Shards;
        var begin = new FineTuningState(options, checkpoint.WeightsHash, data.Hash, 0, 0);
        _state = File.Exists(statePath) ? FineTuningState.Read(statePath, begin, checkpoint.Transformer.Weights, _learning.Optimizer) : begin;
    }

    public long Updates => _updatesPerEpoch * _options.Epochs;
    public long UpdatesDone => _state.Update;
    /// <summary>Time in training, over all interruptions.</summary>
    public TimeSpan Elapsed => TimeSpan.FromSeconds(_state.Seconds);

    /// <summary>Trains to the end, saving the state every <paramref name="saveEvery"/> updates and when cancelled.</summary>
    public void Train(int saveEvery, IProgress<PretrainingProgress> progress, CancellationToken cancellationToken)
    {
        var weights = _checkpoint.Transformer.Weights;
        var tokensPerEpoch = _data.Training.Sum(d => (long)d.Tokens.Count);
        weights.RequireGradients(true);
        for (var tokens = tokensPerEpoch * (_state.Update / _updatesPerEpoch); _state.Update < Updates && !cancellationToken.IsCancellationRequested;)
        {
            var epoch = Batches((int)(_state.Update / _updatesPerEpoch));
            var inEpoch = (int)(_state.Update % _updatesPerEpoch);
            tokens += epoch.Take(inEpoch * DialogueLearning.Shards).Sum(b => b.Tokens);
            foreach (var shards in epoch.Skip(inEpoch * DialogueLearning.Shards).Chunk(DialogueLearning.Shards))
            {
                if (cancellationToken.IsCancellationRequested) break;
                tokens += shards.Sum(s => s.Tokens);
                progress.Report(Update(shards, tokens, tokensPerEpoch * _options.Epochs));
                if (_state.Update % saveEvery == 0) Save();
            }
        }
        weights.RequireGradients(false);
        Save();
    }

    /// <summary>Mean cross-entropy per answer token of the held-out dialogues in nats; null without any.</summary>
    public double? HeldOutLoss()
    {
        if (_data.HeldOut.Count == 0) return null;
        using var noGrad = torch.no_grad();
        var batches = Cut(_data.HeldOut);
        var weight = batches.Sum(b => b.Weight);
        return batches.Sum(batch =>
        {
            using var part = batch.Loss(_checkpoint.Transformer, weight);
            return part.item<float>();
        });
    }

    private PretrainingProgress Update(DialogueBatch[] shards, long tokens, long totalTokens)
    {
        var started = Stopwatch.GetTimestamp();
        var learningRate = _options.LearningRateAt(_state.Update, Updates);
        var loss = _learning.Update(shards, learningRate);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        _state = _state with { Update = _state.Update + 1, Seconds = _state.Seconds + seconds };
        return new(tokens, totalTokens, _state.Update, loss, learningRate, shards.Sum(s => s.Tokens) / seconds);
    }

    /// <summary>All dialogues once, in batches of similar length whose order depends on the seed and the epoch.</summary>
    private List<DialogueBatch> Batches(int epoch)
    {
        var batches = Cut(_data.Training).ToArray();
        new Random(unchecked(_options.Seed * 7919 + epoch)).Shuffle(batches);
        return [.. batches];
    }

    private List<DialogueBatch> Cut(IReadOnlyList<ChatLoop.Model.ChatTemplates.TemplatedDialogue> dialogues) =>
        [.. DialogueBatch.Cut(dialogues, _options.BatchTokens / DialogueLearning.Shards).Select(rows => new DialogueBatch(rows, _checkpoint.Template.Pad, userWeight: 0))];

    private void Save() => _state.Write(_statePath, _checkpoint.Transformer.Weights, _learning.Optimizer);

    public void Dispose() => _learning.Dispose();
}
