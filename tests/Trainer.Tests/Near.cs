using static TorchSharp.torch;

namespace ChatLoop.Trainer.Tests;

/// <summary>Comparisons with published numbers: 1e-6 in double, 2e-5 in float32.</summary>
internal static class Near
{
    public static void Equal(double[] expected, double[] actual, double tolerance = 1e-6)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance);
    }

    public static void Equal(double[] expected, Tensor actual, double tolerance = 2e-6) =>
        Equal(expected, Doubles(actual), tolerance);

    public static void Equal(double expected, Tensor actual, double tolerance = 2e-6) =>
        Assert.Equal(expected, actual.to(ScalarType.Float64).item<double>(), tolerance);

    public static double[] Doubles(Tensor values) => [.. values.detach().to(ScalarType.Float64).reshape(-1).data<double>()];

    public static Tensor Vector(params double[] values) => tensor(values);

    /// <summary>
    /// The gradient of a scalar function by central differences in double precision equals the one by backpropagation.
    /// </summary>
    public static void Gradient(double[] at, Func<Tensor, Tensor> scalar, double tolerance = 1e-6)
    {
        const double step = 1e-5;
        using var scope = NewDisposeScope();
        var x = tensor(at, requires_grad: true);
        scalar(x).backward();
        var backpropagated = Doubles(x.grad!);
        for (var i = 0; i < at.Length; i++)
        {
            double[] above = [.. at], below = [.. at];
            above[i] += step;
            below[i] -= step;
            var slope = (scalar(tensor(above)).item<double>() - scalar(tensor(below)).item<double>()) / (2 * step);
            Assert.Equal(slope, backpropagated[i], tolerance);
        }
    }
}
