using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Tests.Cluster;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Conversations;

/// <summary>The second answer of a comparison is chosen where the reward model's heads disagree, and the record says so.</summary>
public sealed class ActivePairTests : IAsyncLifetime
{
    private const string User = "ada";
    private static readonly CollectionOptions Options = new()
    {
        // Every prompt is for learning.
        HeldOutShare = 1e-9,
        ActivePairs = new() { Candidates = 3, ExploreShare = 0, MaxWait = TimeSpan.FromMinutes(1) },
    };

    private GrainCluster? _running;
    private IConversationGrain _conversation = null!;
    private RunReceipt _first = null!;

    private GrainCluster Cluster => _running!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _running?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task The_candidate_that_the_heads_disagree_about_most_is_shown_and_stored_as_it_was_sampled()
    {
        await Start(Options);
        var second = await Compare();
        var candidates = await Candidates(3);
        candidates[0].Say("One.").End();
        candidates[1].Say("Two ", version: 2).Say("words.", version: 3).End();
        candidates[2].Say("Three ").Say("words ").Say("here.").End();
        var events = await _conversation.ReadAll(User, second.RunId);

        Assert.Equal("Two words.", TextOf(events));
        Assert.Equal(FinishReason.EndOfTurn, events[^1].Finish);
        var rated = (await _conversation.GetRatedComparison(User, second.Comparison!.ComparisonId)).Answers.ToDictionary(a => a.TurnId);
        var chosen = rated[second.AnswerTurnId];
        Assert.Equal((3, true), (chosen.Candidates, chosen.IsChosen));
        Assert.Equal([1, 2], chosen.Tokens);
        Assert.Equal([-1f, -2f], chosen.LogProbabilities);
        Assert.Equal([new VersionSpan(0, 2), new VersionSpan(1, 3)], chosen.Versions);
        Assert.Equal(candidates[1].Request.Sampling.Seed, chosen.Sampling.Seed);
        Assert.Equal(3, candidates.Select(c => c.Request.Sampling.Seed).Distinct().Count());
        Assert.False(rated[_first.AnswerTurnId].IsChosen);
    }

    [Fact]
    public async Task Nothing_is_shown_before_the_choice()
    {
        await Start(Options);
        var second = await Compare();
        var candidates = await Candidates(3);
        candidates[0].Say("One.").End();
        candidates[1].Say("Two ");

        Assert.Equal("", (await _conversation.TurnOf(User, second.AnswerTurnId)).Text);

        candidates[1].Say("words.").End();
        candidates[2].End(FinishReason.Length);
        Assert.Equal("Two words.", TextOf(await _conversation.ReadAll(User, second.RunId)));
        // The one that was cut could not be chosen.
        Assert.Equal(2, (await _conversation.GetRatedAnswer(User, second.AnswerTurnId)).Answers[0].Candidates);
    }

    [Fact]
    public async Task A_slow_candidate_holds_up_nobody_and_the_first_goes_on_as_it_comes()
    {
        await Start(Options with { ActivePairs = Options.ActivePairs with { MaxWait = TimeSpan.FromMilliseconds(1) } });
        var second = await Compare();
        var candidates = await Candidates(3);
        candidates[0].Say("As ");
        await _conversation.ReadUntil(User, second.RunId, e => e.Text == "As ");
        await candidates[1].Cancelled.WaitAsync(Guard);
        await candidates[2].Cancelled.WaitAsync(Guard);
        candidates[0].Say("it comes.").End();

        Assert.Equal("As it comes.", TextOf(await _conversation.ReadAll(User, second.RunId)));
        await IsPlain(second, candidates[0]);
    }

    [Fact]
    public async Task A_busy_reward_model_leaves_the_first_answer()
    {
        await Start(Options);
        Cluster.Scorer.Estimates = null;
        var second = await Compare();
        var candidates = await Candidates(3);
        foreach (var candidate in candidates) candidate.Say("x").End();
        await _conversation.ReadAll(User, second.RunId);

        await IsPlain(second, candidates[0]);
    }

    [Fact]
    public async Task Stopping_before_the_choice_stops_all_candidates()
    {
        await Start(Options);
        var second = await Compare();
        var candidates = await Candidates(3);

        var stopped = await _conversation.Stop(User, second.RunId, seenSeq: 0);

        Assert.Equal((TurnStatus.Stopped, ""), (stopped.Status, stopped.Text));
        foreach (var candidate in candidates) await candidate.Cancelled.WaitAsync(Guard);
    }

    /// <summary>A first answer, a given seed, the explored share, held-out prompts and a live version without a reward model.</summary>
    [Theory]
    [InlineData(false, 0, 1e-9, true)]
    [InlineData(true, 0, 1e-9, false)]
    [InlineData(true, 1, 1e-9, true)]
    [InlineData(true, 0, 0.999999, true)]
    public async Task Other_answers_are_shown_as_sampled(bool isSeedOpen, double exploreShare, double heldOutShare, bool hasRewardModel)
    {
        await Start(Options with { HeldOutShare = heldOutShare, ActivePairs = Options.ActivePairs with { ExploreShare = exploreShare } });
        Cluster.Scorer.IsReady = hasRewardModel;
        var second = await Compare(isSeedOpen ? null : new SamplingParameters { Seed = 7 });
        var only = await Cluster.Engine.NextAnswer(Guard);
        only.Say("x");
        await _conversation.ReadUntil(User, second.RunId, e => e.Text == "x");
        only.End();
        await _conversation.ReadAll(User, second.RunId);

        await IsPlain(second, only);
    }

    private async Task IsPlain(RunReceipt second, ScriptedAnswer shown)
    {
        var rated = (await _conversation.GetRatedAnswer(User, second.AnswerTurnId)).Answers[0];
        Assert.False(rated.IsChosen);
        Assert.Equal(shown.Request.Sampling.Seed, rated.Sampling.Seed);
    }

    /// <summary>A first answer that both heads score 0, as all answers but those of two tokens, which they contradict each other about.</summary>
    private async Task Start(CollectionOptions options)
    {
        _running = await GrainCluster.Start(options);
        Cluster.Scorer.IsReady = true;
        Cluster.Scorer.Estimates = tokens => new(tokens == 2 ? [2, -2] : [0, 0]);
        _conversation = Cluster.Conversation(NewId());
        await _conversation.Create(User, title: null);
        _first = await _conversation.Say(User, "Hello!");
        (await Cluster.Engine.NextAnswer(Guard)).Say("Hi.").End();
        await _conversation.ReadAll(User, _first.RunId);
    }

    private Task<RunReceipt> Compare(SamplingParameters? sampling = null) =>
        _conversation.Answer(User, new AnswerRequest(NewId(), _first.UserTurnId, _first.AnswerTurnId, sampling));

    private async Task<ScriptedAnswer[]> Candidates(int count)
    {
        var asked = new List<ScriptedAnswer>();
        while (asked.Count < count) asked.Add(await Cluster.Engine.NextAnswer(Guard));
        return [.. asked];
    }
}
