using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Trainer.Effects;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Rollouts;
using Microsoft.Extensions.Logging.Abstractions;
using static TorchSharp.torch;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Trainer.Tests.Effects;

/// <summary>What a user is told that a version changed is what the models say, one asked after the other.</summary>
public sealed class EffectWorkerTests : IDisposable
{
    private static readonly PolicyEngineOptions Engine = new();
    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    private readonly TemporaryFolder _folder = new();
    private readonly CheckpointStore _store;
    private readonly EffectWorker _worker;

    public EffectWorkerTests()
    {
        _store = new CheckpointStore(_folder.Path);
        Save("v1", 3);
        Save("v2", 4);
        SaveRewardModel("reward-models/run-1");
        _worker = new(_store, new(), Engine);
    }

    [Fact]
    public async Task Log_probabilities_and_rewards_are_those_of_each_model_asked_alone()
    {
        var job = Job(Whole("abc?"), Whole("fed"), new() { TurnId = "typed", Text = "a?" });

        var effect = await _worker.Measure(job, Guard);

        TokenizedAnswer[] answers = [.. new[] { "abc?", "fed", "a?" }.Select(InTokens)];
        foreach (var (i, answer) in answers.Index())
        {
            Assert.Equal((answer.Answer.Count, true), (effect.Answers[i].Tokens, effect.Answers[i].IsWhole));
            Assert.Equal(TotalUnder("v1", answer), effect.Answers[i].OldLogProbability!.Value, 1e-3);
            Assert.Equal(TotalUnder("v2", answer), effect.Answers[i].NewLogProbability!.Value, 1e-3);
            Assert.Equal(RewardOf(answer), effect.Answers[i].Reward!.Value, 1e-4);
        }
        Assert.NotEqual(effect.Answers[0].OldLogProbability!.Value, effect.Answers[0].NewLogProbability!.Value, 1e-2);
    }

    /// <summary>The stored seed gives the very answer that the user judged, so that the new version's is the only difference.</summary>
    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task Answers_given_now_are_those_that_the_engine_would_serve(string folder)
    {
        var job = Job() with { Sampling = new() { Temperature = 0.8, TopP = 0.9, Seed = 77, MaxTokens = 30 } };
        await using var engine = new PolicyEngine(_store, Engine, NullLogger<PolicyEngine>.Instance);
        await engine.Swap(1, folder, Guard);
        List<GeneratedChunk> chunks = [];
        await foreach (var chunk in engine.Generate(new(job.Prompt, job.Sampling), Guard)) chunks.Add(chunk);

        var effect = await _worker.Measure(job, Guard);

        var given = folder == "v1" ? effect.Before : effect.After;
        Assert.Equal((string.Concat(chunks.Select(c => c.Text)), chunks[^1].Finish!.Value), (given.Text, given.Finish));
        Assert.Equal(chunks.Sum(c => c.Tokens.Count), given.Tokens);
        var tokens = chunks.SelectMany(c => c.Tokens).Select(t => t.Id).ToArray();
        if (given.Finish == FinishReason.EndOfTurn) Assert.Equal(RewardOf(new(LetterPolicy.Template.Prompt(job.Prompt), tokens)), given.Reward!.Value, 1e-4);
        else Assert.Null(given.Reward);
    }

    [Fact]
    public async Task Cut_answer_has_a_likelihood_and_no_reward()
    {
        var cut = Whole("abc?") with { Tokens = [.. LetterPolicy.Tokenizer.Encode("abc?")], Finish = FinishReason.Length };

        var effect = await _worker.Measure(Job(cut) with { Sampling = new() { Seed = 1, MaxTokens = 1 } }, Guard);

        var measured = Assert.Single(effect.Answers);
        Assert.False(measured.IsWhole);
        Assert.NotNull(measured.OldLogProbability);
        Assert.Null(measured.Reward);
    }

    [Fact]
    public async Task Answer_beyond_the_context_window_has_no_numbers()
    {
        var effect = await _worker.Measure(Job(Whole(new string('a', 200))), Guard);
        Assert.Equal((null, null, null), (effect.Answers[0].OldLogProbability, effect.Answers[0].NewLogProbability, effect.Answers[0].Reward));
    }

    [Theory]
    [InlineData("v1", "version 1")]
    [InlineData("v2", "version 2")]
    public async Task Version_whose_files_are_gone_is_named(string folder, string name)
    {
        _store.Delete(folder);
        var error = await Assert.ThrowsAsync<ChatLoopException>(() => _worker.Measure(Job(), Guard));
        Assert.Equal(ErrorCode.Conflict, error.Code);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_its_reward_model_the_rest_is_still_told()
    {
        _store.Delete("reward-models/run-1");
        var effect = await _worker.Measure(Job(Whole("abc?")), Guard);
        Assert.NotNull(effect.Answers[0].NewLogProbability);
        Assert.Null(effect.Answers[0].Reward);
    }

    [Fact]
    public async Task More_than_may_wait_are_refused_as_busy_and_places_are_given_back()
    {
        var refusals = await Task.WhenAll(Enumerable.Range(0, EffectWorker.MostAsked + 2).Select(_ => Record.ExceptionAsync(() => _worker.Measure(Job(), Guard)).AsTask()));
        Assert.All(refusals.OfType<Exception>(), e => Assert.Equal(ErrorCode.Busy, Assert.IsType<ChatLoopException>(e).Code));
        Assert.True(refusals.Count(e => e is null) >= EffectWorker.MostAsked);
        await _worker.Measure(Job(), Guard);
    }

    public void Dispose()
    {
        _worker.Dispose();
        _folder.Dispose();
    }

    private static EffectJob Job(params RatedAnswer[] answers) => new(
        new(1, "v1"), new(2, "v2"), "reward-models/run-1", [new(TurnRole.User, "Say letters.")], answers, new() { Seed = 5, MaxTokens = 30 });

    private static RatedAnswer Whole(string text) => new() { TurnId = "t", Text = text, Tokens = LetterPolicy.Template.Answer(text), Finish = FinishReason.EndOfTurn };

    private static TokenizedAnswer InTokens(string text) => new(LetterPolicy.Template.Prompt(Job().Prompt), LetterPolicy.Template.Answer(text));

    private double TotalUnder(string folder, TokenizedAnswer answer)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var policy = _store.Load(folder);
        using var batch = PaddedBatch.Of([answer], LetterPolicy.Template.Pad);
        return AnswerLikelihood.Totals(policy.Transformer, batch)[0].item<float>();
    }

    private double RewardOf(TokenizedAnswer answer)
    {
        using var model = RewardModel.Load(_store, "reward-models/run-1");
        return model.Scores([answer], LetterPolicy.Template.Pad, maxTokens: 1, Guard)[0];
    }

    private void Save(string folder, long seed)
    {
        using var weights = LetterPolicy.Weights(seed);
        LetterPolicy.Save(_store, folder, weights);
    }

    private void SaveRewardModel(string folder)
    {
        using var weights = LetterPolicy.Weights(9);
        using var model = RewardModel.From(weights, seed: 2, heads: 3);
        model.Normalisation = new(1.5, -0.25);
        var heads = model.SaveHeads();
        _store.Save(folder, new CheckpointContents { Weights = model.Trunk.Weights, Heads = heads, Files = LetterPolicy.Files });
        foreach (var head in heads.Values) head.Dispose();
    }
}
