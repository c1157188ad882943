using ChatLoop.Trainer.Runs;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace ChatLoop.Gold.Bench;

internal static class GoldChart
{
    private const int Width = 860, Height = 520;

    /// <summary>Gold win rate over labels, a line for each algorithm: the mean over preferences and seeds.</summary>
    public static string Svg(IReadOnlyList<GoldCell> cells)
    {
        var plot = new PlotModel { Title = "Gold win rate against the start, 25 % of the labels flipped", Background = OxyColors.White };
        plot.Axes.Add(new LogarithmicAxis { Position = AxisPosition.Bottom, Title = "labels (pairs)", Base = 4, Minimum = 48, Maximum = 5500 });
        foreach (var algorithm in cells.Select(c => c.Algorithm).Distinct().Order()) plot.Series.Add(Line(algorithm, cells));
        return Export(plot);
    }

    /// <summary>Gold win rate over KL, a line for each climb.</summary>
    public static string Svg(IReadOnlyList<OverOptimisationCurve> curves)
    {
        var plot = new PlotModel { Title = "Gold win rate along PPO", Background = OxyColors.White };
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "KL to the start, nats per answer", Minimum = 0 });
        foreach (var curve in curves.OrderBy(c => c.Settings))
        {
            var line = new LineSeries
            {
                Title = $"{curve.Gold}, {curve.Labels} labels, {curve.Settings}",
                LineStyle = curve.Settings == OverOptimisationStudy.AsShipped ? LineStyle.Solid : LineStyle.Dash,
            };
            foreach (var (point, rate) in curve.Smooth) line.Points.Add(new(point.Kl, 100 * rate));
            plot.Series.Add(line);
        }
        return Export(plot);
    }

    private static string Export(PlotModel plot)
    {
        plot.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Left,
            Title = "win rate, %",
            Minimum = 45,
            Maximum = 100,
            MajorGridlineStyle = LineStyle.Dot,
        });
        plot.Legends.Add(new Legend { LegendPosition = LegendPosition.BottomRight });
        return new SvgExporter { Width = Width, Height = Height, UseVerticalTextAlignmentWorkaround = true }.ExportToString(plot);
    }

    private static LineSeries Line(PolicyAlgorithm algorithm, IReadOnlyList<GoldCell> cells)
    {
        var line = new LineSeries { Title = algorithm.ToString(), MarkerType = MarkerType.Circle, MarkerSize = 3 };
        foreach (var column in cells.Where(c => c.Algorithm == algorithm).GroupBy(c => c.Labels).OrderBy(c => c.Key))
            line.Points.Add(new(column.Key, 100 * column.Average(c => c.WinRate)));
        return line;
    }
}
