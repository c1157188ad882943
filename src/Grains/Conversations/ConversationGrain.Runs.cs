using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Grains.Generation;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Telemetry;
using Microsoft.Extensions.Logging;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Grains.Conversations;

/// <summary>
/// Runs: the server-side writing of answers (ADR 0001). A run reads this silo's policy engine in the background of the grain
/// (ADR 0004); readers come and go without touching it.
/// </summary>
public sealed partial class ConversationGrain
{
    /// <summary>What a crash may cost of an unfinished answer.</summary>
    private static readonly TimeSpan DraftInterval = TimeSpan.FromSeconds(1);

    /// <summary>For the storage of an answer's end to come back: under the 30 s in which the call that stops an answer must be answered.</summary>
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(20), FirstStorePause = TimeSpan.FromMilliseconds(100);

    /// <summary>Ended runs whose log stays in memory for readers that come back.</summary>
    private const int MostEndedLogs = 16;

    private readonly Dictionary<string, AnswerRun> _runs = [];
    private Task _draftsWritten = Task.CompletedTask;

    public async Task<Turn> Stop(string userId, string runId, int seenSeq)
    {
        var turn = _state.Value.OwnedBy(userId).AnswerOfRun(runId);
        if (_runs.TryGetValue(runId, out var run))
        {
            if (run.TryTakeEnd()) await StopUnderWay(run, seenSeq);
            else
            {
                await run.Stored;
                await CutEnded(run, seenSeq);
            }
        }
        var state = _state.Value.OwnedBy(userId);
        return state.Turn(turn.TurnId).ToTurn(state.IsBlind(turn.TurnId));
    }

    /// <param name="isSeedGiven">Whoever names a seed asks for one answer and no other.</param>
    private void Begin(RunReceipt receipt, bool isSeedGiven)
    {
        var run = new AnswerRun(receipt.RunId, receipt.AnswerTurnId, clock);
        foreach (var old in _runs.Values.Where(r => r.Log.Ended).SkipLast(MostEndedLogs - 1).ToArray()) Forget(old);
        _runs.Add(run.RunId, run);
        underWay.Add(run.Stored);
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        UpdateIndexLater(_state.Value).Ignore();
        Write(run, isSeedGiven).Ignore();
    }

    /// <summary>Writes the answer to its end. Never throws: an error is the run's last event.</summary>
    private async Task Write(AnswerRun run, bool isSeedGiven)
    {
        // The receipt is on its way before the model is asked.
        await Task.Yield();
        // A child of the call that asked, and longer than it.
        using var activity = Tracing.Source.StartActivity("answer")?.SetTag("chatloop.run", run.RunId);
        try
        {
            var state = _state.Value;
            var turn = state.Turn(run.TurnId);
            var request = new GenerationRequest(state.PromptOf(turn.ParentTurnId!), turn.Sampling!);
            var policy = PolicyFor(turn);
            var candidates = CandidatesFor(turn, request, isSeedGiven);
            var finish = candidates > 1 ? await GenerateChosen(run, turn, request, candidates) : await Show(run, policy.Generate(request, run.Cancelled));
            activity?.SetTag("chatloop.version", run.Draft.Version).SetTag("chatloop.finish", finish);
            if (!run.TryTakeEnd()) return;
            await StoreEnd(run, TurnStatus.Complete, run.Draft.TakeLogged() with { Finish = finish, LastSeq = run.Log.LastSeq + 1 });
            run.Log.End(finish, run.Draft.Version);
        }
        catch (OperationCanceledException) when (run.EndTaken)
        {
            // Stopped, or shutting down: whoever took the end stores it.
        }
        catch (Exception error)
        {
            activity.Failed(error);
            if (error is not ChatLoopException) LogRunFailed(error, run.RunId, Id);
            await FailRun(run, error is ChatLoopException known ? known.Message : "The answer broke off because of an error: ask for it again.");
        }
    }

    private async Task<FinishReason> Show(AnswerRun run, IAsyncEnumerable<GeneratedChunk> chunks)
    {
        var lastDraft = clock.GetTimestamp();
        int? version = null;
        await foreach (var chunk in chunks)
        {
            if (run.EndTaken) break;
            run.Draft.Add(chunk);
            if (run.Draft.Version is { } newest && newest != version)
            {
                if (version is null) metrics.FirstToken(clock.GetElapsedTime(run.AskedAt));
                version = newest;
                serving.Answered(newest);
            }
            if (chunk.Finish is { } finish) return finish;
            if (clock.GetElapsedTime(lastDraft) < DraftInterval || !_draftsWritten.IsCompleted) continue;
            lastDraft = clock.GetTimestamp();
            _draftsWritten = StoreDraft(run);
        }
        throw run.EndTaken
            ? new OperationCanceledException()
            : new InvalidOperationException("The engine ended the answer without a finish reason.");
    }

