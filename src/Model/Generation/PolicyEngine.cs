using System.Runtime.CompilerServices;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Constraints;
using ChatLoop.Model.Telemetry;
using Microsoft.Extensions.Logging;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Generation;

/// <summary>
/// Serves the live policy by continuous batching: answers join and leave between decode steps on one thread of the engine's own
/// (Yu et al. 2022, "Orca"). Thread-safe. Disposing it interrupts the answers under way.
/// </summary>
public sealed class PolicyEngine : IPolicyEngine, IAsyncDisposable
{
    private readonly CheckpointStore _store;
    private readonly PolicyEngineOptions _options;
    private readonly ILogger _logger;
    private readonly DecodeLoop _loop;
    /// <summary>Swaps take effect in the order in which they were asked for.</summary>
    private readonly SemaphoreSlim _swapping = new(1);
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waitingForModel;

    public PolicyEngine(CheckpointStore store, PolicyEngineOptions options, ILogger<PolicyEngine> logger)
    {
        options.Check();
        (_store, _options, _logger) = (store, options, logger);
        _loop = new DecodeLoop(options, logger);
    }

    /// <inheritdoc/>
    public int? LiveVersion => _loop.Live?.Version;

    /// <inheritdoc/>
    public SamplingParameters DefaultSampling => _loop.Live?.Checkpoint.AdvisedSampling ?? new();

    /// <inheritdoc/>
    public int FreePlaces => Math.Max(0, _options.MaxConcurrent - ActiveAnswers - WaitingAnswers);

    /// <summary>SHA-256 of the live weights file; null until the first checkpoint is loaded.</summary>
    public string? LiveWeightsHash => _loop.Live?.Checkpoint.WeightsHash;

    /// <summary>Answers that are being decoded.</summary>
    public int ActiveAnswers => _loop.Active;

    /// <summary>Answers that wait for a place.</summary>
    public int WaitingAnswers => _loop.Waiting;

    /// <inheritdoc/>
    public async IAsyncEnumerable<GeneratedChunk> Generate(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var trace = new GenerationTrace();
        if (LiveVersion is null) await FirstCheckpoint(cancellationToken);
        // A constraint may take a good part of a second to make: not on the caller's scheduler.
        var answer = TokenConstraint.IsNeeded(request.Sampling)
            ? await Task.Run(() => Prepare(request), cancellationToken)
            : Prepare(request);
        trace.Queued(answer.Prompt.Count, WaitingAnswers);
        if (!_loop.TryEnqueue(answer))
        {
            trace.Refused();
            _logger.Refused(_options.QueueLimit);
            throw new ChatLoopException(ErrorCode.Busy,
                $"The server is busy: {_options.QueueLimit} answers are waiting. Try again in a few seconds.");
        }
        try
        {
            await foreach (var chunk in answer.Chunks.ReadAllAsync(cancellationToken))
            {
                trace.Add(chunk);
                yield return chunk;
            }
        }
        finally
        {
            _loop.Release(answer);
        }
    }

    /// <summary>A silo takes conversations from the moment that it joins its cluster, before its model is loaded.</summary>
    private async Task FirstCheckpoint(CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _waitingForModel) <= _options.QueueLimit)
            {
                await _loaded.Task.WaitAsync(_options.LoadPatience, cancellationToken);
                return;
            }
        }
        catch (TimeoutException)
        {
            // Told below.
        }
        finally
        {
            Interlocked.Decrement(ref _waitingForModel);
        }
        throw new ChatLoopException(ErrorCode.Busy, "The model is still being loaded. Try again in a few seconds.");
    }

    private AnswerUnderWay Prepare(GenerationRequest request)
    {
        var live = _loop.Live!;
        return AnswerUnderWay.To(request, live.Checkpoint, _loop.ContextOf(live.Checkpoint.Transformer.Config));
    }

    /// <inheritdoc/>
    public async Task Swap(int version, string checkpointFolder, CancellationToken cancellationToken)
    {
        await _swapping.WaitAsync(cancellationToken);
        try
        {
            var next = await Load(version, checkpointFolder, cancellationToken);
            using var previous = await _loop.Swap(next);
            _loaded.TrySetResult();
        }
        catch (ChatLoopException e)
        {
            _logger.SwapRefused(e, version, checkpointFolder, LiveVersion);
            throw;
        }
        finally
        {
            _swapping.Release();
        }
    }

    /// <summary>Reads, hashes and prepares on a thread of its own: neither the engine's nor the pool's threads wait for it.</summary>
    private Task<LivePolicy> Load(int version, string folder, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () =>
        {
            var loaded = _store.Load(folder, _options.KeepsStored(_store.ReadManifest(folder).WeightBytes));
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (_loop.Live is { } live) CheckReplaces(live.Checkpoint, loaded, folder);
                return new LivePolicy(version, folder, loaded, _options.DecodingOf(loaded).Prepare(loaded.Transformer));
            }
            catch
            {
                loaded.Dispose();
                throw;
            }
        },
        cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Answers under way keep their keys, values and tokens, so shape and vocabulary must be the same.</summary>
    private static void CheckReplaces(LoadedCheckpoint live, LoadedCheckpoint next, string folder)
    {
        var difference = live.Transformer.Config.DifferenceFrom(next.Transformer.Config);
        var tokenizer = CheckpointFiles.TokenizerOf(live.Files.ContainsKey)!;
        if (difference is null && !(next.Files.TryGetValue(tokenizer, out var file) && live.Files[tokenizer].AsSpan().SequenceEqual(file)))
            difference = $"its {tokenizer} is not the live one's";
        if (difference is null && live.Template.Source != next.Template.Source) difference = "its chat template is not the live one's";
        if (difference is not null)
        {
            throw ChatLoopException.Invalid(
                $"Checkpoint '{folder}' cannot replace the live one: {difference}. Restart the server to serve another model.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        _swapping.Dispose();
    }
}
