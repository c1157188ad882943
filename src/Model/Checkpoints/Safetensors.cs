using System.Buffers;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ChatLoop.Model.Checkpoints;

/// <summary>
/// Reads and writes the safetensors format (https://github.com/huggingface/safetensors). Files are streamed tensor by tensor: no
/// second copy of a file is ever in memory.
/// </summary>
public static class Safetensors
{
    private const int BufferBytes = 1 << 18;

    /// <summary>
    /// Writes tensors of Float32, Float16 or BFloat16, or anything cast to one of them. Same tensors, same bytes.
    /// </summary>
    public static void Write(
        Stream stream, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null,
        ScalarType? castTo = null)
    {
        using var noGrad = no_grad();
        foreach (var (name, type) in SafetensorsHeader.Write(stream, tensors, metadata, castTo))
        {
            using var scope = NewDisposeScope();
            var tensor = tensors[name].detach().to(type).cpu().contiguous();
            if (tensor.numel() > 0) stream.Write(tensor.bytes);
        }
    }

    /// <summary>
    /// All tensors of a file by name, converted to Float32, in the caller's dispose scope.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is damaged: names the file, the tensor, what was expected and what was found.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        var entries = SafetensorsHeader.Read(path, file);
        var tensors = new SortedDictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (var entry in entries)
            {
                var tensor = tensors[entry.Name] = empty(entry.Shape, ScalarType.Float32);
                if (entry.Length > 0) ReadInto(MemoryMarshal.Cast<byte, float>(tensor.bytes), entry.Type, file);
            }
            return tensors;
        }
        catch
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
            throw;
        }
    }

    private static void ReadInto(Span<float> values, ScalarType type, FileStream file)
    {
        if (type == ScalarType.Float32)
        {
            file.ReadExactly(MemoryMarshal.AsBytes(values));
            return;
        }
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        while (values.Length > 0)
        {
            var count = Math.Min(values.Length, BufferBytes / sizeof(ushort));
            var read = buffer.AsSpan(0, count * sizeof(ushort));
            file.ReadExactly(read);
            if (type == ScalarType.BFloat16) Widen(MemoryMarshal.Cast<byte, ushort>(read), values);
            else Widen(MemoryMarshal.Cast<byte, Half>(read), values);
            values = values[count..];
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>A bfloat16 is the upper half of a float.</summary>
    private static void Widen(ReadOnlySpan<ushort> from, Span<float> to)
    {
        for (var i = 0; i < from.Length; i++) to[i] = BitConverter.UInt32BitsToSingle((uint)from[i] << 16);
    }

    private static void Widen(ReadOnlySpan<Half> from, Span<float> to)
    {
        for (var i = 0; i < from.Length; i++) to[i] = (float)from[i];
    }
}
