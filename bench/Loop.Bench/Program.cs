using ChatLoop.Loop.Bench;

// dotnet run -c Release --project bench/Loop.Bench -- [active] [starter folder] [pairs per update: 32,32] [seeds: 1,2,3] [candidates: 4] [explore share: 0.25] [tastes: 1]
//     or -- resume models/starter, for what resume points cost
if (args is ["resume", var folder, ..])
{
    using var batches = new LoopStudy(folder);
    await ResumeCost.Measure(folder, batches.Batch(pairs: 32, seed: 1));
    return;
}
var active = args is ["active", ..];
string[] rest = active ? args[1..] : args;
var starter = rest.Length > 0 ? rest[0] : "models/starter";
int[] updates = [.. (rest.Length > 1 ? rest[1] : "32,32").Split(',').Select(int.Parse)];
int[] seeds = [.. (rest.Length > 2 ? rest[2] : "1,2,3").Split(',').Select(int.Parse)];
if (active)
{
    var candidates = rest.Length > 3 ? int.Parse(rest[3], System.Globalization.CultureInfo.InvariantCulture) : 4;
    var exploreShare = rest.Length > 4 ? double.Parse(rest[4], System.Globalization.CultureInfo.InvariantCulture) : 0.25;
    using var activePairs = new ActivePairsStudy(starter, candidates, exploreShare, oneTaste: rest.ElementAtOrDefault(5) is null or "1");
    foreach (var seed in seeds) activePairs.Run(updates, seed);
    return;
}
using var study = new LoopStudy(starter);
foreach (var seed in seeds) await study.Run(updates, seed);
