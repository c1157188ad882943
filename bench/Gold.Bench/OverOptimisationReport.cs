using System.Text;

namespace ChatLoop.Gold.Bench;

/// <summary>The climbs in Markdown, made of the curves' file alone.</summary>
internal static class OverOptimisationReport
{
    public static string Markdown(IReadOnlyList<OverOptimisationCurve> curves)
    {
        var text = new StringBuilder("""
            # Over-optimisation

            The same hidden preferences as the [gold-reward benchmark](README.md), a quarter of the labels flipped. After every iteration of PPO
            the policy answers 300 held-out prompts, and the hidden preference compares with the start's answers. "As shipped" are the settings
            of `appsettings.json`; with "nothing held back" there is no penalty for KL, no budget and no plateau, and 48 iterations. Win rates are
            means of three iterations in a row; the fall is from the best of them to the last. Scores are the reward model's, in deviations.
            Made by `dotnet run -c Release --project bench/Gold.Bench -- curve` from `over-optimisation.jsonl`; the command does what is missing.

            ![Win rate over KL](over-optimisation.svg)

            | preference | labels | seed | settings | best | last | fall, points | score at the best | last score | last KL |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |

            """.ReplaceLineEndings("\n"));
        foreach (var curve in curves.OrderBy(c => (c.Settings, c.Labels, c.Gold, c.Seed)))
        {
            var smooth = curve.Smooth;
            var (best, last) = (smooth.MaxBy(s => s.WinRate), smooth[^1]);
            text.Append($"| {curve.Gold} | {curve.Labels} | {curve.Seed} | {curve.Settings} | {100 * best.WinRate:0.0} % | {100 * last.WinRate:0.0} % ")
                .Append($"| {100 * (best.WinRate - last.WinRate):0.0} | {best.Point.Score:0.00} | {last.Point.Score:0.00} | {last.Point.Kl:0.0} |\n");
        }
        return text.ToString();
    }
}
