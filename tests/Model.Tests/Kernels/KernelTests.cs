using System.Runtime.Intrinsics;
using ChatLoop.Model.Kernels;
using ChatLoop.Model.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Model.Tests.Kernels;

/// <summary>Kernels against libtorch in Float64, with widths that fill no register, in both register widths.</summary>
public sealed class KernelTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Generator _random = new(7, CPU);

    public static TheoryData<int, int, int, ScalarType, bool> Products
    {
        get
        {
            var data = new TheoryData<int, int, int, ScalarType, bool>();
            foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float16 })
            {
                foreach (var transposed in new[] { false, true })
                {
                    data.Add(5, 3, 1, type, transposed);
                    data.Add(64, 48, 4, type, transposed);
                    data.Add(101, 39, 7, type, transposed);
                    data.Add(576, 197, 16, type, transposed);
                }
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Products))]
    public void Products_are_those_of_the_stored_numbers(int width, int outputs, int count, ScalarType type, bool transposed)
    {
        var weight = (transposed ? Random(width, outputs) : Random(outputs, width)).to(type);
        var (bias, x, y) = (Random(outputs), Random(count, width), Random(count, outputs));
        var wide = weight.to(ScalarType.Float64);
        var expected = x.to(ScalarType.Float64).matmul(transposed ? wide : wide.t()).Plus(bias);
        var matrix = Matrix.Of(weight, bias, transposed);

        using RowBuffer input = Buffer(x), output = Buffer(y);
        Product.Of(matrix, input, output, count, added: false).Compute<Vector512<float>, Lanes512>(0, outputs);
        AssertClose(expected, output, count);
        Product.Of(matrix, input, output, count, added: true).Compute<Vector256<float>, Lanes256>(0, outputs);
        AssertClose(expected.Times(2), output, count);
    }

    /// <summary>
    /// Each vector's results are the same bits for any number of vectors beside it and any range of outputs, so whatever the kernel.
    /// </summary>
    [Theory]
    [InlineData(ScalarType.Float32, false, 576)]
    [InlineData(ScalarType.BFloat16, false, 176)]
    [InlineData(ScalarType.BFloat16, false, 101)]
    [InlineData(ScalarType.Float16, true, 101)]
    [InlineData(ScalarType.Int8, false, 101)]
    [InlineData(ScalarType.Int8, false, 192)]
    public void Bits_depend_on_no_other_vector_and_no_range(ScalarType type, bool transposed, int width)
    {
        const int Most = 19, Outputs = 55;
        var (weights, x) = (transposed ? Random(width, Outputs) : Random(Outputs, width), Random(Most, width));
        var stored = type == ScalarType.Int8 ? weights : weights.to(type);
        using var rounded = type == ScalarType.Int8 ? Int8Matrix.Of(Matrix.Of(weights)) : null;
        var matrix = rounded?.Matrix ?? Matrix.Of(stored, transposed: transposed);
        using RowBuffer input = Buffer(x), alone = new(Most, Outputs);
        for (var vector = 0; vector < Most; vector++)
        {
            using RowBuffer one = Buffer(x.narrow(0, vector, 1).contiguous()), result = new(1, Outputs);
            Product.Of(matrix, one, result, 1, added: false).Compute(0, Outputs);
            result.Span(0).CopyTo(alone.Span(vector));
        }
        for (var count = 2; count <= Most; count++)
        {
            using var together = new RowBuffer(Most, Outputs);
            var product = Product.Of(matrix, input, together, count, added: false);
            product.Compute(0, 16);
            product.Compute(16, 48);
            product.Compute(48, Outputs);
            for (var vector = 0; vector < count; vector++) Assert.Equal(alone.Span(vector).ToArray(), together.Span(vector).ToArray());
        }
    }

    /// <summary>
    /// Every pattern but infinities and NaN, which no weight is: zeros, subnormals and both signs among them. A product with the unit
    /// vectors gives the numbers themselves.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Half_precision_numbers_are_widened_exactly(bool transposed)
    {
        const int Width = 16;
        var halves = Enumerable.Range(0, 1 << 16).Select(i => BitConverter.UInt16BitsToHalf((ushort)i)).Where(Half.IsFinite).ToArray();
        float[] expected = [.. halves.Select(h => (float)h)];
        var stored = tensor(expected).view(-1, Width).to(ScalarType.Float16);
        var outputs = (int)stored.shape[0];
        var matrix = Matrix.Of(transposed ? stored.t().contiguous() : stored, transposed: transposed);

        using RowBuffer units = Buffer(eye(Width)), wide = new(Width, outputs), narrow = new(Width, outputs);
        Product.Of(matrix, units, wide, Width, added: false).Compute<Vector512<float>, Lanes512>(0, outputs);
        Product.Of(matrix, units, narrow, Width, added: false).Compute<Vector256<float>, Lanes256>(0, outputs);

        for (var column = 0; column < Width; column++)
        {
            var numbers = Enumerable.Range(0, outputs).Select(row => expected[row * Width + column]).ToArray();
            Assert.Equal(numbers, wide.Span(column).ToArray());
            Assert.Equal(numbers, narrow.Span(column).ToArray());
        }
    }

    [Fact]
    public void Activations_at_ordinary_and_extreme_numbers()
    {
        float[] x = [.. Enumerable.Range(-40, 81).Select(i => i / 4f), -200, 200, -90, 90, 0, -1e-6f];
        var (values, ups) = (tensor(x, ScalarType.Float64), Random(x.Length).to(ScalarType.Float64));
        var inner = (values * values.Squared()).Times(0.044715).Plus(values).Times(Math.Sqrt(2 / Math.PI));
        var gelu = values * inner.tanh().Plus(1.0).Times(0.5);
        var gated = values * values.sigmoid() * ups;

        using RowBuffer pair = Buffer(cat([values, ups]).unsqueeze(0).to(ScalarType.Float32)), result = new(1, x.Length);
        Activations.SwiGlu(pair, x.Length, result, 1, 0, x.Length);
        AssertClose(gated.unsqueeze(0), result, 1, 1e-4);
        using var single = Buffer(values.unsqueeze(0).to(ScalarType.Float32));
        Activations.Gelu(single, 1, 0, x.Length);
        AssertClose(gelu.unsqueeze(0), single, 1, 1e-4);
    }

    /// <summary>Against Math.Exp over all of Float32's normal results, and where there are none.</summary>
    [Fact]
    public void Exponentials()
    {
        float[] x = [.. Enumerable.Range(0, 1 << 16).Select(i => -87.3f + i * (176f / (1 << 16))), 0, -0f, 1e-30f, -1e-7f, 1];
        foreach (var value in x)
        {
            var expected = Math.Exp(value);
            Assert.InRange(Lanes512.Exp(Vector512.Create(value))[7], expected * (1 - 2e-7), expected * (1 + 2e-7));
            Assert.InRange(Lanes256.Exp(Vector256.Create(value))[3], expected * (1 - 2e-7), expected * (1 + 2e-7));
        }
        foreach (var (value, expected) in new[] { (float.NegativeInfinity, 0f), (-1e30f, 0), (-88, 0), (89, float.PositiveInfinity), (float.PositiveInfinity, float.PositiveInfinity) })
        {
            Assert.Equal(expected, Lanes512.Exp(Vector512.Create(value))[0]);
            Assert.Equal(expected, Lanes256.Exp(Vector256.Create(value))[0]);
        }
        Assert.True(float.IsNaN(Lanes512.Exp(Vector512.Create(float.NaN))[0]));
        Assert.True(float.IsNaN(Lanes256.Exp(Vector256.Create(float.NaN))[0]));
    }

    [Fact]
    public void A_matrix_that_cannot_be_read_in_place_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Matrix.Of(Random(4, 6).t()));
        Assert.Throws<ArgumentException>(() => Matrix.Of(zeros(4, 6, ScalarType.Int64)));
    }

    private Tensor Random(params long[] shape) => randn(shape, generator: _random);

    internal static RowBuffer Buffer(Tensor rows)
    {
        var buffer = new RowBuffer((int)rows.shape[0], (int)rows.shape[1]);
        var numbers = rows.data<float>().ToArray();
        for (var row = 0; row < rows.shape[0]; row++) numbers.AsSpan(row * buffer.Width, buffer.Width).CopyTo(buffer.Span(row));
        return buffer;
    }

    internal static void AssertClose(Tensor expected, RowBuffer actual, int rows, double bound = 2e-4)
    {
        for (var row = 0; row < rows; row++)
        {
            var numbers = tensor(actual.Span(row).ToArray(), ScalarType.Float64);
            Assert.InRange((expected[row].to(ScalarType.Float64) - numbers).abs().max().item<double>(), 0, bound);
        }
    }

    public void Dispose()
    {
        _random.Dispose();
        _scope.Dispose();
    }
}
