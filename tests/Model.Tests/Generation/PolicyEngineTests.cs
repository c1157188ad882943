using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Tests.Checkpoints;
using Microsoft.Extensions.Logging;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Tests.Generation;

public sealed class PolicyEngineTests : IAsyncDisposable
{
    private readonly EngineFixture _fixture = new();

    [Fact]
    public async Task Under_load_an_answer_is_the_one_generated_alone()
    {
        var engine = await _fixture.Start("ending", new() { MaxConcurrent = 4 });
        var requests = Enumerable.Range(0, 24).Select(i => EngineFixture.Request(new string((char)('a' + i), 1 + i * 3),
            new()
            {
                Seed = i,
                MaxTokens = 10 + i,
                Temperature = i % 5 * 0.3,
                TopK = i % 3 * 4,
                TopP = i % 2 == 0 ? 1 : 0.8,
                MinP = i % 4 * 0.05,
                RepetitionPenalty = 1 + i % 3 * 0.2,
                PresencePenalty = i % 7 * 0.1,
                FrequencyPenalty = i % 4 * -0.2,
            })).ToList();

        var together = await Task.WhenAll(requests.Select(r => _fixture.Answer(engine, r)));

        foreach (var (request, answer) in requests.Zip(together))
        {
            var alone = Alone(request);
            Assert.Equal(alone.Select(t => t.Id), answer.Tokens.Select(t => t.Id));
            using var checkpoint = _fixture.Store.Load("ending");
            Assert.Equal(checkpoint.Tokenizer.Decode(alone.Select(t => t.Id)), answer.Text);
            Assert.Equal(alone[^1].Id == TinyPolicy.EndOfTurn ? FinishReason.EndOfTurn : FinishReason.Length, answer.Finish);
        }
    }

    [Fact]
    public async Task Tokens_stream_one_by_one()
    {
        var engine = await _fixture.Start("a");
        List<GeneratedChunk> chunks = [];
        await foreach (var chunk in engine.Generate(EngineFixture.Request("hello"), _fixture.HangGuard)) chunks.Add(chunk);

        Assert.Equal(20, chunks.Count);
        Assert.All(chunks, c => Assert.Equal(1, c.Text.Length));
        Assert.All(chunks, c => Assert.Equal(1, Assert.Single(c.Tokens).Version));
    }

    [Fact]
    public async Task Likeliest_tokens_stream_with_each_token()
    {
        var engine = await _fixture.Start("a");
        var answer = await _fixture.Answer(engine, EngineFixture.Request("hi") with { TopLogProbabilities = 3 });

        Assert.All(answer.Tokens, t => Assert.Equal(3, t.Alternatives?.Count));
        Assert.Equal(await _fixture.Answer(engine, EngineFixture.Request("hi")), answer, Equal);
    }

    [Fact]
    public async Task A_stop_string_ends_the_answer_and_frees_its_place()
    {
        var engine = await _fixture.Start("a", new() { MaxConcurrent = 1 });
        var whole = await _fixture.Answer(engine, EngineFixture.Request("hello"));
        var stop = whole.Text[8..11];
        var expected = whole.Text[..whole.Text.IndexOf(stop, StringComparison.Ordinal)];

        var stopped = await _fixture.Answer(engine, EngineFixture.Request("hello", new() { Seed = 1, MaxTokens = 40_000, Stop = ["ZZ", stop] }));

        Assert.Equal((expected, FinishReason.StopString), (stopped.Text, stopped.Finish));
        Assert.Equal(expected.Length + 3, stopped.Tokens.Count);
        Assert.Equal(whole, await _fixture.Answer(engine, EngineFixture.Request("hello")), Equal);
    }

    [Fact]
    public async Task A_swap_keeps_answers_going_and_their_version_changes_once()
    {
        var engine = await _fixture.Start("a");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_fixture.HangGuard);
        await using var answer = await _fixture.Begin(engine, EngineFixture.Endless(), stop.Token);

        await engine.Swap(2, "b", _fixture.HangGuard);

