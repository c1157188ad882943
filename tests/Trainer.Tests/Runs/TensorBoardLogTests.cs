using System.Buffers.Binary;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.Runs;

/// <summary>Read back by hand, as TensorBoard reads it: TFRecord frames (length, CRC, data, CRC) of Event messages.</summary>
public sealed class TensorBoardLogTests
{
    [Fact]
    public void Points_are_scalars_of_an_event_file()
    {
        using var folder = new TemporaryFolder();
        var log = new TensorBoardLog(folder["run"]);
        log.Write([]);
        Assert.False(Directory.Exists(folder["run"]));

        log.Write([new("objective/kl", 1, 0.5), new("loss/policy_avg", 1, -0.25)]);
        log.Write([new("objective/kl", 2, 0.75)]);

        var file = Assert.Single(Directory.EnumerateFiles(folder["run"]));
        Assert.Contains("tfevents", Path.GetFileName(file), StringComparison.Ordinal);
        var scalars = Frames(File.ReadAllBytes(file)).Select(Scalar).OfType<(string, long, float)>();
        Assert.Equal([("objective/kl", 1L, 0.5f), ("loss/policy_avg", 1L, -0.25f), ("objective/kl", 2L, 0.75f)], scalars);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_stops_nothing()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["run"], "a file where the folder should be");
        new TensorBoardLog(folder["run"]).Write([new("objective/kl", 1, 0.5)]);
    }

    private static IEnumerable<byte[]> Frames(byte[] file)
    {
        for (var at = 0; at < file.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            yield return file[(at + 12)..(at + 12 + length)];
            at += 12 + length + 4;
        }
    }

    /// <summary>Event: step = 2 (varint), summary = 5; Summary: value = 1; Value: tag = 1, simple_value = 2.</summary>
    private static (string Tag, long Step, float Value)? Scalar(byte[] message)
    {
        var fields = Fields(message).ToLookup(f => f.Number, f => f.Data);
        if (!fields.Contains(5)) return null;
        var value = Fields(Fields(fields[5].Single()).Single(f => f.Number == 1).Data).ToLookup(f => f.Number, f => f.Data);
        var step = fields[2].Select(data => BitConverter.ToInt64(data)).SingleOrDefault();
        return (System.Text.Encoding.UTF8.GetString(value[1].Single()), step, BitConverter.ToSingle(value[2].Single()));
    }

    private static IEnumerable<(int Number, byte[] Data)> Fields(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var key = ReadVarint(message, ref at);
            var length = (key & 7) switch { 0 => 0, 1 => 8, 5 => 4, _ => (int)ReadVarint(message, ref at) };
            if ((key & 7) == 0) yield return ((int)(key >> 3), BitConverter.GetBytes(ReadVarint(message, ref at)));
            else yield return ((int)(key >> 3), message[at..(at += length)]);
        }
    }

    private static long ReadVarint(byte[] message, ref int at)
    {
        var value = 0L;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (long)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }
    }
}
