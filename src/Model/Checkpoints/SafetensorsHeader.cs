using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace ChatLoop.Model.Checkpoints;

/// <summary>One tensor of a safetensors file; offsets are in bytes from the start of the file.</summary>
/// <param name="DataType">The format's name of the element type.</param>
internal sealed record SafetensorsEntry(string Name, string DataType, long[] Shape, long Offset, long Length)
{
    /// <summary>Null for types that are no weights of ours, such as the booleans of a mask.</summary>
    public ScalarType? Type => DataType switch
    {
        "F32" => ScalarType.Float32,
        "F16" => ScalarType.Float16,
        "BF16" => ScalarType.BFloat16,
        _ => null,
    };
}

/// <summary>
/// The header of a safetensors file: 8 bytes little-endian N, then N bytes of JSON that begin with '{' and may end in spaces, then
/// the tensors, back to back in row-major little-endian order (https://github.com/huggingface/safetensors, "Format").
/// </summary>
internal static class SafetensorsHeader
{
    public const string MetadataKey = "__metadata__";
    private const int LengthBytes = 8;
    /// <summary>The reference implementation's limit.</summary>
    private const long LongestHeader = 100_000_000;

    public static string NameOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => "F32",
        ScalarType.Float16 => "F16",
        ScalarType.BFloat16 => "BF16",
        _ => throw new ArgumentException($"Safetensors are written as Float32, Float16 or BFloat16, not {type}.", nameof(type)),
    };

    public static int SizeOf(ScalarType type) => type == ScalarType.Float32 ? 4 : 2;

    /// <summary>The tensors in the order of their bytes.</summary>
    /// <exception cref="InvalidDataException">Names the file, the tensor, what was expected and what was found.</exception>
    public static IReadOnlyList<SafetensorsEntry> Read(string path, FileStream file)
    {
        var json = ReadJson(path, file);
        using var document = Parse(path, json);
        var buffer = LengthBytes + json.LongLength;
        var names = new HashSet<string>(StringComparer.Ordinal);
        List<SafetensorsEntry> entries = [];
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (!names.Add(property.Name)) throw Damaged(path, $"tensor '{property.Name}' is listed twice");
            if (property.Name != MetadataKey) entries.Add(ReadEntry(path, property, buffer));
        }
        entries.Sort((a, b) => (a.Offset, a.Length).CompareTo((b.Offset, b.Length)));
        CheckLayout(path, entries, buffer, file.Length);
        return entries;
    }

    private static byte[] ReadJson(string path, FileStream file)
    {
        if (file.Length < LengthBytes) throw Damaged(path, $"expected at least {LengthBytes} bytes, found {file.Length}");
        Span<byte> prefix = stackalloc byte[LengthBytes];
        file.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LongestHeader) throw Damaged(path, $"expected a header of at most {LongestHeader} bytes, found {length}");
        if ((long)length > file.Length - LengthBytes)
            throw Damaged(path, $"expected a header of {length} bytes, found {file.Length - LengthBytes}: the file is truncated");
        var json = new byte[length];
        file.ReadExactly(json);
        return json;
    }

    private static JsonDocument Parse(string path, byte[] json)
    {
        try
        {
            var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: the header is not JSON: {e.Message}", e);
        }
        throw Damaged(path, "expected a header that is a JSON object");
    }

    private static SafetensorsEntry ReadEntry(string path, JsonProperty property, long buffer)
    {
        var name = property.Name;
        try
        {
            var type = property.Value.GetProperty("dtype").GetString()!;
            var size = type switch
            {
                "BOOL" or "U8" or "I8" or "F8_E5M2" or "F8_E4M3" => 1,
                "U16" or "I16" or "F16" or "BF16" => 2,
                "U32" or "I32" or "F32" => 4,
                "U64" or "I64" or "F64" => 8,
                _ => throw Damaged(path, $"tensor '{name}' has dtype {type}; expected F32, F16 or BF16"),
            };
            long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
            long[] offsets = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(d => d.GetInt64())];
            if (offsets.Length != 2) throw Damaged(path, $"tensor '{name}' has {offsets.Length} data_offsets; expected 2");
            if (Array.Exists(shape, d => d < 0)) throw Damaged(path, $"tensor '{name}' has the shape [{string.Join(", ", shape)}]");
            var expected = shape.Aggregate((long)size, (product, d) => checked(product * d));
            var found = offsets[1] - offsets[0];
            if (found != expected)
            {
                throw Damaged(path,
                    $"tensor '{name}' of shape [{string.Join(", ", shape)}]: expected {expected} bytes, found {found} in data_offsets");
            }
            return new(name, type, shape, checked(buffer + offsets[0]), expected);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new InvalidDataException($"{path}: tensor '{name}': expected dtype, shape and data_offsets, found {property.Value}.", e);
        }
    }

    /// <summary>"The byte buffer needs to be entirely indexed, and cannot contain holes."</summary>
    private static void CheckLayout(string path, List<SafetensorsEntry> entries, long buffer, long fileLength)
    {
        var end = buffer;
        foreach (var entry in entries)
        {
            if (entry.Offset != end)
                throw Damaged(path, $"tensor '{entry.Name}': expected its bytes to begin at {end - buffer}, found {entry.Offset - buffer}");
            end += entry.Length;
            if (end > fileLength)
            {
                throw Damaged(path,
                    $"tensor '{entry.Name}': expected bytes up to {end}, found a file of {fileLength} bytes: it is truncated");
            }
        }
        if (end != fileLength) throw Damaged(path, $"expected {end} bytes, found {fileLength}");
    }

    /// <summary>Writes the header of these tensors and returns them in the order in which their bytes must follow.</summary>
    public static IReadOnlyList<(string Name, ScalarType Type)> Write(
        Stream stream, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata, ScalarType? castTo)
    {
        // Wider types first, so that every tensor begins at a multiple of its element size; the reference does the same.
        List<(string Name, ScalarType Type)> order =
        [
            .. tensors.Select(t => (t.Key, castTo ?? t.Value.dtype))
                .OrderByDescending(t => SizeOf(t.Item2)).ThenBy(t => t.Key, StringComparer.Ordinal),
        ];
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json)) WriteJson(writer, order, tensors, metadata);
        while (json.Length % LengthBytes != 0) json.WriteByte((byte)' ');
        Span<byte> prefix = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)json.Length);
        stream.Write(prefix);
        json.WriteTo(stream);
        return order;
    }

    private static void WriteJson(Utf8JsonWriter writer, List<(string Name, ScalarType Type)> order,
        IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        writer.WriteStartObject();
        if (metadata is { Count: > 0 })
        {
            writer.WriteStartObject(MetadataKey);
            foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) writer.WriteString(key, value);
            writer.WriteEndObject();
        }
        long offset = 0;
        foreach (var (name, type) in order)
        {
            writer.WriteStartObject(name);
            writer.WriteString("dtype", NameOf(type));
            writer.WriteStartArray("shape");
            foreach (var dimension in tensors[name].shape) writer.WriteNumberValue(dimension);
            writer.WriteEndArray();
            writer.WriteStartArray("data_offsets");
            writer.WriteNumberValue(offset);
            writer.WriteNumberValue(offset += tensors[name].numel() * SizeOf(type));
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    private static InvalidDataException Damaged(string path, string reason) => new($"{path}: {reason}.");
}
