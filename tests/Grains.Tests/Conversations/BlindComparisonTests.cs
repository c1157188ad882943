using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Grains.Tests.Cluster;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Conversations;

/// <summary>Two answers side by side: nobody knows which version made which until the verdict.</summary>
public sealed class BlindComparisonTests : IAsyncLifetime
{
    private const string User = "ada";
    private GrainCluster _cluster = null!;
    private IConversationGrain _conversation = null!;
    private RunReceipt _first = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.Start();
        _conversation = _cluster.Conversation(NewId());
        await _conversation.Create(User, title: null);
        _first = await _conversation.Say(User, "Hello!");
        (await _cluster.Engine.NextAnswer(Guard)).Say("Hi.").End();
        await _conversation.ReadAll(User, _first.RunId);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Versions_of_both_answers_are_hidden_everywhere_until_the_verdict()
    {
        var second = await Compare();
        (await _cluster.Engine.NextAnswer(Guard)).Say("Good ", version: 2).Say("day.", version: 3).End();
        var blind = await _conversation.ReadAll(User, second.RunId);

        Assert.All(blind, e => Assert.Null(e.Version));
        Assert.Equal(Enumerable.Range(1, blind.Count), blind.Select(e => e.Seq));
        Assert.All(await _conversation.ReadAll(User, _first.RunId), e => Assert.Null(e.Version));
        var snapshot = await _conversation.GetSnapshot(User);
        Assert.All(snapshot.Turns, t => Assert.Empty(t.Versions));
        Assert.Empty((await _conversation.Stop(User, second.RunId, int.MaxValue)).Versions);
        var comparison = Assert.Single(snapshot.Comparisons);
        Assert.Equal(second.Comparison, comparison);
        Assert.Equivalent(new[] { _first.AnswerTurnId, second.AnswerTurnId }, new[] { comparison.LeftTurnId, comparison.RightTurnId });
        await _cluster.Deactivate(_conversation);
        Assert.All(await _conversation.ReadAll(User, second.RunId), e => Assert.Null(e.Version));

        var revealed = await _conversation.RevealComparison(User, comparison.ComparisonId);

        Assert.True(revealed.Comparisons.Single().Decided);
        Assert.Equal([new VersionSpan(0, 1)], revealed.Turns.Single(t => t.TurnId == _first.AnswerTurnId).Versions);
        Assert.Equal([new VersionSpan(0, 2), new VersionSpan(1, 3)], revealed.Turns.Single(t => t.TurnId == second.AnswerTurnId).Versions);
        Assert.Equal(3, (await _conversation.ReadAll(User, second.RunId))[^1].Version);
        Assert.Equivalent(revealed, await _conversation.RevealComparison(User, comparison.ComparisonId));
    }

    [Fact]
    public async Task Sides_are_drawn_once_and_both_orders_occur()
    {
        var olderIsLeft = new HashSet<bool>();
        for (var i = 0; i < 60 && olderIsLeft.Count < 2; i++)
        {
            var receipt = await Compare();
            (await _cluster.Engine.NextAnswer(Guard)).Say("x").End();
            await _conversation.ReadAll(User, receipt.RunId);
            olderIsLeft.Add(receipt.Comparison!.LeftTurnId == _first.AnswerTurnId);
            var stored = (await _conversation.GetSnapshot(User)).Comparisons.Single(c => c.ComparisonId == receipt.Comparison.ComparisonId);
            Assert.Equal(receipt.Comparison, stored);
            await _conversation.RevealComparison(User, stored.ComparisonId);
        }
        Assert.Equal(2, olderIsLeft.Count);
    }

    [Fact]
    public async Task Rated_pair_is_what_the_user_saw_with_tokens_and_versions()
    {
        var second = await Compare();
        (await _cluster.Engine.NextAnswer(Guard)).Say("Good ", version: 2).Say("day.", version: 2).End();
        await _conversation.ReadAll(User, second.RunId);

        var rated = await _conversation.GetRatedComparison(User, second.Comparison!.ComparisonId);

        Assert.Equal([new PromptMessage(TurnRole.User, "Hello!")], rated.Prompt);
        Assert.Equal([second.Comparison.LeftTurnId, second.Comparison.RightTurnId], rated.Answers.Select(a => a.TurnId));
        var newer = rated.Answers.Single(a => a.TurnId == second.AnswerTurnId);
        Assert.Equal(("Good day.", FinishReason.EndOfTurn), (newer.Text, newer.Finish));
        Assert.Equal([1, 2], newer.Tokens);
        Assert.Equal([-1f, -2f], newer.LogProbabilities);
        Assert.Equal([new VersionSpan(0, 2)], newer.Versions);
        await Refuses(ErrorCode.NotFound, () => _conversation.GetRatedComparison("eve", second.Comparison.ComparisonId));
    }

