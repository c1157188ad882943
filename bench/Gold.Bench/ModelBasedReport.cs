using System.Text;

namespace ChatLoop.Gold.Bench;

/// <summary>The comparison in Markdown, made of its results' file alone.</summary>
internal static class ModelBasedReport
{
    public static string Markdown(IReadOnlyList<ModelBasedCell> cells)
    {
        var text = new StringBuilder("""
            # Model-based beside model-free

            The same hidden preferences as the [gold-reward benchmark](README.md), a quarter of the labels flipped, and for each row one reward
            model for all methods. PPO climbs its score. Imagined learns from verdicts that simulated users, the same model read forwards,
            would give on the policy's own answers, and from the labels. Re-ranking leaves the policy as it is and gives, of n of its
            answers, the one that the simulated user would most often choose; it costs n answers for each, and its KL is the bound
            ln n - (n - 1) / n. Win rates are against the start on 300 held-out prompts, ties half: a deviation of about 3 points.
            Made by `dotnet run -c Release --project bench/Gold.Bench -- compare` from `model-based.jsonl`; the command does what is missing.

            """.ReplaceLineEndings("\n"));
        string[] methods = [.. cells.Select(c => c.Method).Distinct()];
        text.Append("\n| preference | labels | seed | reward model right | ").AppendJoin(" | ", methods).Append(" |\n| --- | --- | --- | --- |");
        foreach (var _ in methods) text.Append(" --- |");
        text.Append('\n');
        foreach (var row in cells.GroupBy(c => (c.Gold, c.Labels, c.Seed)).OrderBy(r => r.Key))
        {
            text.Append($"| {row.Key.Gold} | {row.Key.Labels} | {row.Key.Seed} | {100 * row.First().Accuracy:0} % | ")
                .AppendJoin(" | ", methods.Select(m => Entry(row.FirstOrDefault(c => c.Method == m)))).Append(" |\n");
        }
        return text.ToString();
    }

    private static string Entry(ModelBasedCell? cell) => cell is null
        ? "not run"
        : $"{100 * cell.WinRate:0.0} %, KL {cell.Kl:0.0}, length {cell.Length:0.00}, {cell.Seconds:0} s";
}
