using ChatLoop.Trainer.Groups;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Preferences;
using ChatLoop.Trainer.Rewards.Likelihoods;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests.Reference;

/// <summary>Losses and their gradients, advantages and updates equal PyTorch's to 1e-9.</summary>
public sealed class LearningReferenceTests : IDisposable
{
    private const double Tolerance = 1e-9;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Direct_preference() => CheckPairs("dpo", DirectPreference.Loss);

    [Fact]
    public void Identity_preference() => CheckPairs("ipo", IdentityPreference.Loss);

    private static void CheckPairs(string algorithm, Func<Tensor, Tensor, double, Tensor> loss)
    {
        Assert.All(LearningVectors.Of(algorithm), v =>
        {
            var (first, second) = (v.Leaf("policy_first"), v.Leaf("policy_second"));
            var margin = LogRatioMargin.Of(first, v.Vector("reference_first"), second, v.Vector("reference_second"));
            CheckLoss(v, loss(margin, v.Vector("label"), v.Number("beta")), ("first", first), ("second", second));
        });
    }

    [Fact]
    public void Kahneman_tversky() => Assert.All(LearningVectors.Of("kto"), v =>
    {
        var policy = v.Leaf("policy");
        var point = KahnemanTversky.ReferencePoint(v.Vector("mismatched"));
        Near.Equal(v.Number("z0"), point, Tolerance);
        CheckLoss(v, KahnemanTversky.Loss(policy - v.Vector("reference"), v.Vector("desirable"), point, v.Number("beta"),
            v.Number("desirable_weight"), v.Number("undesirable_weight")), ("policy", policy));
    });

    [Fact]
    public void Bradley_terry_with_ties() => Assert.All(LearningVectors.Of("bradley_terry"), v =>
    {
        var (first, second) = (v.Leaf("first"), v.Leaf("second"));
        CheckLoss(v, BradleyTerry.Loss(first, second, v.Vector("label")), ("first", first), ("second", second));
    });

    [Fact]
    public void Clipped_ratio() => Assert.All(LearningVectors.Of("clipped_ratio"), v =>
    {
        var policy = v.Leaf("policy");
        var surrogate = ClippedSurrogate.Evaluate(policy, v.Vector("old"), v.Vector("advantages"), v.Number("epsilon"));
        Near.Equal(v.Numbers("ratio"), surrogate.Ratio, Tolerance);
        CheckLoss(v, surrogate.Loss, ("policy", policy));
    });

    [Fact]
    public void Clipped_value() => Assert.All(LearningVectors.Of("clipped_value"), v =>
    {
        var values = v.Leaf("values");
        CheckLoss(v, ClippedValueLoss.Evaluate(values, v.Vector("old"), v.Vector("returns"), v.Number("clip")).Loss, ("values", values));
    });

    [Fact]
    public void Leave_one_out() => Assert.All(LearningVectors.Of("rloo"), v =>
        Near.Equal(v.Numbers("advantages"), LeaveOneOut.Advantages(v.Numbers("rewards")), Tolerance));

    [Theory]
    [InlineData(GroupScale.Bessel, "bessel")]
    [InlineData(GroupScale.Population, "population")]
    [InlineData(GroupScale.None, "none")]
    public void Group_relative(GroupScale scale, string name) => Assert.All(LearningVectors.Of("grpo"), v =>
        Near.Equal(v.Numbers(name), GroupRelative.Advantages(v.Numbers("rewards"), scale), Tolerance));

    [Fact]
    public void Whitened() => Assert.All(LearningVectors.Of("whitening"), v =>
    {
        Near.Equal(v.Numbers("shifted"), Whitening.Whiten(v.Numbers("values")), Tolerance);
        Near.Equal(v.Numbers("unshifted"), Whitening.Whiten(v.Numbers("values"), shiftMean: false), Tolerance);
    });

    [Fact]
    public void Generalised_advantage() => Assert.All(LearningVectors.Of("gae"), v =>
    {
        var (advantages, returns) = GeneralizedAdvantage.Estimate(
            v.Numbers("rewards"), v.Numbers("values"), v.Number("gamma"), v.Number("lambda"), bootstrap: v.Number("bootstrap"));
        Near.Equal(v.Numbers("advantages"), advantages, Tolerance);
        Near.Equal(v.Numbers("returns"), returns, Tolerance);
    });

    [Fact]
    public void AdamW_with_clipped_gradients() => Assert.All(LearningVectors.Of("adamw"), v =>
    {
        using var theta = new Parameter(v.Vector("start"));
        using var adam = new AdamOptimizer([theta], v.Number("epsilon"), v.Number("decay"), v.Number("beta1"), v.Number("beta2"));
        foreach (var (gradient, expected) in v.Rows("gradients").Zip(v.Rows("path")))
        {
            adam.ZeroGradients();
            (theta * tensor(gradient)).sum().backward();
            GradientNorm.Clip([theta], v.Number("max_norm"));
            adam.Step(v.Number("rate"));
            Near.Equal(expected, theta, Tolerance);
        }
    });

    [Fact]
    public void Schedule() => Assert.All(LearningVectors.Of("schedule"), v =>
    {
        var schedule = new LearningRateSchedule(v.Number("peak"), (int)v.Number("total"), (int)v.Number("warm_up"));
        Near.Equal(v.Numbers("rates"), [.. Enumerable.Range(0, (int)v.Number("total") + 1).Select(schedule.At)], 1e-12);
    });

    private static void CheckLoss(LearningVectors vectors, Tensor loss, params (string Name, Tensor Leaf)[] leaves)
    {
        loss.sum().backward();
        Near.Equal(vectors.Numbers("loss"), loss, Tolerance);
        foreach (var (name, leaf) in leaves) Near.Equal(vectors.Numbers($"gradient_{name}"), leaf.grad!, Tolerance);
    }
}