    private async Task StopUnderWay(AnswerRun run, int seenSeq)
    {
        var shown = run.Log.ShownAt(seenSeq);
        var stopped = run.Draft.Take(shown) with { Finish = FinishReason.Stopped, LastSeq = run.Log.EndAfterCut(seenSeq) };
        await run.CancelGeneration();
        await StoreEnd(run, TurnStatus.Stopped, stopped);
        run.Log.Cut(seenSeq, shown, FinishReason.Stopped, run.Draft.Version);
    }

    /// <summary>
    /// The answer ended while the stop was on its way: it is cut all the same, because the user saw it end there, unless the whole
    /// answer was seen or something was built on it.
    /// </summary>
    private async Task CutEnded(AnswerRun run, int seenSeq)
    {
        if (seenSeq >= run.Log.LastSeq) return;
        var shown = run.Log.ShownAt(seenSeq);
        var cut = run.Draft.Take(shown) with { Finish = FinishReason.Stopped, LastSeq = run.Log.LastSeq };
        var wasCut = await _state.Change(state =>
            state.Find(run.TurnId) is { Status: TurnStatus.Complete }
            && !state.Turns.Exists(t => t.ParentTurnId == run.TurnId)
            && !state.Comparisons.Exists(c => c.Decided && c.Holds(run.TurnId))
                ? (state.WithEndedAnswer(run.TurnId, TurnStatus.Stopped, cut, Now), true)
                : (state, false));
        if (wasCut) run.Log.Cut(seenSeq, shown, FinishReason.Stopped, run.Draft.Version);
    }

