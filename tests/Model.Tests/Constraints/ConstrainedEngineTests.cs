using System.Runtime.CompilerServices;
using System.Text.Json;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Tests.Generation;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatLoop.Model.Tests.Constraints;

/// <summary>Constrained answers through the engine, beside others.</summary>
public sealed class ConstrainedEngineTests : IAsyncDisposable
{
    private const string Schema = """{"type":"object","properties":{"capital":{"type":"string","maxLength":20},"certain":{"type":"boolean"}},"required":["capital","certain"]}""";

    private readonly EngineFixture _fixture = new();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    /// <summary>The tiny policy would write letters without end.</summary>
    [Fact]
    public async Task Constrained_and_free_answers_share_a_batch_and_are_the_ones_given_alone()
    {
        var engine = await _fixture.Start("a", new() { MaxConcurrent = 4 });
        var requests = Enumerable.Range(0, 12).Select(i => EngineFixture.Request("hi", new()
        {
            Seed = i,
            MaxTokens = 40,
            Regex = i % 3 == 0 ? "[a-f]{3}-[0-9]{2,4}" : null,
            JsonSchema = i % 3 == 1 ? """{"enum":["one","two"]}""" : null,
            TopK = i % 2 * 5,
            RepetitionPenalty = 1.2,
        })).ToList();

        var together = await Task.WhenAll(requests.Select(r => _fixture.Answer(engine, r)));

        foreach (var (i, answer) in together.Index())
        {
            if (i % 3 == 0) Assert.Matches("^[a-f]{3}-[0-9]{2,4}$", answer.Text);
            if (i % 3 == 1) Assert.Matches("^\"(one|two)\"$", answer.Text);
            Assert.Equal(i % 3 == 2 ? FinishReason.Length : FinishReason.EndOfTurn, answer.Finish);
            var alone = await _fixture.Answer(engine, requests[i]);
            Assert.Equal(alone.Tokens.Select(t => t.Id), answer.Tokens.Select(t => t.Id));
        }
    }

    [Fact]
    public async Task An_answer_that_is_cut_is_the_beginning_of_one_and_says_so()
    {
        var engine = await _fixture.Start("a");
        var answer = await _fixture.Answer(engine, EngineFixture.Request("hi", new() { Seed = 1, MaxTokens = 5, Regex = "[a-c]{3}-[0-9]{4}" }));

        Assert.Matches("^[a-c]{3}-[0-9]$", answer.Text);
        Assert.Equal(FinishReason.Length, answer.Finish);
    }

    [Fact]
    public async Task What_cannot_be_constrained_is_refused_before_it_begins()
    {
        var engine = await _fixture.Start("a");
        var error = await Assert.ThrowsAsync<ChatLoopException>(() => _fixture.Answer(engine, EngineFixture.Request("hi", new() { Regex = "(a" })));
        Assert.Contains("regex is no regular expression", error.Message, StringComparison.Ordinal);
    }

    /// <summary>It never saw JSON, and would not end a string by itself.</summary>
    [Fact]
    public async Task The_starter_answers_in_JSON_whatever_the_seed()
    {
        var store = new CheckpointStore(Models());
        await using var engine = new PolicyEngine(store, new() { MaxConcurrent = 8 }, NullLogger<PolicyEngine>.Instance);
        await engine.Swap(1, "starter", _fixture.HangGuard);
        using var schema = JsonDocument.Parse(Schema);

        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(seed => _fixture.Answer(engine, new(
            [new(TurnRole.User, "What is the capital of Italy?")], new() { Seed = seed, MaxTokens = 120, JsonSchema = Schema }))));

        var ended = answers.Where(a => a.Finish == FinishReason.EndOfTurn).ToList();
        Assert.InRange(ended.Count, 20, 24);
        Assert.All(ended, answer =>
        {
            using var value = JsonDocument.Parse(answer.Text);
            Assert.True(SchemaCheck.Holds(schema.RootElement, value.RootElement), answer.Text);
        });
        Assert.All(answers.Except(ended), a => Assert.Equal(FinishReason.Length, a.Finish));
    }

    private static string Models([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "models");
}
