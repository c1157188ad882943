using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ChatLoop.Model.Checkpoints;

/// <summary>
/// A safetensors file, mapped into memory a window at a time: a tensor is copied from the page cache straight to its place, and no
/// more than a window of the file counts towards the process.
/// </summary>
internal sealed class SafetensorsFile : IDisposable
{
    private const int WindowBytes = 1 << 24;
    private const int BufferElements = 1 << 17;

    private readonly MemoryMappedFile _map;

    private SafetensorsFile(string path, MemoryMappedFile map, IReadOnlyList<SafetensorsEntry> entries) =>
        (Path, _map, Entries) = (path, map, entries);

    public string Path { get; }

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <exception cref="InvalidDataException">The header is damaged: names the file, the tensor, what was expected and what was found.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        try
        {
            var entries = SafetensorsHeader.Read(path, file);
            return new(path, MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false), entries);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor as it is stored, or as another type.</summary>
    /// <exception cref="InvalidDataException">The tensor holds no weights: it is not F32, F16 or BF16.</exception>
    public Tensor Read(SafetensorsEntry entry, ScalarType? type = null)
    {
        if (entry.Type is not { } stored)
            throw new InvalidDataException($"{Path}: tensor '{entry.Name}' has dtype {entry.DataType}; expected F32, F16 or BF16.");
        var result = type ?? stored;
        // A narrower type than the stored one is torch's to round.
        var read = empty(entry.Shape, result == ScalarType.Float32 ? result : stored);
        Fill(read, entry, stored);
        if (read.dtype == result) return read;
        var rounded = read.to(result);
        read.Dispose();
        return rounded;
    }

    private void Fill(Tensor tensor, SafetensorsEntry entry, ScalarType stored)
    {
        using var flat = tensor.view(-1);
        var size = SafetensorsHeader.SizeOf(stored);
        for (long done = 0; done < entry.Length; done += WindowBytes)
        {
            var length = (int)Math.Min(WindowBytes, entry.Length - done);
            using var view = _map.CreateViewAccessor(entry.Offset + done, length, MemoryMappedFileAccess.Read);
            using var part = flat.narrow(0, done / size, length / size);
            if (tensor.dtype == stored) view.SafeMemoryMappedViewHandle.ReadSpan((ulong)view.PointerOffset, part.bytes);
            else Widen(view, MemoryMarshal.Cast<byte, float>(part.bytes), stored);
        }
    }

    private static void Widen(MemoryMappedViewAccessor view, Span<float> values, ScalarType stored)
    {
        var buffer = ArrayPool<ushort>.Shared.Rent(BufferElements);
        var offset = (ulong)view.PointerOffset;
        while (values.Length > 0)
        {
            var count = Math.Min(values.Length, BufferElements);
            var read = buffer.AsSpan(0, count);
            view.SafeMemoryMappedViewHandle.ReadSpan(offset, read);
            if (stored == ScalarType.BFloat16) Widen(read, values);
            else Widen(MemoryMarshal.Cast<ushort, Half>(read), values);
            values = values[count..];
            offset += (ulong)count * sizeof(ushort);
        }
        ArrayPool<ushort>.Shared.Return(buffer);
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

    public void Dispose() => _map.Dispose();
}
