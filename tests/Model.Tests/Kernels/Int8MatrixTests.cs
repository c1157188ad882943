using System.Runtime.Intrinsics;
using ChatLoop.Model.Kernels;
using ChatLoop.Model.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Model.Tests.Kernels;

/// <summary>Weights of 8 bits against what libtorch rounds them to, in widths that fill no group and no register.</summary>
public sealed class Int8MatrixTests : IDisposable
{
    private const int Group = 64;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Generator _random = new(11, CPU);

    /// <summary>By hand: the largest weight is 127, so that the scale is 1 and integers are exact; halves go to the even neighbour.</summary>
    [Fact]
    public void A_row_by_hand()
    {
        float[] weights = [127, -127, 0, 1, -3, 0.4f, 0.6f, 2.5f, -3.5f, 126.49f];
        using var rounded = Int8Matrix.Of(Matrix.Of(tensor(weights).view(1, -1)));
        Assert.Equal([127f, -127, 0, 1, -3, 0, 1, 2, -4, 126], Weights(rounded.Matrix));
    }

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.BFloat16, false)]
    [InlineData(ScalarType.Float16, true)]
    public void A_weight_is_off_by_half_the_scale_of_its_group_at_most(ScalarType type, bool transposed)
    {
        const int Outputs = 37, Width = 150;
        var weights = randn([Outputs, Width], generator: _random);
        // Outliers and groups of very different size.
        weights[3, 70] = tensor(40f);
        weights[4] = weights[4].Times(1e-6);
        weights[5] = zeros(Width);
        weights = weights.to(type);
        using var rounded = Int8Matrix.Of(Matrix.Of(transposed ? weights.t().contiguous() : weights, transposed: transposed));

        var actual = tensor(Weights(rounded.Matrix)).view(Outputs, Width).to(ScalarType.Float64);
        var wide = weights.to(ScalarType.Float64);
        for (var first = 0; first < Width; first += Group)
        {
            var length = Math.Min(Group, Width - first);
            var (stored, made) = (wide.narrow(1, first, length), actual.narrow(1, first, length));
            var scale = stored.abs().amax([1L], keepdim: true).Over(127.0);
            Assert.InRange((made - stored).abs().subtract(scale.Times(0.5 + 1e-4)).max().item<double>(), double.NegativeInfinity, 0);
        }
        Assert.Equal(0, actual[5].abs().max().item<double>());
    }

    [Theory]
    [InlineData(5, 3, 1)]
    [InlineData(128, 48, 1)]
    [InlineData(128, 48, 3)]
    [InlineData(101, 39, 7)]
    [InlineData(576, 197, 16)]
    public void Products_are_those_of_the_rounded_weights(int width, int outputs, int count)
    {
        var (weights, bias, x) = (randn([outputs, width], generator: _random), randn([outputs], generator: _random), randn([count, width], generator: _random));
        using var rounded = Int8Matrix.Of(Matrix.Of(weights, bias));
        var expected = x.to(ScalarType.Float64).matmul(Rounded(weights).to(ScalarType.Float64).t()).Plus(bias);

        using RowBuffer input = KernelTests.Buffer(x), output = new(count, outputs);
        Product.Of(rounded.Matrix, input, output, count, added: false).Compute<Vector512<float>, Lanes512>(0, outputs);
        KernelTests.AssertClose(expected, output, count);
        Product.Of(rounded.Matrix, input, output, count, added: true).Compute<Vector256<float>, Lanes256>(0, outputs);
        KernelTests.AssertClose(expected.Times(2), output, count);
    }

    /// <summary>The definition, in Float32: scale = largest / 127 of each group, and the nearest multiple.</summary>
    private static Tensor Rounded(Tensor weights) => cat(
        [.. weights.split(Group, 1).Select(group =>
        {
            var scale = group.abs().amax([1L], keepdim: true).Over(127.0);
            return (group / scale).round() * scale;
        })], 1);

    private static float[] Weights(Matrix matrix) =>
        [.. Enumerable.Range(0, matrix.Out).SelectMany(output => Enumerable.Range(0, matrix.In).Select(input => matrix.Weight(output, input)))];

    public void Dispose()
    {
        _random.Dispose();
        _scope.Dispose();
    }
}
