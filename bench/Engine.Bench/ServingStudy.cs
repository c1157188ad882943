using System.Diagnostics;
using System.Globalization;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Decoding;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Kernels;
using Microsoft.Extensions.Logging.Abstractions;
using static TorchSharp.torch;

namespace ChatLoop.Engine.Bench;

/// <summary>
/// What users of the whole engine see on a model of SmolLM2-135M's shape in BFloat16: the first token of a prompt beside the bare prefill, the
/// pauses of running answers while long prompts arrive, a second turn beside a first, and an answer that repeats its prompt.
/// </summary>
internal static class ServingStudy
{
    private const int Rounds = 5;
    private static readonly SamplingParameters Sampling = new() { Seed = 1, Temperature = 0.8, TopP = 0.95 };

    public static async Task Measure()
    {
        var root = Directory.CreateTempSubdirectory("engine-bench-");
        try
        {
            var store = new CheckpointStore(root.FullName);
            BenchCheckpoint.Save(store, "policy", DecodeSpeed.Config, ScalarType.BFloat16, speaks: true);
            await using var engine = new PolicyEngine(store, new(), NullLogger<PolicyEngine>.Instance);
            await engine.Swap(1, "policy", CancellationToken.None);
            await Ask(engine, Text(0, 64), 32);
            await FirstToken(engine, store);
            await Pauses(engine);
            await Turns(engine);
            foreach (var sequences in (int[])[1, 16]) Overhead(store, sequences);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    /// <summary>The same prompt through the engine, and its tokens through the kernels in the engine's pieces.</summary>
    private static async Task FirstToken(PolicyEngine engine, CheckpointStore store)
    {
        using var checkpoint = store.Load("policy", asStored: true);
        using var team = new ThreadTeam(Math.Min(Environment.ProcessorCount, 8));
        using var decoder = new CpuDecoder(checkpoint.Transformer.Weights, team, 144, 1);
        using var cache = new PagedKeyValueCache(checkpoint.Transformer.Config, 1, 1024);
        var (first, bare) = (new double[Rounds], new double[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            var request = new GenerationRequest([new(TurnRole.User, Text(100 + round, 490))], Sampling with { MaxTokens = 1 });
            var prompt = checkpoint.Template.Prompt(request.Messages);
            bare[round] = Time.Of(() => PrefillSpeed.InPieces(decoder, cache, prompt)).Wall;
            first[round] = (await Ask(engine, Text(200 + round, 490), 1)).First;
        }
        Console.WriteLine(Line($"first token of {490} letters: {Quantile.Of(first, 0.5):0} ms, the bare prefill {Quantile.Of(bare, 0.5):0} ms: {Quantile.Of(first, 0.5) / Quantile.Of(bare, 0.5):0.00} times"));
    }

    /// <summary>Four answers run; their gaps alone, then while six prompts of nearly 2,000 tokens arrive one after the other.</summary>
    private static async Task Pauses(PolicyEngine engine)
    {
        using var stop = new CancellationTokenSource();
        var gaps = new List<(double Gap, bool Busy)>();
        var busy = false;
        var running = Enumerable.Range(0, 4).Select(i => Run(i)).ToArray();
        await Task.Delay(TimeSpan.FromSeconds(8));
        Volatile.Write(ref busy, true);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < 6; i++) await Ask(engine, Text(300 + i, 1960), 1);
        var each = Stopwatch.GetElapsedTime(start).TotalSeconds / 6;
        Volatile.Write(ref busy, false);
        await stop.CancelAsync();
        await Task.WhenAll(running);
        double[] alone = [.. gaps.Where(g => !g.Busy).Select(g => g.Gap)], beside = [.. gaps.Where(g => g.Busy).Select(g => g.Gap)];
        Console.WriteLine(Line($"gaps between tokens of 4 answers: alone median {Quantile.Of(alone, 0.5):0.0} ms, p99 {Quantile.Of(alone, 0.99):0.0}; ")
            + Line($"while prompts of 1,960 arrive median {Quantile.Of(beside, 0.5):0.0}, p99 {Quantile.Of(beside, 0.99):0.0}: {Quantile.Of(beside, 0.99) / Quantile.Of(alone, 0.5):0.0} times the median alone, ")
            + Line($"{Quantile.Of(beside, 0.99) / Quantile.Of(beside, 0.5):0.0} times its own; a prompt took {each:0.0} s"));

        async Task Run(int seed)
        {
            while (!stop.IsCancellationRequested)
            {
                var last = 0L;
                try
                {
                    await foreach (var chunk in engine.Generate(new([new(TurnRole.User, Text(seed, 40))], Sampling with { MaxTokens = 400 }), stop.Token))
                    {
                        var now = Stopwatch.GetTimestamp();
                        if (last != 0) lock (gaps) gaps.Add((Stopwatch.GetElapsedTime(last, now).TotalMilliseconds, Volatile.Read(ref busy)));
                        last = now;
                    }
                }
                catch (OperationCanceledException)
                {
                }
            }
        }
    }

    /// <summary>A conversation of 700 letters goes on: its first turns are in the cache.</summary>
    private static async Task Turns(PolicyEngine engine)
    {
        var first = await Ask(engine, Text(500, 700), 40);
        List<PromptMessage> messages =
            [new(TurnRole.User, Text(500, 700)), new(TurnRole.Assistant, first.Text), new(TurnRole.User, Text(501, 40))];
        var second = await Ask(engine, messages, 40);
        Console.WriteLine(Line($"first token of a first turn of 700 letters {first.First:0} ms, of the second {second.First:0} ms"));
    }

    /// <summary>What a step takes beyond its kernels: sampling, mostly.</summary>
    private static void Overhead(CheckpointStore store, int sequences)
    {
        using var checkpoint = store.Load("policy", asStored: true);
        var transformer = checkpoint.Transformer;
        var threads = Math.Min(Environment.ProcessorCount, 8);
        using var generator = new BatchGenerator(transformer, 1, sequences, 1024, endIds: [-1], decoding: new(threads));
        using var team = new ThreadTeam(threads);
        using var decoder = new CpuDecoder(transformer.Weights, team, sequences, sequences);
        using var cache = new PagedKeyValueCache(transformer.Config, sequences, 1024);
        var tokens = new StepToken[sequences];
        for (var i = 0; i < sequences; i++)
        {
            generator.Admit([i + 4, .. Enumerable.Range(4, 63)], Sampling with { MaxTokens = 900 }, i);
            tokens[i] = new(cache.Add(), 5);
        }
        while (generator.Decoding < sequences) generator.Step();
        for (var token = 0; token < 64; token++) decoder.Step(tokens, cache);
        var (whole, bare) = (new double[Rounds], new double[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            whole[round] = Time.Of(() => Repeat(() => generator.Step())).Wall;
            bare[round] = Time.Of(() => Repeat(() => decoder.Step(tokens, cache))).Wall;
        }
        Console.WriteLine(Line($"a step of {sequences} sequences {Quantile.Of(whole, 0.5) / 32:0.00} ms, of its kernels {Quantile.Of(bare, 0.5) / 32:0.00}: {Quantile.Of(whole, 0.5) / Quantile.Of(bare, 0.5) - 1:P1} more"));

        static void Repeat(Action step)
        {
            for (var i = 0; i < 32; i++) step();
        }
    }

    private static Task<(double First, string Text)> Ask(PolicyEngine engine, string text, int tokens) =>
        Ask(engine, [new(TurnRole.User, text)], tokens);

    private static async Task<(double First, string Text)> Ask(PolicyEngine engine, IReadOnlyList<PromptMessage> messages, int tokens)
    {
        var start = Stopwatch.GetTimestamp();
        var (first, text) = (0.0, "");
        await foreach (var chunk in engine.Generate(new(messages, Sampling with { MaxTokens = tokens }), CancellationToken.None))
        {
            if (first == 0) first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            text += chunk.Text;
        }
        return (first, text);
    }

    /// <summary>Letters, one token each; no two texts begin alike.</summary>
    private static string Text(int number, int letters)
    {
        var random = new Random(number);
        return string.Concat(Enumerable.Range(0, letters).Select(_ => (char)('a' + random.Next(26))));
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
