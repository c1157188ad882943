using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Sampling;
using ChatLoop.Model.Tests.Tokenizers;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Tests.Generation;

public sealed class BatchGeneratorTests : IDisposable
{
    private readonly Transformer _transformer = new(TinyPolicy.Weights(seed: 1, endsAnswers: true));

    private static readonly SamplingParameters[] Parameters =
    [
        new() { MaxTokens = 40 }, new() { MaxTokens = 25, Temperature = 0.6, TopK = 5 }, new() { MaxTokens = 30, TopP = 0.7 },
        new() { MaxTokens = 12, Temperature = 0 }, new() { MaxTokens = 60, Temperature = 1.5 },
        new() { MaxTokens = 40, RepetitionPenalty = 1.3, PresencePenalty = 0.5, FrequencyPenalty = -0.3 }, new() { MaxTokens = 30, MinP = 0.3 },
        new() { MaxTokens = 30, LogitBias = new Dictionary<int, double> { [TinyTokenizer.FirstByte + 'e'] = 8, [TinyTokenizer.FirstByte + 'q'] = -100 } },
    ];

    /// <summary>Each of the parameters is in use three times.</summary>
    private static readonly int Answers = 3 * Parameters.Length;

    /// <summary>
    /// Sequences join and leave a batch of three at different steps; each has the tokens that it has alone, and their log-probabilities to
    /// the last bit.
    /// </summary>
    [Fact]
    public void A_sequence_in_a_busy_batch_is_the_one_generated_alone()
    {
        using var generator = Generator(slots: 3);
        var waiting = new Queue<int>(Enumerable.Range(0, Answers));
        var numbers = new Dictionary<int, int>();
        var together = new Dictionary<int, List<GeneratedToken>>();
        var admitted = 0;
        while (waiting.Count > 0 || generator.Active > 0)
        {
            if (!generator.IsFull && waiting.TryDequeue(out var i)) numbers[Admit(generator, i)] = i;
            admitted = Math.Max(admitted, generator.Active);
            foreach (var token in generator.Step()) Collect(together, numbers[token.Sequence], token.Token);
        }

        Assert.Equal(3, admitted);
        Assert.Equal(Answers, together.Count);
        foreach (var (i, tokens) in together)
        {
            Assert.Equal(Alone(i), tokens);
        }
    }

    /// <summary>What PPO relies on: the sampler's log-probabilities are those of a training forward pass over prompt and answer.</summary>
    [Fact]
    public void Log_probabilities_are_those_of_the_whole_sequence_pass()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var tokens = Alone(0);
        long[] whole = [.. Prompt(0).Select(t => (long)t), .. tokens.Select(t => (long)t.Id)];

        var logits = _transformer.Logits(_transformer.Hidden(tensor(whole).view(1, -1)))[0];
        var expected = log_softmax(logits, -1);

