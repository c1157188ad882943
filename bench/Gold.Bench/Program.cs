using System.Globalization;
using ChatLoop.Gold.Bench;
using ChatLoop.Trainer.Runs;

// dotnet run -c Release --project bench/Gold.Bench -- [folder of the results: docs/gold] [starter folder] [labels: 64,256,...] [seeds: 1,2,3]
//     [algorithms: Ppo,Rloo,...] [preferences: brief,...]
// ... -- compare [folder of the results: docs/gold] [starter folder] [labels: 64,256] [seeds: 1,2,3] [preferences: asks,about-you]
// ... -- curve [folder of the results: docs/gold] [starter folder] [labels: 256,1024] [seeds: 1] [preferences: brief,...]
// ... -- candidates [folder of the results: docs/gate] [starter folder] [seeds: 1,2,3] [preferences: brief,...]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var study = args is ["compare" or "curve" or "candidates", ..] ? args[0] : "";
if (study.Length > 0) args = args[1..];
var folder = Directory.CreateDirectory(Argument(0, study == "candidates" ? "docs/gate" : "docs/gold")).FullName;
if (study == "candidates")
{
    await JudgeCandidates();
    return;
}
int[] labels = [.. Argument(2, study switch { "compare" => "64,256", "curve" => "256,1024", _ => "64,256,1024,4096" }).Split(',').Select(int.Parse)];
int[] seeds = [.. Argument(3, study == "curve" ? "1" : "1,2,3").Split(',').Select(int.Parse)];
using var task = new GoldTask(Argument(1, "models/starter"), new LearningOptions());
if (study == "compare")
{
    var (comparison, compared) = (new ModelBasedStudy(task), new ModelBasedResults(folder));
    foreach (var (seed, gold, count) in from seed in seeds from gold in Golds(Argument(4, "asks,about-you")) from count in labels select (seed, gold, count))
        if (!compared.Contains(gold.Name, count, seed)) compared.Add(await comparison.Run(gold, seed, count));
    return;
}
if (study == "curve")
{
    var (climbs, known) = (new OverOptimisationStudy(task), new OverOptimisationResults(folder));
    foreach (var (seed, gold, count) in from seed in seeds from gold in Golds(Argument(4, AllGolds())) from count in labels select (seed, gold, count))
        if (!known.Contains(gold.Name, count, seed)) await climbs.Run(gold, seed, count, known);
    return;
}
var results = new GoldResults(Path.Combine(folder, "results.jsonl"));
PolicyAlgorithm[] algorithms = [.. Argument(4, string.Join(',', Enum.GetNames<PolicyAlgorithm>())).Split(',').Select(name => Enum.Parse<PolicyAlgorithm>(name, ignoreCase: true))];
var golds = Golds(Argument(5, AllGolds()));
var grid = new GoldStudy(task);
foreach (var seed in seeds)
{
    foreach (var gold in golds)
    {
        await grid.Run(gold, seed, labels, algorithms, results);
        File.WriteAllText(Path.Combine(folder, "README.md"), GoldReport.Markdown(results.Cells));
        File.WriteAllText(Path.Combine(folder, "win-rate.svg"), GoldChart.Svg(results.Cells));
    }
}

async Task JudgeCandidates()
{
    using var start = new GoldTask(Argument(1, "models/starter"), new LearningOptions());
    var (judging, judged) = (new CandidateStudy(start), new ResultLines<JudgedCandidate>(Path.Combine(folder, "candidates.jsonl")));
    foreach (var seed in Argument(2, "1,2,3").Split(',').Select(int.Parse))
    {
        foreach (var gold in Golds(Argument(3, AllGolds())))
        {
            if (judged.Known.Any(c => (c.Kind, c.Gold, c.Seed) == (BadCandidates.Flipped, gold.Name, seed))) continue;
            await judging.Run(gold, seed, judged);
            await File.WriteAllTextAsync(Path.Combine(folder, "README.md"), CandidateReport.Markdown(judged.Known));
        }
    }
}

string Argument(int index, string otherwise) => args.Length > index ? args[index] : otherwise;

static string AllGolds() => string.Join(',', GoldPreference.All.Select(g => g.Name));

static GoldPreference[] Golds(string names) => [.. names.Split(',').Select(n => GoldPreference.All.Single(g => g.Name == n))];