    private async Task FailRun(AnswerRun run, string whatToDo)
    {
        if (run.TryTakeEnd())
        {
            var failed = run.Draft.TakeLogged() with { Finish = FinishReason.Failed, LastSeq = run.Log.LastSeq + 1 };
            await StoreEnd(run, TurnStatus.Failed, failed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
        if (!run.Log.Ended) run.Log.Fail(whatToDo);
    }

    /// <summary>
    /// A storage that is away for a moment is waited out. Where the end cannot be written at all, readers are told so and the conversation
    /// leaves memory: what is on disk then counts, and the answer shows as interrupted.
    /// </summary>
    private async Task StoreEnd(AnswerRun run, TurnStatus status, StoredAnswer answer)
    {
        metrics.AnswerEnded(answer.Finish, answer.Tokens.Length);
        try
        {
            await WriteEnd(run, status, answer);
            UpdateIndexLater(_state.Value).Ignore();
        }
        catch (Exception error)
        {
            LogEndNotStored(error, run.RunId, Id);
            run.Log.Fail("The answer could not be stored: ask for it again.");
            DeactivateOnIdle();
            throw;
        }
        finally
        {
            run.MarkStored();
            if (_runs.Values.All(r => r.Stored.IsCompleted)) DelayDeactivation(TimeSpan.Zero);
        }
    }

    /// <summary>Trying again is safe where the write had succeeded and only its answer was lost: an answer ends once.</summary>
    private async Task WriteEnd(AnswerRun run, TurnStatus status, StoredAnswer answer)
    {
        var began = clock.GetTimestamp();
        for (var pause = FirstStorePause; ; pause *= 2)
        {
            try
            {
                await _state.Change(state =>
                    state.Find(run.TurnId)?.Status == TurnStatus.Generating ? state.WithEndedAnswer(run.TurnId, status, answer, Now) : state);
                if (_state.Value.Find(run.TurnId) is { } turn && turn.Status != status)
                    throw ChatLoopException.Conflict("The answer was ended by another silo.");
                return;
            }
            catch (Exception error) when (error is not ChatLoopException { Code: ErrorCode.Conflict } && clock.GetElapsedTime(began) + pause < StorePatience)
            {
                LogEndNotYetStored(error, run.RunId, Id, pause);
            }
            await Task.Delay(pause, clock);
        }
    }

    private async Task StoreDraft(AnswerRun run)
    {
        try
        {
            var answer = run.Draft.TakeLogged();
            await _drafts.Change(state => state with { Drafts = state.Drafts.RemoveRange(EndedDrafts(state)).SetItem(run.TurnId, answer) });
        }
        catch (Exception error)
        {
            LogDraftNotStored(error, run.RunId, Id);
        }
    }

    private string[] EndedDrafts(DraftsState state) =>
        [.. state.Drafts.Keys.Where(turnId => _state.Value.Find(turnId)?.Status != TurnStatus.Generating)];

    /// <summary>The process died while these answers were written: what had been stored of them is kept.</summary>
    private async Task InterruptLostRuns()
    {
        if (!_state.Value.Turns.Exists(t => t.Status == TurnStatus.Generating)) return;
        await _state.Change(state => state.Turns.Where(t => t.Status == TurnStatus.Generating).Aggregate(state, (s, turn) =>
            s.WithEndedAnswer(turn.TurnId, TurnStatus.Interrupted,
                _drafts.Value.Drafts.GetValueOrDefault(turn.TurnId, StoredAnswer.Empty) with { Finish = FinishReason.Interrupted }, Now)));
    }

    /// <summary>The silo is shutting down: its engine still writes for a while.</summary>
    private async Task LetRunsEnd(CancellationToken cancellationToken) =>
        await Task.WhenAll(_runs.Values.Select(run => run.Stored)).WaitAsync(underWay.Patience, clock, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    /// <summary>Those that did not end in time.</summary>
    private async Task InterruptRunsUnderWay()
    {
        foreach (var run in _runs.Values)
        {
            if (run.TryTakeEnd())
            {
                await run.CancelGeneration();
                run.Draft.Flush();
                var last = run.Draft.TakeLogged() with { Finish = FinishReason.Interrupted, LastSeq = run.Log.LastSeq + 1 };
                await StoreEnd(run, TurnStatus.Interrupted, last);
                run.Log.End(FinishReason.Interrupted, run.Draft.Version);
            }
            else await run.Stored;
        }
    }

    /// <summary>The conversation was deleted: nothing of the run is stored.</summary>
    private static async Task Discard(AnswerRun run)
    {
        if (run.TryTakeEnd()) run.MarkStored();
        await run.CancelGeneration();
        if (!run.Log.Ended) run.Log.Fail("The conversation was deleted.");
    }

    private void Forget(AnswerRun run)
    {
        _runs.Remove(run.RunId);
        run.Dispose();
    }

    /// <summary>The text that readers have already seen of an answer under way.</summary>
    private StoredTurn WithTextSoFar(StoredTurn turn) =>
        turn is { Status: TurnStatus.Generating, RunId: { } runId } && _runs.TryGetValue(runId, out var run)
            ? turn with { Answer = run.Draft.TakeLogged() }
            : turn;

    /// <summary>
    /// The events of a run whose log is gone: all text, then the end. A reader of an interrupted answer may have seen more than was
    /// stored; the numbers then go on from what it saw, so that it takes the shorter text.
    /// </summary>
    private static async IAsyncEnumerable<RunEvent> StoredEvents(StoredTurn turn, int fromSeq)
    {
        await Task.CompletedTask;
        var answer = turn.Answer;
        var interrupted = turn.Status == TurnStatus.Interrupted;
        if (fromSeq > answer.LastSeq && !interrupted) yield break;
        int? version = answer.Versions.IsEmpty ? null : answer.Versions[^1].Version;
        var seq = interrupted ? Math.Max(fromSeq, answer.LastSeq + 1) : Math.Max(answer.LastSeq - 1, 0);
        if (fromSeq <= seq && (seq > 0 || answer.Text.Length > 0))
            yield return new RunEvent
            { Seq = seq, Kind = RunEventKind.Snapshot, Text = answer.Text, Version = version, TokenCount = answer.Tokens.Length };
        yield return new RunEvent
        {
            Seq = seq + 1,
            Kind = turn.Status == TurnStatus.Failed ? RunEventKind.Error : RunEventKind.Done,
            Text = turn.Status == TurnStatus.Failed ? "The answer broke off because of an error: ask for it again." : "",
            Version = version,
            Finish = answer.Finish,
            TokenCount = answer.Tokens.Length,
        };
    }

    [LoggerMessage(LogLevel.Error, "Run {Run} of conversation {Conversation} failed.")]
    private partial void LogRunFailed(Exception error, string run, string conversation);

    [LoggerMessage(LogLevel.Error, "The end of run {Run} of conversation {Conversation} could not be stored: check the data folder's disk.")]
    private partial void LogEndNotStored(Exception error, string run, string conversation);

    [LoggerMessage(LogLevel.Warning, "The end of run {Run} of conversation {Conversation} is not stored yet: trying again in {Pause}.")]
    private partial void LogEndNotYetStored(Exception error, string run, string conversation, TimeSpan pause);

    [LoggerMessage(LogLevel.Warning, "The text so far of run {Run} of conversation {Conversation} could not be stored.")]
    private partial void LogDraftNotStored(Exception error, string run, string conversation);
}
