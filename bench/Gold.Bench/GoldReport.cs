using System.Text;

namespace ChatLoop.Gold.Bench;

/// <summary>The study in Markdown, made of the results' file alone.</summary>
internal static class GoldReport
{
    public static string Markdown(IReadOnlyList<GoldCell> cells)
    {
        var text = new StringBuilder("""
            # Gold-reward benchmark

            After Gao et al. (2022): a hidden preference labels pairs of the starter's answers, a quarter of the labels are flipped, and each
            algorithm learns once, from the starter, with the settings of `appsettings.json`. Then 300 held-out prompts are answered by the
            result and by the starter with the same seed, and the hidden preference says which answer is better (ties are half). KL is that of the
            result to the starter, nats per answer. Made by `dotnet run -c Release --project bench/Gold.Bench` from `results.jsonl`; the command
            does what is missing there. Until the grid is whole, means are over what was run ("of n"): compare rows of the second table. What
            the hidden preference makes of every iteration, also with nothing held back: [over-optimisation](over-optimisation.md). Figures of
            before the reward model's heads were fitted first ([ADR 19](../adr/0019-the-heads-are-fitted-before-the-trunk.md)) are not kept. These are
            of `Ppo:KlCoefficient` 0.1; with 0.05, the setting before, PPO won 78.5 % and 85.1 % at KL 6.3 and 6.6 (two seeds), 90.8 % at 1024 labels over
            brief, detailed, asks and about-you.

            ![Win rate over labels](win-rate.svg)

            ## By algorithm: win rate (KL), mean over preferences and seeds


            """.ReplaceLineEndings("\n"));
        Table(text, cells, "algorithm", c => c.Algorithm.ToString());
        foreach (var algorithm in cells.GroupBy(c => c.Algorithm).OrderBy(g => g.Key))
        {
            text.Append("\n## ").Append(algorithm.Key).Append(": by preference\n\n");
            Table(text, [.. algorithm], "preference", c => c.Gold);
        }
        text.Append("\n## The preferences\n\n| name | looks at | better is |\n| --- | --- | --- |\n");
        foreach (var gold in GoldPreference.All) text.Append("| ").Append(gold.Name).Append(" | ").Append(gold.Kind).Append(" | ").Append(gold.Words).Append(" |\n");
        return text.ToString();
    }

    private static void Table(StringBuilder text, IReadOnlyList<GoldCell> cells, string first, Func<GoldCell, string> rowOf)
    {
        int[] labels = [.. cells.Select(c => c.Labels).Distinct().Order()];
        text.Append("| ").Append(first).Append(" | ").AppendJoin(" | ", labels.Select(l => $"{l} labels")).Append(" |\n| --- |");
        foreach (var _ in labels) text.Append(" --- |");
        text.Append('\n');
        foreach (var row in cells.GroupBy(rowOf))
            text.Append("| ").Append(row.Key).Append(" | ").AppendJoin(" | ", labels.Select(l => Entry([.. row.Where(c => c.Labels == l)]))).Append(" |\n");
    }

    /// <summary>Mean and range of the win rate, mean KL, how many runs, and how many of them the gate let pass.</summary>
    private static string Entry(IReadOnlyList<GoldCell> cells) => cells.Count == 0
        ? "not run"
        : $"{100 * cells.Average(c => c.WinRate):0.0} % ({100 * cells.Min(c => c.WinRate):0} to {100 * cells.Max(c => c.WinRate):0}), "
            + $"KL {cells.Average(c => c.Kl):0.0}, gate passed {cells.Count(c => c.Passed)} of {cells.Count}";
}
