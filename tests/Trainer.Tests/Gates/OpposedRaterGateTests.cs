using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Tests.Runs;

namespace ChatLoop.Trainer.Tests.Gates;

/// <summary>Ten raters, some of whom want question marks and some of whom want none, from their votes to the gate's decision.</summary>
public sealed class OpposedRaterGateTests
{
    private const int Raters = 10, Pairs = 125;

    [Fact]
    public async Task Without_a_majority_nothing_goes_live_and_both_camps_are_reported()
    {
        var (report, camps) = await Run(opponents: 5);

        report.AssertStoppedBy("majority");
        Assert.Contains("5 want the opposite of what 5 want", report.Checks.Single(c => c.Name == "majority").Rule, StringComparison.Ordinal);
        Assert.Equal((5, 5), (camps!.Followed.Raters, camps.Other.Raters));
    }

    [Fact]
    public async Task A_majority_is_followed_and_the_minority_reported()
    {
        var (report, camps) = await Run(opponents: 3);

        Assert.True(report.Passed, report.Values());
        Assert.Equal((7, 3), (camps!.Followed.Raters, camps.Other.Raters));
        Assert.InRange(camps.Other.Share, 0.2, 0.4);
        Assert.True(camps.Followed.Accuracy > 0.8 && camps.Other.Accuracy < 0.2, $"{camps}");
    }

    private static async Task<(GateReport Report, RaterCamps? Camps)> Run(int opponents)
    {
        using var loop = new LoopFixture();
        using var trainer = new LoopTrainer(loop.Store, LoopFixture.WideSpread);
        var guard = TestContext.Current.CancellationToken;
        var batch = BatchOf(loop, opponents);
        var reward = await trainer.TrainRewardModel(new("run", batch, LoopFixture.Starter, "reward", 1), new ProgressLog(), guard);
        var policy = await trainer.TrainPolicy(new("run", batch, LoopFixture.Starter, LoopFixture.Starter, "reward", "policy", 1), new ProgressLog(), guard);
        var outcome = await trainer.Judge(
            new("run", batch, LoopFixture.Starter, LoopFixture.Starter, policy.Folder, "reward", reward, 1), new ProgressLog(), guard);
        TestContext.Current.SendDiagnosticMessage($"{outcome.Metrics.Camps}; {outcome.Report.Values()}");
        return (outcome.Report, outcome.Metrics.Camps);
    }

    private static FeedbackBatch BatchOf(LoopFixture loop, int opponents)
    {
        PreferencePair[] decided = [.. loop.Batch(pairs: 400, seed: 1).Training.Pairs.Where(p => p.FirstPreferred != 0.5).Take(Pairs)];
        Assert.Equal(Pairs, decided.Length);
        IReadOnlyList<PreferencePair> votes = [.. decided.Select((p, i) => p with
        {
            RaterId = $"rater {i % Raters}",
            FirstPreferred = i % Raters < opponents ? 1 - p.FirstPreferred : p.FirstPreferred,
        })];
        return new() { RunId = "run", Training = new() { Pairs = [.. votes.Take(100)] }, HeldOut = new() { Pairs = [.. votes.Skip(100)] } };
    }
}
