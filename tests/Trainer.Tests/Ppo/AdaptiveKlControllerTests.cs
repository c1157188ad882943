using ChatLoop.Trainer.Ppo;

namespace ChatLoop.Trainer.Tests.Ppo;

public sealed class AdaptiveKlControllerTests
{
    /// <summary>rl_vectors, section 8: beta 0.15, target 6, horizon 10,000, 512 answers.</summary>
    [Fact]
    public void Follows_the_worked_example()
    {
        var controller = new AdaptiveKlController(initial: 0.15, target: 6, horizon: 10_000);
        var seen = new List<double>();
        foreach (var kl in (double[])[12, 6.6, 3, 0])
        {
            controller.Observe(kl, answers: 512);
            seen.Add(controller.Coefficient);
        }

        Near.Equal([0.151536, 0.15231186, 0.15075219, 0.14920849], [.. seen], 1e-8);
    }

    [Fact]
    public void A_fixed_weight_stays()
    {
        var controller = new FixedKlController(0.15);
        controller.Observe(12, answers: 512);

        Assert.Equal(0.15, controller.Coefficient);
    }
}
