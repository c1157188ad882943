using System.Diagnostics;
using System.Globalization;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Training.Bench;
using static TorchSharp.torch;

// dotnet run -c Release --project bench/Training.Bench [-- rounds [tokens of a micro-batch [threads [case]]]]
// Training steps of a model of 100M parameters against the rate of large matrix products in the same run, and what training takes of
// memory. Rates count useful operations only (Shape.UsefulOperations), per processor second, so that a busy neighbour counts little.
var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
var microBatchTokens = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1024;
var threads = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 2;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var work = new Work(microBatchTokens);
if (args.Length < 4)
{
    Describe();
    // A process each, so that what one leaves in memory does not hide what the next one takes.
    foreach (var name in new[] { "full", "full-checkpointed", "lora", "lora-checkpointed", "reward" })
    {
        using var child = Process.Start(Environment.ProcessPath!, [$"{rounds}", $"{microBatchTokens}", $"{threads}", name]);
        child.WaitForExit();
    }
    return;
}
set_num_threads(threads);
using var peak = new Peak();
switch (args[3])
{
    case "full": Measure("PPO, policy, full", model => work.PolicyStep(model), work.PolicyOperations(frozen: false)); break;
    case "full-checkpointed": Measure("the same, checkpointed", model => work.Recomputing().PolicyStep(model), work.PolicyOperations(frozen: false)); break;
    case "lora": Measure("PPO, policy, LoRA", model => work.PolicyStep(Work.Adapted(model.Weights)), work.PolicyOperations(frozen: true)); break;
    case "lora-checkpointed": Measure("the same, checkpointed", model => work.Recomputing().PolicyStep(Work.Adapted(model.Weights)), work.PolicyOperations(frozen: true)); break;
    default: Measure("reward model", model => work.RewardStep(RewardModel.From(model.Weights, seed: 1, heads: 4)), work.RewardOperations); break;
}
return;

void Describe()
{
    Console.WriteLine($"{Shape.Config.Layers} layers of {Shape.Config.HiddenSize}, {Shape.LayerWeights / 1e6:F1}M weights in their matrices; {threads} threads, median of {rounds}");
    Console.WriteLine($"{work.Lengths.Count()} answers of {work.Lengths.Sum()} tokens with their prompts, {work.AnswerTokens} of them answers'; "
        + $"{1 - ((double)work.Lengths.Sum() / work.PaddedTokens):P1} padding in micro-batches of {microBatchTokens}");
}

void Measure(string name, Func<Transformer, (Action Step, IDisposable Owned)> make, double operations)
{
    var before = ResidentMemory.Now;
    ResidentMemory.ForgetPeak();
    using var full = new Transformer(TransformerWeights.Initialise(Shape.Config, 1));
    var (step, owned) = make(full);
    step();
    peak.Multiply();
    var most = ResidentMemory.Peak - before;
    var steps = new List<Time>();
    var products = new List<Time>();
    for (var round = 0; round < rounds; round++)
    {
        products.Add(Time.Of(() =>
        {
            for (var i = 0; i < 20; i++) peak.Multiply();
        }));
        steps.Add(Time.Of(step));
    }
    owned.Dispose();
    var (stepTime, productTime) = (Median(steps), Median(products));
    var (rate, highest) = (operations / stepTime.Processor / 1e6, 20 * Peak.Operations / productTime.Processor / 1e6);
    Console.WriteLine($"{name,-23} {full.Weights.Count / 1e6:F1}M parameters: step {stepTime.Wall / 1e3,6:F2} s, processor {stepTime.Processor / 1e3,6:F2} s; "
        + $"{rate,6:F1} of {highest,6:F1} GFLOP per processor second: {rate / highest:F2} of the peak; peak memory {most / (double)full.Weights.Count:F1} bytes a parameter");
}

Time Median(List<Time> times) => times.OrderBy(t => t.Processor).ElementAt(times.Count / 2);
