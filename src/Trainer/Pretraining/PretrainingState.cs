using System.Text;
using System.Text.Json;
using ChatLoop.Model.Tokenizers;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Optimization;

namespace ChatLoop.Trainer.Pretraining;

/// <summary>
/// A run's state on disk: tokenizer, weights, moments and where the corpus stands, so that a killed run goes on as if nothing had happened.
/// </summary>
/// <param name="Options">The options of the run; a state of other options is refused.</param>
/// <param name="Position">In the corpus.</param>
public sealed record PretrainingState(PretrainingOptions Options, long Tokens, double Seconds, StreamPosition Position)
{
    private const string Magic = "ChatLoop pretraining state 4";

    public void Write(string path, TokenizerJson tokenizer, TransformerWeights weights, AdamOptimizer optimizer) => StateFile.Write(path, writer =>
    {
        writer.Write(Magic);
        WriteTokenizer(tokenizer, writer);
        writer.Write(JsonSerializer.Serialize(Options));
        writer.Write(Tokens);
        writer.Write(Seconds);
        writer.Write(Position.PoolStart);
        writer.Write(Position.Batch);
        writer.Write(optimizer.Steps);
        StateFile.WriteTensors(writer, weights, optimizer);
    });

    /// <summary>The tokenizer that the run began with; weights mean nothing without it.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static TokenizerJson ReadTokenizer(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path), Encoding.UTF8);
        return ReadTokenizer(path, reader);
    }

    /// <summary>Fills weights and moments.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or of a run with other options.</exception>
    public static PretrainingState Read(string path, PretrainingOptions options, TransformerWeights weights, AdamOptimizer optimizer)
    {
        using var reader = new BinaryReader(File.OpenRead(path), Encoding.UTF8);
        ReadTokenizer(path, reader);
        try
        {
            var found = JsonSerializer.Deserialize<PretrainingOptions>(reader.ReadString())!;
            var state = new PretrainingState(
                options, reader.ReadInt64(), reader.ReadDouble(), new(reader.ReadInt64(), reader.ReadInt32()));
            if (!MayContinue(found, options, state.Tokens))
                throw new InvalidDataException($"'{path}' belongs to a run with other options; use those, or delete it to start anew. They were: {found}");
            optimizer.Steps = reader.ReadInt64();
            StateFile.ReadTensors(reader, weights, optimizer);
            return state;
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException($"'{path}' is cut short or not a pretraining state; delete it to start anew.", e);
        }
    }

    private static void WriteTokenizer(TokenizerJson tokenizer, BinaryWriter writer)
    {
        using var json = new MemoryStream();
        tokenizer.Write(json);
        writer.Write((int)json.Length);
        writer.Write(json.ToArray());
    }

    private static TokenizerJson ReadTokenizer(string path, BinaryReader reader)
    {
        try
        {
            if (reader.ReadString() != Magic) throw new InvalidDataException($"'{path}' is not a pretraining state; delete it to start anew.");
            using var json = new MemoryStream(reader.ReadBytes(reader.ReadInt32()));
            return TokenizerJson.Read(json);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException($"'{path}' is cut short or not a pretraining state; delete it to start anew.", e);
        }
    }

    /// <summary>Only the lengths of the stages may change, and only while nothing has depended on them.</summary>
    private static bool MayContinue(PretrainingOptions found, PretrainingOptions wanted, long tokens) =>
        found == wanted
        || (found == wanted with { Tokens = found.Tokens, FineTuningTokens = found.FineTuningTokens } && tokens <= Math.Min(found.Tokens, wanted.Tokens));
}
