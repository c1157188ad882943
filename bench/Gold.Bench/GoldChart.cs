using ChatLoop.Trainer.Runs;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace ChatLoop.Gold.Bench;

/// <summary>Gold win rate over labels, a line for each algorithm: the mean over preferences and seeds.</summary>
internal static class GoldChart
{
    private const int Width = 860, Height = 520;

    public static string Svg(IReadOnlyList<GoldCell> cells)
    {
        var plot = new PlotModel { Title = "Gold win rate against the start, 25 % of the labels flipped", Background = OxyColors.White };
        plot.Axes.Add(new LogarithmicAxis { Position = AxisPosition.Bottom, Title = "labels (pairs)", Base = 4, Minimum = 48, Maximum = 5500 });
        plot.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Left,
            Title = "win rate, %",
            Minimum = 45,
            Maximum = 100,
            MajorGridlineStyle = LineStyle.Dot,
        });
        plot.Legends.Add(new Legend { LegendPosition = LegendPosition.BottomRight });
        foreach (var algorithm in cells.Select(c => c.Algorithm).Distinct().Order()) plot.Series.Add(Line(algorithm, cells));
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
