using ChatLoop.Loop.Bench;

// dotnet run -c Release --project bench/Loop.Bench -- [starter folder] [pairs per update: 32,32] [seeds: 1,2,3]
//     or -- resume models/starter, for what resume points cost
if (args is ["resume", var folder, ..])
{
    using var batches = new LoopStudy(folder);
    await ResumeCost.Measure(folder, batches.Batch(pairs: 32, seed: 1));
    return;
}
var starter = args.Length > 0 ? args[0] : "models/starter";
int[] updates = [.. (args.Length > 1 ? args[1] : "32,32").Split(',').Select(int.Parse)];
int[] seeds = [.. (args.Length > 2 ? args[2] : "1,2,3").Split(',').Select(int.Parse)];
using var study = new LoopStudy(starter);
foreach (var seed in seeds) await study.Run(updates, seed);
