using System.Globalization;
using ChatLoop.Gold.Bench;
using ChatLoop.Trainer.Runs;

// dotnet run -c Release --project bench/Gold.Bench -- [folder of the results: docs/gold] [starter folder] [labels: 64,256,...] [seeds: 1,2,3]
//     [algorithms: Ppo,Rloo,...] [preferences: brief,...]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var folder = Directory.CreateDirectory(Argument(0, "docs/gold")).FullName;
var results = new GoldResults(Path.Combine(folder, "results.jsonl"));
int[] labels = [.. Argument(2, "64,256,1024,4096").Split(',').Select(int.Parse)];
int[] seeds = [.. Argument(3, "1,2,3").Split(',').Select(int.Parse)];
PolicyAlgorithm[] algorithms = [.. Argument(4, string.Join(',', Enum.GetNames<PolicyAlgorithm>())).Split(',').Select(Enum.Parse<PolicyAlgorithm>)];
GoldPreference[] golds = [.. Argument(5, string.Join(',', GoldPreference.All.Select(g => g.Name))).Split(',').Select(n => GoldPreference.All.Single(g => g.Name == n))];
using var study = new GoldStudy(Argument(1, "models/starter"), new LearningOptions());
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
