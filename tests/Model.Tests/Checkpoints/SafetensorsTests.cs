using System.Buffers.Binary;
using System.Text;
using ChatLoop.Model.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace ChatLoop.Model.Tests.Checkpoints;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    /// <summary>The published format, byte by byte: length, JSON padded with spaces to 8 bytes, wider types first.</summary>
    [Fact]
    public void Written_bytes_are_the_published_format()
    {
        var tensors = new Dictionary<string, Tensor>
        {
            ["b"] = tensor(new float[] { 1, -2 }),
            ["a"] = tensor(new float[] { 1.5f }).to(ScalarType.BFloat16).view(1, 1),
        };
        const string Json = """{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"BF16","shape":[1,1],"data_offsets":[8,10]}}""";
        var padded = Json.PadRight((Json.Length + 7) / 8 * 8);
        byte[] values = [0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x00, 0xC0, 0xC0, 0x3F];

        Assert.Equal(File(padded, values), Written(tensors, new Dictionary<string, string> { ["format"] = "pt" }));
    }

    [Fact]
    public void A_file_of_another_writer_is_read()
    {
        // Float16 1.5 is 0x3E00; bfloat16 -3 is 0xC040; the header has white space and an order of its own.
        const string Json = """{ "scalar":{"dtype":"F32","shape":[],"data_offsets":[6,10]}, "half":{"shape":[2],"dtype":"F16","data_offsets":[0,4]}, "brain":{"dtype":"BF16","data_offsets":[4,6],"shape":[1]}, "none":{"dtype":"F32","shape":[0,4],"data_offsets":[10,10]} }  """;
        var path = Save(File(Json, [0x00, 0x3E, 0x00, 0xBE, 0x40, 0xC0, 0x00, 0x00, 0x28, 0x42]));

        var tensors = Safetensors.Read(path);

        Assert.Equal(["brain", "half", "none", "scalar"], tensors.Keys);
        Assert.All(tensors.Values, t => Assert.Equal(ScalarType.Float32, t.dtype));
        Assert.Equal([1.5f, -1.5f], tensors["half"].data<float>().ToArray());
        Assert.Equal([-3f], tensors["brain"].data<float>().ToArray());
        Assert.Equal(42f, tensors["scalar"].item<float>());
        Assert.Equal([0, 4], tensors["none"].shape);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Round_trip(ScalarType type)
    {
        // More than one read buffer, and a transposed view: what is written is row-major whatever the strides.
        var original = new Dictionary<string, Tensor> { ["large"] = randn(700, 301).t(), ["small"] = randn(3) };

        var read = Safetensors.Read(Save(Written(original, castTo: type)));

        foreach (var (name, expected) in original) Assert.True(expected.to(type).to(ScalarType.Float32).equal(read[name]).all().item<bool>());
    }

    [Fact]
    public void Same_tensors_same_bytes()
    {
        var (a, b) = (ones(2, 3), zeros(4));
        Assert.Equal(
            Written(new Dictionary<string, Tensor> { ["a"] = a, ["b"] = b }), Written(new Dictionary<string, Tensor> { ["b"] = b, ["a"] = a }));
    }

    [Theory]
    [InlineData("""{"x":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""", 8, "'x'", "I64", "expected F32")]
    [InlineData("""{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "'x'", "[3]", "expected 12", "found 8")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "'x'", "truncated")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "expected", "found")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "'x'", "begin at 0", "found 4")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "'y'", "begin at 4", "found 0")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'x'", "twice")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "'x'", "[-2]")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", 8, "'x'")]
    [InlineData("""{"x":{"dtype":"F32","data_offsets":[0,8]}}""", 8, "'x'", "shape")]
    [InlineData("""{"x":3}""", 0, "'x'", "dtype")]
    [InlineData("[]", 0, "JSON object")]
    [InlineData("{", 0, "not JSON")]
    public void A_damaged_file_says_what_is_wrong(string json, int bytes, params string[] expected)
    {
        var path = Save(File(json, new byte[bytes]));

        var error = Assert.Throws<InvalidDataException>(() => Safetensors.Read(path));

        Assert.All([path, .. expected], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 }, "at least 8", "found 3")]
    [InlineData(new byte[] { 100, 0, 0, 0, 0, 0, 0, 0, 123 }, "100 bytes", "found 1")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 123 }, "at most")]
    public void A_broken_length_says_what_is_wrong(byte[] contents, params string[] expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Safetensors.Read(Save(contents)));
        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Integers_are_not_written_unless_cast()
    {
        var tensors = new Dictionary<string, Tensor> { ["x"] = tensor(new long[] { 1 }) };
        Assert.Throws<ArgumentException>(() => Written(tensors));
        Assert.NotEmpty(Written(tensors, castTo: ScalarType.Float32));
    }

    private static byte[] Written(
        IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null, ScalarType? castTo = null)
    {
        using var stream = new MemoryStream();
        Safetensors.Write(stream, tensors, metadata, castTo);
        return stream.ToArray();
    }

    private static byte[] File(string json, byte[] values)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, Encoding.UTF8.GetByteCount(json));
        return [.. prefix, .. Encoding.UTF8.GetBytes(json), .. values];
    }

    private string Save(byte[] contents)
    {
        var path = _folder["x.safetensors"];
        System.IO.File.WriteAllBytes(path, contents);
        return path;
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }
}
