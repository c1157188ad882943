using System.Text;
using System.Text.Json;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.Pretraining;

namespace ChatLoop.Trainer.FineTuning;

/// <summary>A run's state on disk, written so that a crash leaves the earlier state.</summary>
/// <param name="Weights">Hash of the weights that the run began with.</param>
/// <param name="Data">Hash of the dialogues.</param>
/// <param name="Update">Updates done.</param>
public sealed record FineTuningState(FineTuningOptions Options, string Weights, string Data, long Update, double Seconds)
{
    private const string Magic = "ChatLoop fine-tuning state 1";

    public void Write(string path, TransformerWeights weights, AdamOptimizer optimizer) => StateFile.Write(path, writer =>
    {
        writer.Write(Magic);
        writer.Write(JsonSerializer.Serialize(this));
        StateFile.WriteTensors(writer, weights, optimizer);
    });

    /// <summary>Fills weights and moments.</summary>
    /// <param name="begin">The state of a run that begins.</param>
    /// <exception cref="InvalidDataException">The file is damaged or of a run with another checkpoint, other dialogues or other options.</exception>
    public static FineTuningState Read(string path, FineTuningState begin, TransformerWeights weights, AdamOptimizer optimizer)
    {
        using var reader = new BinaryReader(File.OpenRead(path), Encoding.UTF8);
        try
        {
            if (reader.ReadString() != Magic) throw new InvalidDataException($"'{path}' is not a fine-tuning state; delete it to start anew.");
            var found = JsonSerializer.Deserialize<FineTuningState>(reader.ReadString())!;
            if ((found with { Update = 0, Seconds = 0 }) != begin)
            {
                throw new InvalidDataException(
                    $"'{path}' belongs to a run with another checkpoint, other dialogues or other options; use those, or delete it to start anew. They were: {found}");
            }
            optimizer.Steps = found.Update;
            StateFile.ReadTensors(reader, weights, optimizer);
            return found;
        }
        catch (Exception e) when (e is EndOfStreamException or JsonException)
        {
            throw new InvalidDataException($"'{path}' is cut short or not a fine-tuning state; delete it to start anew.", e);
        }
    }
}
