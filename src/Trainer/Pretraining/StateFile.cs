using System.Runtime.InteropServices;
using System.Text;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Optimization;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Pretraining;

/// <summary>
/// The state of a training run on disk. Written to a temporary file, flushed to disk and renamed, so that a crash leaves the
/// earlier state.
/// </summary>
internal static class StateFile
{
    public static void Write(string path, Action<BinaryWriter> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var temporary = path + ".tmp";
        using (var file = File.Create(temporary))
        {
            using (var writer = new BinaryWriter(file, Encoding.UTF8, leaveOpen: true)) write(writer);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Weights and moments, as 32-bit floats.</summary>
    public static void WriteTensors(BinaryWriter writer, TransformerWeights weights, AdamOptimizer optimizer)
    {
        foreach (var tensor in Tensors(weights, optimizer)) writer.Write(tensor.bytes);
    }

    public static void ReadTensors(BinaryReader reader, TransformerWeights weights, AdamOptimizer optimizer)
    {
        using var noGrad = no_grad();
        foreach (var target in Tensors(weights, optimizer))
        {
            var values = new float[target.numel()];
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            using var read = tensor(values, target.shape);
            target.copy_(read);
        }
    }

    private static IEnumerable<Tensor> Tensors(TransformerWeights weights, AdamOptimizer optimizer) => weights.Parameters.Concat(optimizer.State);
}
