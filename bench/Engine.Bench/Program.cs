using System.Diagnostics;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Engine.Bench;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Generation;
using Microsoft.Extensions.Logging.Abstractions;
using static TorchSharp.torch;

// dotnet run -c Release --project bench/Engine.Bench [-- path/to/checkpoint | load path/to/hugging-face-folder | precision | decode [threads]
//   | prefill [threads] | serving | swaps [path/to/checkpoint | wide] | soak [minutes]]
// Without any of these words: prefill time, decode speed and the whole engine's, with random weights of the starter's size or with a
// checkpoint's. The processor time beside each figure is what it would take on a machine that does nothing else.
const string Starter = "models/starter";
if (args is ["load", var huggingFace])
{
    LoadMemory.Measure(huggingFace);
    return;
}
if (args is ["precision"])
{
    TrainingPrecision.Measure();
    return;
}
if (args is ["decode", .. var threads])
{
    DecodeSpeed.Measure(threads is [var count] ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : Environment.ProcessorCount);
    return;
}
if (args is ["constraints", var tokenizer])
{
    ConstraintStudy.Measure(tokenizer);
    return;
}
if (args is ["serving"])
{
    await ServingStudy.Measure();
    return;
}
if (args is ["prefill", .. var prefillThreads])
{
    PrefillSpeed.Measure(prefillThreads is [var count] ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : Environment.ProcessorCount);
    return;
}
if (args is ["swaps", .. var of])
{
    var wide = of is ["wide"];
    using var policies = new TemporaryStore(wide ? null : of is [var path] ? path : Starter);
    await SwapMemory.Measure(policies.Store);
    SwapBoundary.Measure(policies.Store, sequences: wide ? 1 : 32);
    if (!wide) await new SwapStudy(chats: 32, swaps: 100).Measure(policies.Store);
    return;
}
if (args is ["soak", .. var length])
{
    await SoakStudy.Run(Starter, TimeSpan.FromMinutes(length is [var minutes] ? int.Parse(minutes, System.Globalization.CultureInfo.InvariantCulture) : 60));
    return;
}
const int Rounds = 5;
const int Steps = 128;
var prompts = 0;
var sampling = new SamplingParameters { Seed = 1, MaxTokens = 128, TopP = 0.95, Temperature = 0.8 };
var root = Directory.CreateTempSubdirectory("engine-bench-");
try
{
    var store = new CheckpointStore(root.FullName);
    if (args is [var source, ..]) store.Import(source, "policy");
    else BenchCheckpoint.Save(store, "policy", BenchCheckpoint.Config);
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
    using var generator = new BatchGenerator(transformer, 1, slots: 48, transformer.Config.MaxPositions, endIds: [-1], prefillTokens: 128);
    foreach (var tokens in new[] { 32, 128, transformer.Config.MaxPositions - 1 })
    {
        var time = Median(() => FirstToken(generator, tokens));
        Console.WriteLine($"first token of a prompt of {tokens,4}  {time.Wall,8:F2} ms, processor {time.Processor,8:F2} ms");
    }
    foreach (var batch in new[] { 1, 4, 16, 48 })
    {
        var time = Median(() => Decode(generator, batch));
        Console.WriteLine($"a step of {batch,4} sequences          {time.Wall / Steps,8:F2} ms, processor {time.Processor / Steps,8:F2} ms: "
            + $"{batch * Steps * 1e3 / time.Wall,6:F0} tokens/s, {batch * Steps * 1e3 / time.Processor,6:F0} per processor second");
    }
}

Time FirstToken(BatchGenerator generator, int tokens)
{
    var sequence = generator.Admit(Prompt(tokens), sampling, 1);
    var time = Time.Of(() =>
    {
        while (generator.Step().Count == 0) continue;
    });
    generator.Remove(sequence);
    return time;
}

// The steps begin at 64 tokens of context.
Time Decode(BatchGenerator generator, int batch)
{
    var sequences = Enumerable.Range(0, batch).Select(i => generator.Admit(Prompt(64), sampling with { MaxTokens = 512 }, i)).ToList();
    while (generator.Step().Count < batch) continue;
    var time = Time.Of(() =>
    {
        for (var step = 0; step < Steps; step++) generator.Step();
    });
    foreach (var sequence in sequences) generator.Remove(sequence);
    return time;
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

// Each begins differently: nothing of an earlier one is remembered for it.
IReadOnlyList<int> Prompt(int tokens)
{
    prompts++;
    return [.. Enumerable.Range(0, tokens).Select(i => 4 + (i < 2 ? prompts >> (8 * i) : i) % 256)];
}

static Time Median(Func<Time> measure)
{
    for (var warm = 0; warm < 20; warm++) measure();
    return Enumerable.Range(0, Rounds).Select(_ => measure()).OrderBy(t => t.Processor).ElementAt(Rounds / 2);
}
