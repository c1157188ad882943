using System.Globalization;
using ChatLoop.Gold.Bench;
using ChatLoop.Trainer.Runs;

// dotnet run -c Release --project bench/Gold.Bench -- [folder of the results: docs/gold] [starter folder] [labels: 64,256,...] [seeds: 1,2,3]
//     [algorithms: Ppo,Rloo,...] [preferences: brief,...]
// ... -- compare [folder of the results: docs/gold] [starter folder] [labels: 64,256] [seeds: 1,2,3] [preferences: asks,about-you]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var isComparison = args is ["compare", ..];
if (isComparison) args = args[1..];
var folder = Directory.CreateDirectory(Argument(0, "docs/gold")).FullName;
int[] labels = [.. Argument(2, isComparison ? "64,256" : "64,256,1024,4096").Split(',').Select(int.Parse)];
int[] seeds = [.. Argument(3, "1,2,3").Split(',').Select(int.Parse)];
using var task = new GoldTask(Argument(1, "models/starter"), new LearningOptions());
if (isComparison)
{
    var (comparison, compared) = (new ModelBasedStudy(task), new ModelBasedResults(folder));
    foreach (var (seed, gold, count) in from seed in seeds from gold in Golds(Argument(4, "asks,about-you")) from count in labels select (seed, gold, count))
        if (!compared.Contains(gold.Name, count, seed)) compared.Add(await comparison.Run(gold, seed, count));
    return;
}
var results = new GoldResults(Path.Combine(folder, "results.jsonl"));
PolicyAlgorithm[] algorithms = [.. Argument(4, string.Join(',', Enum.GetNames<PolicyAlgorithm>())).Split(',').Select(Enum.Parse<PolicyAlgorithm>)];
var golds = Golds(Argument(5, string.Join(',', GoldPreference.All.Select(g => g.Name))));
var study = new GoldStudy(task);
foreach (var seed in seeds)
{
    foreach (var gold in golds)
    {
        await study.Run(gold, seed, labels, algorithms, results);
        File.WriteAllText(Path.Combine(folder, "README.md"), GoldReport.Markdown(results.Cells));
        File.WriteAllText(Path.Combine(folder, "win-rate.svg"), GoldChart.Svg(results.Cells));
    }
}

string Argument(int index, string otherwise) => args.Length > index ? args[index] : otherwise;

static GoldPreference[] Golds(string names) => [.. names.Split(',').Select(n => GoldPreference.All.Single(g => g.Name == n))];
