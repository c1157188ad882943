using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Model.Kernels;

/// <summary>
/// A matrix where a tensor or an <see cref="Int8Matrix"/> keeps it, nothing copied: whoever uses it keeps that alive and in its place.
/// </summary>
internal readonly unsafe struct Matrix(WeightFormat format, int width, int outputs, bool transposed)
{
    public WeightFormat Format => format;
    /// <summary>Width of the vectors that it multiplies.</summary>
    public int In => width;
    public int Out => outputs;
    /// <summary>Stored as [in, out] instead of [out, in].</summary>
    public bool Transposed => transposed;
    public byte* Data { get; private init; }
    /// <summary>[out]; null where there is none.</summary>
    public float* Bias { get; private init; }

    /// <summary>From one stored row to the next.</summary>
    public nint RowBytes { get; private init; }
    public long Bytes => RowBytes * (Transposed ? In : Out);

    /// <summary>Where a stored row begins.</summary>
    public byte* Row(int row) => Data + row * RowBytes;

    /// <param name="bias">[out] Float32.</param>
    /// <exception cref="ArgumentException">The tensor is not a contiguous matrix of a known type in the processor's memory.</exception>
    public static Matrix Of(Tensor weight, Tensor? bias = null, bool transposed = false)
    {
        var (rows, columns) = ((int)weight.shape[0], (int)weight.shape[1]);
        var format = weight.dtype switch
        {
            ScalarType.Float32 => WeightFormat.Float32,
            ScalarType.BFloat16 => WeightFormat.BFloat16,
            ScalarType.Float16 => WeightFormat.Float16,
            var other => throw new ArgumentException($"Weights of {other} cannot be multiplied.", nameof(weight)),
        };
        return new(format, transposed ? rows : columns, transposed ? columns : rows, transposed)
        {
            Data = Address(weight),
            RowBytes = (nint)columns * (format == WeightFormat.Float32 ? sizeof(float) : sizeof(ushort)),
            Bias = bias is null ? null : Vector(bias),
        };
    }

    /// <summary>The same matrix and bias in memory of another format, [out, in].</summary>
    public Matrix In8Bits(byte* data, nint rowBytes) => new(WeightFormat.Int8, In, Out, transposed: false)
    {
        Data = data,
        RowBytes = rowBytes,
        Bias = Bias,
    };

    /// <summary>Where a vector of Float32 is.</summary>
    public static float* Vector(Tensor tensor) => tensor.dtype == ScalarType.Float32
        ? (float*)Address(tensor)
        : throw new ArgumentException($"A vector of {tensor.dtype}; expected Float32.", nameof(tensor));

    /// <summary>A row of a matrix that is a table, widened.</summary>
    public void CopyRow(int row, RowBuffer to, int toRow)
    {
        var y = to.Row(toRow);
        for (var i = 0; i < In; i++) y[i] = Stored(row, i);
    }

    /// <summary>Adds a row of a matrix that is a table.</summary>
    public void AddRow(int row, RowBuffer to, int toRow)
    {
        var y = to.Row(toRow);
        for (var i = 0; i < In; i++) y[i] += Stored(row, i);
    }

    /// <summary>What an input contributes to an output.</summary>
    public float Weight(int output, int input) => Transposed ? Stored(input, output) : Stored(output, input);

    private float Stored(int row, int column)
    {
        var from = Row(row);
        return Format switch
        {
            WeightFormat.Float32 => Float32Weights.Load(from, column),
            WeightFormat.BFloat16 => BFloat16Weights.Load(from, column),
            WeightFormat.Float16 => Float16Weights.Load(from, column),
            _ => Int8Weights.Load(from, column),
        };
    }

    private static byte* Address(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU) throw new ArgumentException($"The tensor is on {tensor.device_type}.", nameof(tensor));
        if (!tensor.is_contiguous()) throw new ArgumentException("The tensor is not contiguous.", nameof(tensor));
        // Its first row, as a span holds at most 2 GiB.
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        fixed (byte* address = tensor.narrow(0, 0, 1).bytes) return address;
    }
}
