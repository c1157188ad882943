using ChatLoop.Trainer.Rewards;

namespace ChatLoop.Trainer.Tests.Rewards;

public sealed class CalibrationTests
{
    /// <summary>Margins of log(3) and log(9) are probabilities of 0.75 and 0.9.</summary>
    private static readonly double[] Margins =
        [Math.Log(3), Math.Log(3), -Math.Log(3), Math.Log(3), Math.Log(9) + 1e-9, Math.Log(9) + 1e-9, -Math.Log(9) - 1e-9, -Math.Log(9) - 1e-9];

    [Fact]
    public void Bins_hold_what_was_predicted_and_what_came()
    {
        var bins = Calibration.Bins(Margins);

        Assert.Equal([4, 4], bins.Select(b => b.Count));
        Near.Equal([0.75, 0.9], [.. bins.Select(b => b.Predicted)], 1e-6);
        Near.Equal([0.75, 0.5], [.. bins.Select(b => b.Observed)]);
        Near.Equal([0.7, 0.8, 0.9, 1], [.. bins.SelectMany(b => new[] { b.From, b.To })], 1e-12);
    }

    /// <summary>Half the predictions are right on average, the other half 0.4 off.</summary>
    [Fact]
    public void Error_is_the_mean_gap() => Assert.Equal(0.2, Calibration.Error(Calibration.Bins(Margins)), 1e-6);

    [Fact]
    public void Without_predictions_there_is_no_error() => Assert.Equal(double.NaN, Calibration.Error(Calibration.Bins([])));

    [Fact]
    public void Certainty_falls_in_the_last_bin() => Assert.Equal(1, Assert.Single(Calibration.Bins([50, 800])).To);
}
