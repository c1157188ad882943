using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Grains.Tests.Cluster;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Conversations;

/// <summary>An answer is written by a run on the server; readers come, go and come back.</summary>
public sealed class RunTests : IAsyncLifetime
{
    private const string User = "ada";
    private GrainCluster _cluster = null!;
    private IConversationGrain _conversation = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.Start();
        _conversation = _cluster.Conversation(NewId());
        await _conversation.Create(User, title: null);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Answer_is_streamed_and_stored_with_version_and_finish()
    {
        var receipt = await _conversation.Say(User, "Hello!");
        var answer = await _cluster.Engine.NextAnswer(Guard);
        answer.Say("Hi").Say(" there").Say(".").End();

        var events = await _conversation.ReadAll(User, receipt.RunId);

        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => e.Seq));
        Assert.Equal("Hi there.", TextOf(events));
        Assert.Equal((RunEventKind.Version, 1), (events[0].Kind, events[0].Version));
        Assert.Equal("Hi", events[1].Text);
        Assert.Equal((RunEventKind.Done, FinishReason.EndOfTurn, 3), (events[^1].Kind, events[^1].Finish, events[^1].TokenCount));
        var turn = await _conversation.TurnOf(User, receipt.AnswerTurnId);
        Assert.Equal(("Hi there.", TurnStatus.Complete, FinishReason.EndOfTurn, 3), (turn.Text, turn.Status, turn.Finish, turn.TokenCount));
        Assert.Equal([new VersionSpan(0, 1)], turn.Versions);
        Assert.NotNull(turn.Sampling!.Seed);
        Assert.Equal([new PromptMessage(TurnRole.User, "Hello!")], answer.Request.Messages);
        Assert.Equal(turn.Sampling, answer.Request.Sampling with { Stop = turn.Sampling.Stop });
    }

    [Fact]
    public async Task Reader_that_comes_back_gets_the_rest_without_loss_or_repetition()
    {
        var receipt = await _conversation.Say(User, "Count.");
        var answer = await _cluster.Engine.NextAnswer(Guard);
        answer.Say("one ");
        var first = await _conversation.ReadUntil(User, receipt.RunId, e => e.Kind == RunEventKind.Delta);
        answer.Say("two ").Say("three");
        answer.End();

        var rest = await _conversation.ReadAll(User, receipt.RunId, first[^1].Seq + 1);
        var whole = await _conversation.ReadAll(User, receipt.RunId);

        Assert.Equal("one two three", TextOf([.. first, .. rest]));
        Assert.Equal(whole, [.. first, .. rest]);
    }

    [Fact]
    public async Task Several_readers_follow_one_run_and_leaving_never_ends_it()
    {
        var receipt = await _conversation.Say(User, "Hello!");
        var answer = await _cluster.Engine.NextAnswer(Guard);
        var second = _conversation.ReadAll(User, receipt.RunId);
        answer.Say("Hi");
        await _conversation.ReadUntil(User, receipt.RunId, e => e.Kind == RunEventKind.Delta);
        Assert.False(answer.Cancelled.IsCompleted);
        answer.Say(" there").End();

        Assert.Equal("Hi there", TextOf(await second));
        Assert.Equal("Hi there", TextOf(await _conversation.ReadAll(User, receipt.RunId)));
    }

    [Fact]
    public async Task Calls_do_not_wait_behind_a_run_or_its_readers()
    {
        var receipt = await _conversation.Say(User, "Hello!");
        var answer = await _cluster.Engine.NextAnswer(Guard);
        answer.Say("Hi");
        var reader = _conversation.ReadAll(User, receipt.RunId);

        var snapshot = await _conversation.GetSnapshot(User);
        await _conversation.Rename(User, "Greeting");
        Assert.Equal(TurnStatus.Generating, snapshot.Turns.Single(t => t.TurnId == receipt.AnswerTurnId).Status);
        Assert.False(reader.IsCompleted);
        answer.End();
        await reader;
    }

    [Fact]
    public async Task Swap_during_an_answer_is_marked_at_its_token()
    {
        var receipt = await _conversation.Say(User, "Hello!");
        (await _cluster.Engine.NextAnswer(Guard)).Say("a").Say("b").Say("c", version: 2).End();

        var events = await _conversation.ReadAll(User, receipt.RunId);

        Assert.Equal([(1, 0), (2, 2)], events.Where(e => e.Kind == RunEventKind.Version).Select(e => (e.Version!.Value, e.TokenCount)));
        Assert.Equal([new VersionSpan(0, 1), new VersionSpan(2, 2)], (await _conversation.TurnOf(User, receipt.AnswerTurnId)).Versions);
        Assert.Equal(2, events[^1].Version);
    }

    [Fact]
    public async Task Stop_stores_what_the_user_had_seen_and_frees_the_engine()
    {
        var receipt = await _conversation.Say(User, "Tell me a story.");
        var answer = await _cluster.Engine.NextAnswer(Guard);
        answer.Say("Once ");
        var seen = await _conversation.ReadUntil(User, receipt.RunId, e => e.Kind == RunEventKind.Delta);
        answer.Say("upon ");
        var other = await _conversation.ReadUntil(User, receipt.RunId, e => e.Kind == RunEventKind.Delta, fromSeq: seen[^1].Seq + 1);

        var stopped = await _conversation.Stop(User, receipt.RunId, seen[^1].Seq);

        Assert.Equal(("Once ", TurnStatus.Stopped, FinishReason.Stopped, 1), (stopped.Text, stopped.Status, stopped.Finish, stopped.TokenCount));
        await answer.Cancelled.WaitAsync(Guard);
        Assert.Equal("Once ", (await _conversation.TurnOf(User, receipt.AnswerTurnId)).Text);
        // A second tab that had seen more is told of the shorter text.
        var end = await _conversation.ReadAll(User, receipt.RunId, other[^1].Seq + 1);
        Assert.Equal("Once ", TextOf([.. seen, .. other, .. end]));
        Assert.Equal(FinishReason.Stopped, end[^1].Finish);
        var rated = await _conversation.GetRatedAnswer(User, receipt.AnswerTurnId);
        Assert.Equal([1], rated.Answers[0].Tokens);
        Assert.Equal([-1f], rated.Answers[0].LogProbabilities);
        Assert.Equal(stopped.Text, (await _conversation.Stop(User, receipt.RunId, seen[^1].Seq)).Text);
    }

    [Fact]
    public async Task Stop_that_arrives_after_the_end_still_cuts_where_the_user_saw_it_end()
    {
        var receipt = await _conversation.Say(User, "Tell me a story.");
        var answer = await _cluster.Engine.NextAnswer(Guard);
        answer.Say("Once ");
        var seen = await _conversation.ReadUntil(User, receipt.RunId, e => e.Kind == RunEventKind.Delta);
        answer.Say("upon a time.").End();
        var all = await _conversation.ReadAll(User, receipt.RunId);

        Assert.Equal("Once upon a time.", (await _conversation.Stop(User, receipt.RunId, all[^1].Seq)).Text);
        Assert.Equal("Once ", (await _conversation.Stop(User, receipt.RunId, seen[^1].Seq)).Text);
        var again = await _conversation.ReadAll(User, receipt.RunId);
        Assert.Equal(("Once ", FinishReason.Stopped, all[^1].Seq), (TextOf(again), again[^1].Finish, again[^1].Seq));
    }

    [Fact]
    public async Task Run_can_be_read_after_its_conversation_has_left_memory()
    {
        var receipt = await _conversation.Say(User, "Hello!");
        (await _cluster.Engine.NextAnswer(Guard)).Say("Hi").Say(" there").End();
        var before = await _conversation.ReadAll(User, receipt.RunId);
        await _cluster.Deactivate(_conversation);

        var after = await _conversation.ReadAll(User, receipt.RunId);

        Assert.Equal([RunEventKind.Snapshot, RunEventKind.Done], after.Select(e => e.Kind));
        Assert.Equal(TextOf(before), TextOf(after));
        Assert.Equal((before[^1].Seq, before[^1].Finish), (after[^1].Seq, after[^1].Finish));
        Assert.Equal(before[^1].Seq, Assert.Single(await _conversation.ReadAll(User, receipt.RunId, before[^1].Seq)).Seq);
        Assert.Empty(await _conversation.ReadAll(User, receipt.RunId, before[^1].Seq + 1));
    }

    [Fact]
    public async Task Busy_engine_ends_the_run_with_what_to_do()
    {
        var receipt = await _conversation.Say(User, "Hello!");
        (await _cluster.Engine.NextAnswer(Guard)).Fail(new ChatLoopException(ErrorCode.Busy, "The server is busy. Try again."));

        var events = await _conversation.ReadAll(User, receipt.RunId);

        Assert.Equal((RunEventKind.Error, "The server is busy. Try again."), (events[^1].Kind, events[^1].Text));
        Assert.Equal(TurnStatus.Failed, (await _conversation.TurnOf(User, receipt.AnswerTurnId)).Status);
        await Refuses(ErrorCode.Invalid, () => _conversation.GetRatedAnswer(User, receipt.AnswerTurnId));
        await _conversation.Answer(User, new AnswerRequest(NewId(), receipt.UserTurnId, null, null));
        (await _cluster.Engine.NextAnswer(Guard)).Say("Hi").End();
    }

    [Fact]
    public async Task Unexpected_error_keeps_the_text_and_hides_its_inside()
    {
        var receipt = await _conversation.Say(User, "Hello!");
        var answer = await _cluster.Engine.NextAnswer(Guard);
        answer.Say("Hi");
        answer.Fail(new InvalidOperationException("secret"));

        var events = await _conversation.ReadAll(User, receipt.RunId);

        Assert.Equal(RunEventKind.Error, events[^1].Kind);
        Assert.DoesNotContain("secret", events[^1].Text, StringComparison.Ordinal);
        Assert.Equal("Hi", (await _conversation.TurnOf(User, receipt.AnswerTurnId)).Text);
    }

    [Fact]
    public async Task Killed_process_leaves_an_interrupted_answer_that_can_be_asked_for_again()
    {
        var receipt = await _conversation.Say(User, "Hello!");
        var answer = await _cluster.Engine.NextAnswer(Guard);
        answer.Say("Hi");
        var seen = await _conversation.ReadUntil(User, receipt.RunId, e => e.Kind == RunEventKind.Delta);

        await using var later = await _cluster.AfterKill();
        var conversation = later.Conversation(_conversation.GetPrimaryKeyString());

        var turn = await conversation.TurnOf(User, receipt.AnswerTurnId);
        Assert.Equal((TurnStatus.Interrupted, FinishReason.Interrupted), (turn.Status, turn.Finish));
        // The reader had seen text that was not stored: it gets the stored text, numbered after what it saw.
        var end = await conversation.ReadAll(User, receipt.RunId, seen[^1].Seq + 1);
        Assert.All(end, e => Assert.True(e.Seq > seen[^1].Seq));
        Assert.Equal(turn.Text, TextOf([.. seen, .. end]));
        Assert.Equal(FinishReason.Interrupted, end[^1].Finish);
        var again = await conversation.Answer(User, new AnswerRequest(NewId(), receipt.UserTurnId, null, null));
        (await later.Engine.NextAnswer(Guard)).Say("Hello").End();
        Assert.Equal("Hello", TextOf(await conversation.ReadAll(User, again.RunId)));
    }

    [Fact]
    public async Task Orderly_shutdown_keeps_all_that_was_written()
    {
        var receipt = await _conversation.Say(User, "Hello!");
        (await _cluster.Engine.NextAnswer(Guard)).Say("Hi there");
        await _conversation.ReadUntil(User, receipt.RunId, e => e.Kind == RunEventKind.Delta);
        var id = _conversation.GetPrimaryKeyString();

        await _cluster.Restart();

        var turn = await _cluster.Conversation(id).TurnOf(User, receipt.AnswerTurnId);
        Assert.Equal(("Hi there", TurnStatus.Interrupted), (turn.Text, turn.Status));
    }
}
