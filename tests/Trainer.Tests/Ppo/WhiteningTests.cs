using ChatLoop.Trainer.Ppo;

namespace ChatLoop.Trainer.Tests.Ppo;

/// <summary>Numbers: rl_vectors, section 5, and the TensorFlow output in Huang et al. 2023.</summary>
public sealed class WhiteningTests
{
    private static readonly double[] Values = [1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0];

    [Fact]
    public void Population_variance_with_the_mean_shifted() => Near.Equal(
        [-1.549193, -1.161895, -0.774597, -0.387298, 0, 0.387298, 0.774597, 1.161895, 1.549193],
        Whitening.Whiten(Values));

    [Fact]
    public void Population_variance_with_the_mean_kept() => Near.Equal(
        [0.050807, 0.438105, 0.825403, 1.212702, 1.6, 1.987298, 2.374597, 2.761895, 3.149193],
        Whitening.Whiten(Values, shiftMean: false));

    [Fact]
    public void Masked_values_neither_count_nor_change() =>
        Near.Equal([1, -1, 1, 4], Whitening.Whiten([1, 2, 3, 4], [false, true, true, false]), 1e-6);

    [Fact]
    public void Equal_values_become_zeros() => Near.Equal([0, 0, 0], Whitening.Whiten([2, 2, 2]));
}
