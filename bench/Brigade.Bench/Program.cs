using System.Globalization;
using ChatLoop.Brigade.Bench;
using ChatLoop.Trainer.Runs;

// dotnet run -c Release --project bench/Brigade.Bench -- [statistic|training|all] [honest populations: 10000] [starter folder: models/starter]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var (study, populations, starter) = (Argument(0, "all"), int.Parse(Argument(1, "10000")), Argument(2, "models/starter"));
using var answers = new StarterAnswers(starter, new LearningOptions());
if (study is "statistic" or "all") HonestStudy.Run(answers, populations);
if (study is "training" or "all") await AttackStudy.Run(answers);

string Argument(int index, string otherwise) => args.Length > index ? args[index] : otherwise;