        for (var i = 0; i < tokens.Count; i++)
            Assert.Equal(expected[Prompt(0).Count + i - 1, tokens[i].Id].item<float>(), tokens[i].LogProbability, 1e-4);
    }

    [Fact]
    public void Same_seed_same_tokens_and_another_seed_others()
    {
        List<GeneratedToken> Answer(long seed)
        {
            using var generator = Generator(slots: 1);
            generator.Admit(Prompt(0), new() { MaxTokens = 30 }, seed);
            return Drain(generator);
        }

        Assert.Equal(Answer(7), Answer(7));
        Assert.NotEqual(Answer(7).Select(t => t.Id), Answer(8).Select(t => t.Id));
    }

    /// <summary>
    /// The history is the sequence's own, prompt included: the log-probabilities are those that the sampler gives for the logits of a pass over
    /// the whole sequence, with the tokens before each as history.
    /// </summary>
    [Fact]
    public void Penalties_look_back_at_prompt_and_answer()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var i = Array.FindIndex(Parameters, p => p.RepetitionPenalty != 1);
        var tokens = Alone(i);
        long[] whole = [.. Prompt(i).Select(t => (long)t), .. tokens.Select(t => (long)t.Id)];
        var logits = _transformer.Logits(_transformer.Hidden(tensor(whole).view(1, -1)))[0];
        var (sampler, history) = (new TokenSampler(), new TokenHistory(Prompt(i)));

        for (var t = 0; t < tokens.Count; t++)
        {
            var row = logits[Prompt(i).Count + t - 1].data<float>().ToArray();
            Assert.Equal(sampler.LogProbability(row, Parameters[i], tokens[t].Id, history), tokens[t].LogProbability, 1e-4);
            history.Append(tokens[t].Id);
        }
    }

    [Fact]
    public void Alternatives_come_with_each_token_and_change_none()
    {
        using var generator = Generator(slots: 1);
        generator.Admit(Prompt(0), Parameters[0], seed: 0, alternatives: 4);
        var tokens = Drain(generator);

        Assert.Equal(Alone(0), tokens.Select(t => t with { Alternatives = null }));
        Assert.All(tokens, token =>
        {
            var alternatives = token.Alternatives!;
            Assert.Equal(4, alternatives.Count);
            Assert.Equal(alternatives.OrderByDescending(a => a.LogProbability), alternatives);
            if (alternatives.FirstOrDefault(a => a.Id == token.Id) is { Id: > 0 } same) Assert.Equal(token.LogProbability, same.LogProbability);
            else Assert.True(token.LogProbability <= alternatives[^1].LogProbability);
        });
    }

    [Fact]
    public void A_bias_on_an_unknown_token_is_refused_and_takes_no_place()
    {
        using var generator = Generator(slots: 1);
        var bias = new SamplingParameters { LogitBias = new Dictionary<int, double> { [100_000] = 1 } };
        var error = Assert.Throws<ChatLoopException>(() => generator.Admit(Prompt(0), bias, 0));
        Assert.Contains("logitBias names token 100000", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, generator.Active);
    }

    [Fact]
    public void An_answer_ends_at_end_of_turn_which_is_its_last_token()
    {
        var greedy = new SamplingParameters { Temperature = 0, MaxTokens = 20 };
        using var endless = Generator(slots: 1);
        endless.Admit(Prompt(0), greedy, 0);
        var tokens = Drain(endless);
        var end = tokens.FindIndex(t => t.Id != tokens[0].Id);

        using var generator = new BatchGenerator(_transformer, 1, slots: 1, capacity: 100, endIds: [tokens[end].Id]);
        generator.Admit(Prompt(0), greedy, 0);

        List<SequenceToken> ended = [];
        while (generator.Active > 0) ended.AddRange(generator.Step());
        Assert.Equal(tokens[..(end + 1)], ended.Select(t => t.Token));
        Assert.Equal(FinishReason.EndOfTurn, ended[^1].Finish);
        Assert.All(ended[..^1], t => Assert.Null(t.Finish));
    }

    [Theory]
    [InlineData(7, 100, 7)]
    [InlineData(500, 30, 30 - 9)]
    public void An_answer_ends_at_its_token_limit_or_the_context_window(int maxTokens, int capacity, int expected)
    {
        using var transformer = new Transformer(TinyPolicy.Weights(seed: 1));
        using var generator = new BatchGenerator(transformer, 1, slots: 1, capacity, [TinyPolicy.EndOfTurn]);
        int[] prompt = [.. Enumerable.Range(100, 9)];
        generator.Admit(prompt, new() { MaxTokens = maxTokens }, 0);

        List<SequenceToken> tokens = [];
        while (generator.Active > 0) tokens.AddRange(generator.Step());

        Assert.Equal(expected, tokens.Count);
        Assert.Equal(FinishReason.Length, tokens[^1].Finish);
    }

    [Fact]
    public void A_prompt_without_room_for_an_answer_is_refused_and_takes_no_slot()
    {
        using var generator = new BatchGenerator(_transformer, 1, slots: 1, capacity: 10, [TinyPolicy.EndOfTurn]);
        var error = Assert.Throws<ChatLoopException>(() => generator.Admit([.. Enumerable.Range(10, 10)], new(), 0));
        Assert.Equal(ErrorCode.TooLarge, error.Code);
        Assert.Equal(0, generator.Active);
        Assert.False(generator.IsFull);
    }

    [Fact]
    public void A_prompt_with_an_unknown_token_is_refused_and_takes_no_place()
    {
        using var generator = Generator(slots: 1);
        var error = Assert.Throws<ChatLoopException>(() => generator.Admit([5, 100_000, 5], new(), 0));
        Assert.Contains("Token 100000", error.Message, StringComparison.Ordinal);
        Admit(generator, 0);
        Assert.Equal(Alone(0), Drain(generator));
    }

    /// <summary>Prompts of 1 to 90 tokens, 16 a step: some join whole and several at once, others in pieces beside decoding.</summary>
    [Fact]
    public void Prompts_run_in_pieces_are_the_ones_run_whole()
    {
        int[] lengths = [90, 1, 3, 5, 17, 16, 18, 40];
        IReadOnlyList<int> PromptOf(int length) => [.. Enumerable.Range(0, length).Select(i => TinyTokenizer.FirstByte + 'a' + (i * i + length) % 26)];
        using var inPieces = new BatchGenerator(_transformer, 1, slots: 8, capacity: 100, [TinyPolicy.EndOfTurn], prefillTokens: 16);
        var numbers = lengths.ToDictionary(l => inPieces.Admit(PromptOf(l), new() { MaxTokens = 10 }, seed: l));
        var together = new Dictionary<int, List<GeneratedToken>>();
        var steps = 0;
        for (; inPieces.Active > 0; steps++)
        {
            foreach (var token in inPieces.Step()) Collect(together, numbers[token.Sequence], token.Token);
        }

        // 190 tokens: the last prompt is done no sooner than in the twelfth step.
        Assert.InRange(steps, 12, 40);
        foreach (var length in lengths)
        {
            using var whole = new BatchGenerator(_transformer, 1, slots: 1, capacity: 100, [TinyPolicy.EndOfTurn], prefillTokens: 100);
            whole.Admit(PromptOf(length), new() { MaxTokens = 10 }, seed: length);
            Assert.Equal(Drain(whole), together[length]);
        }
    }

    /// <summary>The second turn of a conversation begins with the first one's prompt and answer: only what is new is run.</summary>
    [Fact]
    public void A_prompt_that_begins_like_an_earlier_one_runs_what_is_new_and_gives_the_same_answer()
    {
        using var generator = new BatchGenerator(_transformer, 1, slots: 2, capacity: 100, [TinyPolicy.EndOfTurn]);
        List<int> first = [.. Enumerable.Range(0, 45).Select(i => TinyTokenizer.FirstByte + 'a' + i * i % 26)];
        generator.Admit(first, new() { MaxTokens = 5 }, seed: 1);
        List<int> second = [.. first, .. Drain(generator).Select(t => t.Id), .. Enumerable.Repeat(60, 10)];
        generator.Admit(second, new() { MaxTokens = 20 }, seed: 2);
        var answer = generator.Step().Select(t => t.Token).ToList();
        // 45 tokens and those of the answer but its last, which never ran, in blocks of 16.
        Assert.Equal(second.Count - 48, generator.PrefilledTokens);
        answer.AddRange(Drain(generator));

        using var fresh = new BatchGenerator(_transformer, 1, slots: 1, capacity: 100, [TinyPolicy.EndOfTurn]);
        fresh.Admit(second, new() { MaxTokens = 20 }, seed: 2);
        Assert.Equal(Drain(fresh), answer);
    }

    /// <summary>
    /// Guesses are run wherever there are any: each answer is the one without, to the last bit, and fewer steps make it. Greedy answers of
    /// such a model repeat themselves, and the prompts repeat a word.
    /// </summary>
    [Fact]
    public void Guessed_tokens_change_no_answer_and_save_steps()
    {
        SamplingParameters[] parameters = [.. Parameters.Select(p => p with { MaxTokens = 60 }), new() { Temperature = 0.05, MaxTokens = 80 }];
        Assert.Equal(Run(guessCost: null, out var steps, out _), Run(guessCost: 0, out var fewer, out var guessed));
        Assert.True(guessed > 20, $"{guessed} tokens were guessed");
        Assert.True(fewer < steps, $"{fewer} steps instead of {steps}");

        List<SequenceToken> Run(double? guessCost, out int steps, out int guessed)
        {
            using var generator = new BatchGenerator(_transformer, 1, slots: 2, capacity: 150, [TinyPolicy.EndOfTurn]) { GuessCost = guessCost };
            List<SequenceToken> tokens = [];
            var waiting = new Queue<SamplingParameters>(parameters);
            (steps, guessed) = (0, 0);
            while (waiting.Count > 0 || generator.Active > 0)
            {
                while (!generator.IsFull && waiting.TryDequeue(out var next))
                    generator.Admit([.. Enumerable.Range(0, 30).Select(i => TinyTokenizer.FirstByte + 'a' + i % 4)], next, seed: waiting.Count);
                tokens.AddRange(generator.Step());
                steps++;
                guessed += generator.GuessedTokens;
            }
            return [.. tokens.OrderBy(t => t.Sequence)];
        }
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        using var generator = new BatchGenerator(_transformer, 1, slots: 3, capacity: 250, endIds: [-1]) { GuessCost = 0.2 };
        foreach (var parameters in Parameters[..3]) generator.Admit(Prompt(0), parameters with { MaxTokens = 200 }, seed: 1);
        for (var step = 0; step < 50; step++) generator.Step();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var step = 0; step < 50; step++) generator.Step();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>Whether the first one's prompt fills a step, or there is room for all three beside each other.</summary>
    [Theory]
    [InlineData(64)]
    [InlineData(1000)]
    public void Several_answers_to_one_prompt_run_it_once(int prefillTokens)
    {
        using var generator = new BatchGenerator(_transformer, 1, slots: 3, capacity: 100, [TinyPolicy.EndOfTurn], prefillTokens);
        int[] prompt = [.. Enumerable.Range(0, 64).Select(i => TinyTokenizer.FirstByte + 'a' + i * i % 26)];
        for (var seed = 0; seed < 3; seed++) generator.Admit(prompt, new() { MaxTokens = 30 }, seed);
        var run = 0;
        while (generator.Active > 0)
        {
            generator.Step();
            run += generator.PrefilledTokens;
        }

        Assert.Equal(64 + 2 * 16, run);
    }

    [Fact]
    public void Swapped_weights_run_again_what_the_ones_before_remembered()
    {
        using var other = new Transformer(TinyPolicy.Weights(seed: 2));
        using var generator = new BatchGenerator(_transformer, 1, slots: 1, capacity: 100, [TinyPolicy.EndOfTurn]);
        int[] prompt = [.. Enumerable.Repeat(70, 50)];
        generator.Admit(prompt, new() { MaxTokens = 2 }, 1);
        Drain(generator);
        generator.SwapWeights(other, version: 2);
        generator.Admit(prompt, new() { MaxTokens = 2 }, 1);
        generator.Step();

        Assert.Equal(50, generator.PrefilledTokens);
    }

    /// <summary>
    /// Seven blocks: four of a prompt of 65 tokens, and three answers that each need one more, beside the prompt's last token.
    /// </summary>
    [Fact]
    public void What_answers_share_is_in_memory_once()
    {
        using var generator = new BatchGenerator(_transformer, 1, slots: 3, capacity: 100, endIds: [-1], decoding: new(CacheBlocks: 7));
        int[] prompt = [.. Enumerable.Range(0, 65).Select(i => TinyTokenizer.FirstByte + 'a' + i * i % 26)];
        for (var seed = 0; seed < 3; seed++) generator.Admit(prompt, new() { MaxTokens = 15 }, seed);
        generator.Step();
        generator.Step();

        Assert.Equal(3, generator.Decoding);
        Assert.Equal(3 * 15 - 1 - 3, Drain(generator).Count);
    }

    /// <summary>Memory for one whole sequence of 96 tokens, and answers that take half of it each: two run, the third waits for the first to leave.</summary>
    [Fact]
    public void A_sequence_that_does_not_fit_the_memory_waits_and_is_answered_whole()
    {
        using var generator = new BatchGenerator(_transformer, 1, slots: 3, capacity: 96, endIds: [-1], decoding: new(CacheBlocks: 6));
        for (var seed = 0; seed < 3; seed++) generator.Admit([50 + seed, 51, 52], new() { MaxTokens = 45 }, seed);
        var tokens = new Dictionary<int, int>();
        var together = 0;
        while (generator.Active > 0)
        {
            foreach (var token in generator.Step()) tokens[token.Sequence] = tokens.GetValueOrDefault(token.Sequence) + 1;
            together = Math.Max(together, generator.Decoding);
        }

        Assert.Equal(2, together);
        Assert.Equal([45, 45, 45], tokens.OrderBy(t => t.Key).Select(t => t.Value));
    }

    [Fact]
    public void A_prompt_that_is_removed_half_way_leaves_the_next_one_alone()
    {
        using var generator = new BatchGenerator(_transformer, 1, slots: 2, capacity: 100, [TinyPolicy.EndOfTurn], prefillTokens: 8);
        var leaving = generator.Admit([.. Enumerable.Repeat(50, 60)], new(), 0);
        Admit(generator, 1);
        Assert.Empty(generator.Step());
        Assert.Empty(generator.Step());

        Assert.True(generator.Remove(leaving));

        Assert.Equal(Alone(1).Select(t => t.Id), Drain(generator).Select(t => t.Id));
        Assert.False(generator.Remove(leaving));
    }

    [Fact]
    public void Removing_a_sequence_leaves_the_others_as_they_are()
    {
        using var generator = Generator(slots: 3);
        var numbers = Enumerable.Range(0, 3).ToDictionary(i => Admit(generator, i), i => i);
        var together = new Dictionary<int, List<GeneratedToken>>();
        for (var step = 0; generator.Active > 0; step++)
        {
            if (step == 3) Assert.True(generator.Remove(numbers.Single(n => n.Value == 0).Key));
            foreach (var token in generator.Step()) Collect(together, numbers[token.Sequence], token.Token);
        }

        Assert.Equal(Alone(0)[..3].Select(t => t.Id), together[0].Select(t => t.Id));
        Assert.Equal(Alone(1).Select(t => t.Id), together[1].Select(t => t.Id));
        Assert.Equal(Alone(2).Select(t => t.Id), together[2].Select(t => t.Id));
        Assert.False(generator.Remove(0));
    }

    [Fact]
    public void Swapped_weights_are_used_from_the_next_token_on_and_recorded()
    {
        using var other = new Transformer(TinyPolicy.Weights(seed: 2));
        using var first = new Transformer(TinyPolicy.Weights(seed: 1));
        using var generator = new BatchGenerator(first, version: 4, slots: 1, capacity: 100, [TinyPolicy.EndOfTurn]);
        generator.Admit(Prompt(0), new() { MaxTokens = 20 }, 3);
        List<GeneratedToken> tokens = [];
        for (var i = 0; i < 8; i++) tokens.AddRange(generator.Step().Select(t => t.Token));

        Assert.Same(first, generator.SwapWeights(other, version: 5));
        tokens.AddRange(Drain(generator));

        Assert.Equal(20, tokens.Count);
        Assert.Equal([.. Enumerable.Repeat(4, 8), .. Enumerable.Repeat(5, 12)], tokens.Select(t => t.Version));
    }

    [Fact]
    public void Weights_of_another_shape_are_refused()
    {
        using var other = new Transformer(TransformerWeights.Initialise(TinyPolicy.Config with { Layers = 3 }, 1));
        using var generator = Generator(slots: 1);
        var error = Assert.Throws<ChatLoopException>(() => generator.SwapWeights(other, 2));
        Assert.Contains("num_hidden_layers is 3; expected 2", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, generator.Version);
    }

    private BatchGenerator Generator(int slots) => new(_transformer, version: 1, slots, capacity: 100, [TinyPolicy.EndOfTurn]);

    private static IReadOnlyList<int> Prompt(int i) =>
        [2, .. Enumerable.Range(0, 1 + i * 5 % 17).Select(t => TinyTokenizer.FirstByte + 'a' + (t * 7 + i) % 26), 1, 3];

    private static int Admit(BatchGenerator generator, int i) => generator.Admit(Prompt(i), Parameters[i % Parameters.Length], seed: i);

    private List<GeneratedToken> Alone(int i)
    {
        using var generator = Generator(slots: 1);
        Admit(generator, i);
        return Drain(generator);
    }

    private static List<GeneratedToken> Drain(BatchGenerator generator)
    {
        List<GeneratedToken> tokens = [];
        while (generator.Active > 0) tokens.AddRange(generator.Step().Select(t => t.Token));
        return tokens;
    }

    private static void Collect(Dictionary<int, List<GeneratedToken>> answers, int i, GeneratedToken token)
    {
        if (!answers.TryGetValue(i, out var tokens)) answers[i] = tokens = [];
        tokens.Add(token);
    }

    public void Dispose() => _transformer.Dispose();
}
