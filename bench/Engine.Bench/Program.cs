using System.Diagnostics;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Engine.Bench;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using Microsoft.Extensions.Logging.Abstractions;
using static TorchSharp.torch;

// dotnet run -c Release --project bench/Engine.Bench [-- path/to/checkpoint]
// Prefill time, decode speed and the whole engine's, with random weights of the starter's size or with a checkpoint's.
const int Rounds = 5;
var sampling = new SamplingParameters { Seed = 1, MaxTokens = 128, TopP = 0.95, Temperature = 0.8 };
var root = Directory.CreateTempSubdirectory("engine-bench-");
try
{
    var store = new CheckpointStore(root.FullName);
    if (args is [var source, ..]) store.Import(source, "policy");
    else BenchCheckpoint.Save(store, "policy");
    set_num_threads(1);
    using (var checkpoint = store.Load("policy")) Batches(checkpoint);
    await Engine(store);
}
finally
{
    root.Delete(recursive: true);
}

void Batches(LoadedCheckpoint checkpoint)
{
    var transformer = checkpoint.Transformer;
    Console.WriteLine($"{transformer.Weights.Count / 1e6:F1}M weights, context {transformer.Config.MaxPositions}, 1 thread, median of {Rounds}");
    using var generator = new BatchGenerator(transformer, 1, slots: 16, transformer.Config.MaxPositions, endOfTurn: -1);
    foreach (var tokens in new[] { 32, 128, 512 })
        Console.WriteLine($"prefill {tokens,4} tokens      {Median(() => Prefill(generator, tokens)) * 1e3,8:F2} ms");
    foreach (var batch in new[] { 1, 4, 16 })
    {
        var seconds = Median(() => Decode(generator, batch));
        Console.WriteLine($"decode  {batch,4} sequences   {seconds / 128 * 1e3,8:F2} ms a step, {128 * batch / seconds,8:F0} tokens/s");
    }
}

double Prefill(BatchGenerator generator, int tokens)
{
    var start = Stopwatch.GetTimestamp();
    var sequence = generator.Admit(Prompt(tokens), sampling, 1);
    var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
    generator.Remove(sequence);
    return seconds;
}

// 128 steps that begin at 64 tokens of context.
double Decode(BatchGenerator generator, int batch)
{
    for (var i = 0; i < batch; i++) generator.Admit(Prompt(64), sampling, i);
    var start = Stopwatch.GetTimestamp();
    while (generator.Active > 0) generator.Step();
    return Stopwatch.GetElapsedTime(start).TotalSeconds;
}

async Task Engine(CheckpointStore store)
{
    await using var engine = new PolicyEngine(store, new(), NullLogger<PolicyEngine>.Instance);
    await engine.Swap(1, "policy", CancellationToken.None);
    foreach (var chats in new[] { 1, 16 })
    {
        await Task.WhenAll(Enumerable.Range(0, chats).Select(Chat));
        var start = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, chats).Select(Chat));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var first = answers.Max(a => a.First.TotalMilliseconds);
        Console.WriteLine($"engine  {chats,4} chats       {answers.Sum(a => a.Tokens) / seconds,8:F0} tokens/s, first text after at most {first:F1} ms");
    }

    async Task<(int Tokens, TimeSpan First)> Chat(int seed)
    {
        var start = Stopwatch.GetTimestamp();
        var (tokens, first) = (0, TimeSpan.Zero);
        var request = new GenerationRequest([new(TurnRole.User, new string('a', 64))], sampling with { Seed = seed });
        await foreach (var chunk in engine.Generate(request, CancellationToken.None))
        {
            if (tokens == 0) first = Stopwatch.GetElapsedTime(start);
            tokens += chunk.Tokens.Count;
        }
        return (tokens, first);
    }
}

static IReadOnlyList<int> Prompt(int tokens) => [.. Enumerable.Range(0, tokens).Select(i => 4 + i % 256)];

static double Median(Func<double> measure)
{
    measure();
    return Enumerable.Range(0, Rounds).Select(_ => measure()).Order().ElementAt(Rounds / 2);
}
