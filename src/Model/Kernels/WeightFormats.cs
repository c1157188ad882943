using System.Runtime.CompilerServices;

namespace ChatLoop.Model.Kernels;

/// <summary>What the numbers of a matrix are stored as.</summary>
internal enum WeightFormat
{
    Float32,
    BFloat16,
    Float16,
    Int8,
}

/// <summary>How stored weights become Float32 in a register.</summary>
internal unsafe interface IWeightFormat
{
    /// <summary>Bytes of one weight.</summary>
    static abstract int Size { get; }
    /// <summary>A register of weights from the one at an index on, which is a multiple of the register's width.</summary>
    static abstract V Load<V, L>(byte* row, nint index) where V : struct where L : struct, ILanes<V>;
    static abstract float Load(byte* row, nint index);
}

internal readonly unsafe struct Float32Weights : IWeightFormat
{
    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V, L>(byte* row, nint index) where V : struct where L : struct, ILanes<V> => L.Load((float*)row + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(byte* row, nint index) => ((float*)row)[index];
}

internal readonly unsafe struct BFloat16Weights : IWeightFormat
{
    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V, L>(byte* row, nint index) where V : struct where L : struct, ILanes<V> => L.LoadBFloat16((ushort*)row + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(byte* row, nint index) => BitConverter.UInt32BitsToSingle((uint)((ushort*)row)[index] << 16);
}

internal readonly unsafe struct Float16Weights : IWeightFormat
{
    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V, L>(byte* row, nint index) where V : struct where L : struct, ILanes<V> => L.LoadFloat16((ushort*)row + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(byte* row, nint index) => (float)((Half*)row)[index];
}

/// <summary>Of <see cref="Int8Matrix"/>: a weight is its integer times the scale of its group, rounded to Float32.</summary>
internal readonly unsafe struct Int8Weights : IWeightFormat
{
    public static int Size => sizeof(sbyte);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V, L>(byte* row, nint index) where V : struct where L : struct, ILanes<V> =>
        L.Multiply(L.LoadInt8((sbyte*)row + index), L.Broadcast(Scale(row, index)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(byte* row, nint index) => ((sbyte*)row)[index] * Scale(row, index);

    /// <summary>They lie before the row's weights, the first group's last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Scale(byte* row, nint index) => ((float*)row)[-1 - (nint)((nuint)index / Int8Matrix.GroupColumns)];
}
