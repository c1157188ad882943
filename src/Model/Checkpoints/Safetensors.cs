using static TorchSharp.torch;

namespace ChatLoop.Model.Checkpoints;

/// <summary>
/// Reads and writes the safetensors format (https://github.com/huggingface/safetensors). Files are written and read
/// tensor by tensor: no second copy of a file is ever in memory.
/// </summary>
public static class Safetensors
{
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
        using var file = SafetensorsFile.Open(path);
        var tensors = new SortedDictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (var entry in file.Entries) tensors[entry.Name] = file.Read(entry, ScalarType.Float32);
            return tensors;
        }
        catch
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
            throw;
        }
    }

    /// <summary>Copies a file's tensors into these, one at a time. Nothing is copied unless names and shapes agree.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or holds other tensors than these; the message names the first.</exception>
    public static void ReadInto(string path, IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var file = SafetensorsFile.Open(path);
        if (tensors.Keys.Except(file.Entries.Select(e => e.Name)).FirstOrDefault() is { } missing)
            throw new InvalidDataException($"{path}: expected a tensor '{missing}', found none.");
        foreach (var entry in file.Entries)
        {
            if (!tensors.TryGetValue(entry.Name, out var tensor)) throw new InvalidDataException($"{path}: tensor '{entry.Name}' is not expected.");
            if (!tensor.shape.SequenceEqual(entry.Shape))
            {
                throw new InvalidDataException(
                    $"{path}: tensor '{entry.Name}': expected the shape [{string.Join(", ", tensor.shape)}], found [{string.Join(", ", entry.Shape)}].");
            }
        }
        using var noGrad = no_grad();
        foreach (var entry in file.Entries)
        {
            using var read = file.Read(entry, tensors[entry.Name].dtype);
            tensors[entry.Name].copy_(read);
        }
    }
}