    [Fact]
    public async Task Third_and_fourth_answer_join_the_blind_after_the_others()
    {
        var second = await Compare();
        (await _cluster.Engine.NextAnswer(Guard)).Say("Good day.").End();
        await _conversation.ReadAll(User, second.RunId);
        var pair = second.Comparison!;
        var request = new AnswerRequest(NewId(), _first.UserTurnId, null, null, pair.ComparisonId);
        var third = await Join(request);
        Assert.Equal(third.RunId, (await _conversation.Answer(User, request)).RunId);
        var fourth = await Join(request with { RequestId = NewId() });

        var snapshot = await _conversation.GetSnapshot(User);
        Assert.Equal([third.AnswerTurnId, fourth.AnswerTurnId], snapshot.Comparisons.Single().MoreTurnIds);
        Assert.All(snapshot.Turns, t => Assert.Empty(t.Versions));
        Assert.Equal([pair.LeftTurnId, pair.RightTurnId, third.AnswerTurnId, fourth.AnswerTurnId],
            (await _conversation.GetRatedComparison(User, pair.ComparisonId)).Answers.Select(a => a.TurnId));
        await Refuses(ErrorCode.Conflict, () => _conversation.Answer(User, request with { RequestId = NewId() }));
        await _conversation.RevealComparison(User, pair.ComparisonId);
        await Refuses(ErrorCode.Conflict, () => _conversation.Answer(User, request with { RequestId = NewId() }));
    }

    [Fact]
    public async Task Third_answer_that_broke_off_leaves_the_pair()
    {
        var second = await Compare();
        (await _cluster.Engine.NextAnswer(Guard)).Say("Good day.").End();
        await _conversation.ReadAll(User, second.RunId);
        var third = await _conversation.Answer(User, new AnswerRequest(NewId(), _first.UserTurnId, null, null, second.Comparison!.ComparisonId));
        (await _cluster.Engine.NextAnswer(Guard)).Fail(new ChatLoopException(ErrorCode.Busy, "Busy."));
        await _conversation.ReadAll(User, third.RunId);

        Assert.Empty((await _conversation.GetSnapshot(User)).Comparisons.Single().MoreTurnIds);
        Assert.Equal(2, (await _conversation.GetRatedComparison(User, second.Comparison.ComparisonId)).Answers.Count);
    }

    private async Task<RunReceipt> Join(AnswerRequest request)
    {
        var receipt = await _conversation.Answer(User, request);
        (await _cluster.Engine.NextAnswer(Guard)).Say("Hi.").End();
        await _conversation.ReadAll(User, receipt.RunId);
        return receipt;
    }

    [Fact]
    public async Task Pair_cannot_be_judged_before_both_answers_are_whole()
    {
        var second = await Compare();
        await Refuses(ErrorCode.Invalid, () => _conversation.GetRatedComparison(User, second.Comparison!.ComparisonId));
    }

    [Fact]
    public async Task Answer_that_broke_off_voids_the_pair_and_ends_the_blind()
    {
        var request = new AnswerRequest(NewId(), _first.UserTurnId, _first.AnswerTurnId, null);
        var second = await _conversation.Answer(User, request);
        (await _cluster.Engine.NextAnswer(Guard)).Fail(new ChatLoopException(ErrorCode.Busy, "Busy."));
        await _conversation.ReadAll(User, second.RunId);

        var snapshot = await _conversation.GetSnapshot(User);
        Assert.Empty(snapshot.Comparisons);
        Assert.Single(snapshot.Turns.Single(t => t.TurnId == _first.AnswerTurnId).Versions);
        await Refuses(ErrorCode.NotFound, () => _conversation.GetRatedComparison(User, second.Comparison!.ComparisonId));
        Assert.Equal(second.RunId, (await _conversation.Answer(User, request)).RunId);
        Assert.NotNull((await Compare()).Comparison);
    }

    [Fact]
    public async Task One_open_comparison_at_a_time_and_only_with_an_answer_to_the_same_message()
    {
        var other = await _conversation.Say(User, "Bye!", _first.AnswerTurnId);
        (await _cluster.Engine.NextAnswer(Guard)).Say("Bye.").End();
        await _conversation.ReadAll(User, other.RunId);
        await Refuses(ErrorCode.Invalid, () => _conversation.Answer(User, new AnswerRequest(NewId(), _first.UserTurnId, other.AnswerTurnId, null)));

        var second = await Compare();
        (await _cluster.Engine.NextAnswer(Guard)).Say("x").End();
        await _conversation.ReadAll(User, second.RunId);
        await Refuses(ErrorCode.Conflict, Compare);
    }

    private Task<RunReceipt> Compare() =>
        _conversation.Answer(User, new AnswerRequest(NewId(), _first.UserTurnId, _first.AnswerTurnId, Sampling: null));
}