        Assert.Equal(2, engine.LiveVersion);
        List<int> versions = [.. answer.Current.Tokens.Select(t => t.Version)];
        while (versions[^1] == 1 && await answer.MoveNextAsync()) versions.AddRange(answer.Current.Tokens.Select(t => t.Version));
        for (var more = 0; more < 5 && await answer.MoveNextAsync(); more++) versions.AddRange(answer.Current.Tokens.Select(t => t.Version));
        Assert.Equal(versions.Order(), versions);
        Assert.Equal([1, 2], versions.Distinct());
        Assert.Equal(2, (await _fixture.Answer(engine, EngineFixture.Request("new"))).Tokens[0].Version);
        await Stop(answer, stop);
    }

    [Fact]
    public async Task Cancelling_an_active_answer_frees_its_place()
    {
        var engine = await _fixture.Start("a", new() { MaxConcurrent = 1 });
        using var stop = new CancellationTokenSource();
        await using var first = await _fixture.Begin(engine, EngineFixture.Endless(), stop.Token);
        var second = _fixture.Answer(engine, EngineFixture.Request("second"));

        await Stop(first, stop);

        Assert.Equal(20, (await second).Tokens.Count);
    }

    [Fact]
    public async Task Leaving_the_stream_frees_the_place_too()
    {
        var engine = await _fixture.Start("a", new() { MaxConcurrent = 1 });
        await foreach (var _ in engine.Generate(EngineFixture.Endless(), _fixture.HangGuard)) break;

        Assert.Equal(20, (await _fixture.Answer(engine, EngineFixture.Request("second"))).Tokens.Count);
    }

    [Fact]
    public async Task Cancelling_a_waiting_answer_frees_its_place_in_the_queue()
    {
        var engine = await _fixture.Start("a", new() { MaxConcurrent = 1, QueueLimit = 1 });
        await Stall(engine);
        using var stop = new CancellationTokenSource();
        await using var waiting = engine.Generate(EngineFixture.Request("waiting"), stop.Token).GetAsyncEnumerator(CancellationToken.None);
        var move = waiting.MoveNextAsync();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await move);
        Assert.Equal(0, engine.WaitingAnswers);
        var next = _fixture.Answer(engine, EngineFixture.Request("next"));
        _fixture.Logger.Resume();
        Assert.Equal(20, (await next).Tokens.Count);
    }

    [Fact]
    public async Task A_full_queue_is_busy_and_says_to_try_again()
    {
        var engine = await _fixture.Start("a", new() { MaxConcurrent = 1, QueueLimit = 2 });
        await Stall(engine);
        Task<WholeAnswer>[] waiting = [.. Enumerable.Range(0, 2).Select(_ => _fixture.Answer(engine, EngineFixture.Request("hi")))];

        var error = await Assert.ThrowsAsync<ChatLoopException>(() => _fixture.Answer(engine, EngineFixture.Request("hi")));

        Assert.Equal(ErrorCode.Busy, error.Code);
        Assert.Contains("2 answers are waiting. Try again", error.Message, StringComparison.Ordinal);
        _fixture.Logger.Resume();
        Assert.All(await Task.WhenAll(waiting), a => Assert.Equal(20, a.Tokens.Count));
    }

    /// <summary>A silo of a cluster gets conversations before it has its model.</summary>
    [Fact]
    public async Task An_answer_that_is_asked_for_before_the_first_checkpoint_waits_for_it()
    {
        var engine = await _fixture.Start(folder: null, new() { LoadPatience = Timeout.InfiniteTimeSpan });
        var answer = _fixture.Answer(engine, EngineFixture.Request("hi"));
        Assert.False(answer.IsCompleted);
        await engine.Swap(1, "a", _fixture.HangGuard);

        Assert.Equal(20, (await answer).Tokens.Count);
    }

    [Fact]
    public async Task Without_a_checkpoint_in_time_the_engine_is_busy()
    {
        var engine = await _fixture.Start(folder: null, new() { LoadPatience = TimeSpan.Zero });
        Assert.Null(engine.LiveVersion);
        var error = await Assert.ThrowsAsync<ChatLoopException>(() => _fixture.Answer(engine, EngineFixture.Request("hi")));
        Assert.Equal(ErrorCode.Busy, error.Code);
    }

    [Fact]
    public async Task Bad_requests_are_refused()
    {
        var engine = await _fixture.Start("a", new() { ContextTokens = 64 });
        GenerationRequest[] requests =
        [
            EngineFixture.Request("hi", new() { Temperature = -1 }),
            EngineFixture.Request("hi", new() { LogitBias = new Dictionary<int, double> { [1_000_000] = 1 } }),
            EngineFixture.Request("hi") with { TopLogProbabilities = 21 },
            new([], new()),
            new([new(TurnRole.User, "hi"), new(TurnRole.Assistant, "hello")], new()),
        ];
        foreach (var request in requests)
        {
            var error = await Assert.ThrowsAsync<ChatLoopException>(() => _fixture.Answer(engine, request));
            Assert.Equal(ErrorCode.Invalid, error.Code);
        }

        var tooLarge = await Assert.ThrowsAsync<ChatLoopException>(() => _fixture.Answer(engine, EngineFixture.Request(new string('x', 60))));
        Assert.Equal(ErrorCode.TooLarge, tooLarge.Code);
    }

    /// <summary>64 tokens: 16 are kept for the answer, the prompt has at most 48.</summary>
    [Fact]
    public async Task A_long_conversation_loses_its_oldest_turns_and_is_answered()
    {
        var engine = await _fixture.Start("a", new() { ContextTokens = 64 });
        PromptMessage[] recent = [new(TurnRole.User, new('c', 12)), new(TurnRole.Assistant, new('d', 5)), new(TurnRole.User, new('e', 9))];
        PromptMessage[] all = [new(TurnRole.User, new('a', 40)), new(TurnRole.Assistant, new('b', 40)), .. recent];
        var sampling = new SamplingParameters { Seed = 1, MaxTokens = 1000 };

        var answer = await _fixture.Answer(engine, new(all, sampling));

        Assert.Equal(answer, await _fixture.Answer(engine, new(recent, sampling)), Equal);
        // The three turns take 12 + 5 + 9 + 3 * 2 + 1 = 33 tokens.
        Assert.Equal((64 - 33, FinishReason.Length), (answer.Tokens.Count, answer.Finish));
    }

    [Fact]
    public async Task A_damaged_checkpoint_leaves_the_live_one()
    {
        var engine = await _fixture.Start("a");
        var before = await _fixture.Answer(engine, EngineFixture.Request("hi"));
        var path = _fixture.PathOf("b", "model.safetensors");
        var bytes = await File.ReadAllBytesAsync(path, _fixture.HangGuard);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, _fixture.HangGuard);

        var error = await Assert.ThrowsAsync<ChatLoopException>(() => engine.Swap(2, "b", _fixture.HangGuard));

        Assert.Equal(ErrorCode.DamagedCheckpoint, error.Code);
        Assert.Contains("model.safetensors", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, engine.LiveVersion);
        Assert.Contains(_fixture.Logger.Entries, e => e.Level == LogLevel.Error && e.Message.Contains("Version 2", StringComparison.Ordinal));
        Assert.Equal(before, await _fixture.Answer(engine, EngineFixture.Request("hi")), Equal);
        await engine.Swap(3, "ending", _fixture.HangGuard);
        Assert.Equal(3, engine.LiveVersion);
    }

    [Fact]
    public async Task A_checkpoint_of_another_shape_or_vocabulary_is_refused()
    {
        var engine = await _fixture.Start("a");
        _fixture.Save("deeper", seed: 1, config: EngineFixture.Config with { Layers = 3 });

        var error = await Assert.ThrowsAsync<ChatLoopException>(() => engine.Swap(2, "deeper", _fixture.HangGuard));

        Assert.Equal(ErrorCode.Invalid, error.Code);
        Assert.Contains("num_hidden_layers is 3; expected 2", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, engine.LiveVersion);
    }

    /// <summary>Answers under way, and prompts that were made by the old one, would be read by the other's rules.</summary>
    [Fact]
    public async Task A_checkpoint_with_another_chat_template_is_refused()
    {
        var engine = await _fixture.Start("a");
        using (var weights = TinyPolicy.Weights(2, endsAnswers: false, EngineFixture.Config))
        {
            var contents = TinyCheckpoint.Contents(weights);
            var template = "{% for m in messages %}<|user|>{{ m.content }}<|end|>{% endfor %}"u8.ToArray();
            _fixture.Store.Save("other", contents with { Files = new Dictionary<string, byte[]>(contents.Files) { ["chat_template.jinja"] = template } });
        }

        var error = await Assert.ThrowsAsync<ChatLoopException>(() => engine.Swap(2, "other", _fixture.HangGuard));

        Assert.Contains("its chat template is not the live one's", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, engine.LiveVersion);
    }

    [Fact]
    public async Task Stopping_interrupts_answers_and_refuses_new_ones()
    {
        var engine = await _fixture.Start("a", new() { MaxConcurrent = 1 });
        await using var active = await _fixture.Begin(engine, EngineFixture.Endless());
        var waiting = _fixture.Answer(engine, EngineFixture.Request("hi"));

        await engine.DisposeAsync();

        var last = active.Current;
        while (await active.MoveNextAsync()) last = active.Current;
        Assert.Equal(FinishReason.Interrupted, last.Finish);
        Assert.Equal(FinishReason.Interrupted, (await waiting).Finish);
        await Assert.ThrowsAnyAsync<Exception>(() => _fixture.Answer(engine, EngineFixture.Request("hi")));
    }

    /// <summary>The engine's thread waits in the logger: nothing is admitted until Resume.</summary>
    private async Task Stall(PolicyEngine engine)
    {
        _fixture.Logger.StallAtNextSwap();
        _ = engine.Swap(2, "a", _fixture.HangGuard);
        await _fixture.Logger.Stalled(_fixture.HangGuard);
    }

    private static async Task Stop(IAsyncEnumerator<GeneratedChunk> answer, CancellationTokenSource stop)
    {
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (await answer.MoveNextAsync())
            {
                // Chunks that were sent before the cancellation.
            }
        });
    }

    private List<GeneratedToken> Alone(GenerationRequest request)
    {
        using var checkpoint = _fixture.Store.Load("ending");
        using var generator = new BatchGenerator(checkpoint.Transformer, 1, slots: 1, capacity: 500, [TinyPolicy.EndOfTurn]);
        generator.Admit(checkpoint.Template.Prompt(request.Messages), request.Sampling, request.Sampling.Seed!.Value);
        List<GeneratedToken> tokens = [];
        while (generator.Active > 0) tokens.AddRange(generator.Step().Select(t => t.Token));
        return tokens;
    }

    private static bool Equal(WholeAnswer expected, WholeAnswer actual) =>
        expected.Text == actual.Text && expected.Finish == actual.Finish
        && expected.Tokens.Select(t => t.Id).SequenceEqual(actual.Tokens.Select(t => t.Id));

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();
}
