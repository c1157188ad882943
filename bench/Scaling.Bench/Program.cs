using System.Globalization;
using ChatLoop.Scaling.Bench;

// dotnet run -c Release --project bench/Scaling.Bench: what 1,000,000 conversations on 100 serving silos saturate, on paper and event by event.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const double Seconds = 120, WarmUp = 20;
var starter = new ClusterShape();
// 135 M parameters on a processor with 10 GB/s of memory, bf16: 40 tokens/s alone, three times as many for 16.
var larger = starter with { TokensAlone = 40, TokensOfSixteen = 240, LargestBatch = 64 };
(string Name, ClusterShape Shape)[] cases =
[
    ("starter, a message in 30 min", starter with { SecondsBetweenMessages = 1800 }),
    ("starter, in 20 min", starter with { SecondsBetweenMessages = 1200 }),
    ("starter, in 10 min", starter),
    ("starter, in 10 min, two writes an answer", starter with { WritesPerAnswer = 2 }),
    ("starter, in 10 min, database with 4 times the writes", starter with { DatabaseWrites = 16_000 }),
    ("starter, in 3 min, same", starter with { DatabaseWrites = 40_000, SecondsBetweenMessages = 180 }),
    ("135 M on processors, in 60 min", larger with { SecondsBetweenMessages = 3600 }),
    ("135 M on processors, in 20 min", larger with { SecondsBetweenMessages = 1200 }),
    ("135 M, in 20 min, 300 silos", larger with { SecondsBetweenMessages = 1200, Silos = 300 }),
    ("135 M on GPUs (50 times), in 10 min", larger with { TokensAlone = 2_000, TokensOfSixteen = 12_000, DatabaseWrites = 16_000 }),
];
Console.WriteLine("| case | messages a second | engine load | database load | memory a silo | answer, paper | simulated | write, paper | simulated |");
Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
foreach (var (name, shape) in cases)
{
    var (answer, write) = new ClusterSimulation(shape, seed: 1).Run(Seconds, WarmUp);
    Console.WriteLine(
        $"| {name} | {shape.MessageRate:N0} | {PaperModel.EngineLoad(shape):P0} | {PaperModel.DatabaseLoad(shape):P0} | {PaperModel.MebibytesPerSilo(shape):0} MiB "
        + $"| {Time(PaperModel.AnswerSeconds(shape))} | {Time(answer)} | {Time(PaperModel.WriteSeconds(shape))} | {Time(write)} |");
}

static string Time(double seconds) => double.IsInfinity(seconds) ? "falls behind" : seconds < 1 ? $"{seconds * 1000:0.00} ms" : $"{seconds:0.0} s";
