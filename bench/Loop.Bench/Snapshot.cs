using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Pretraining;
namespace ChatLoop.Loop.Bench;
internal static class Snapshot
{
    public static void Run(string state, string folder)
    {
        var options = new PretrainingOptions { Tokens = 9000000, HiddenSize = 128, IntermediateSize = 384, Layers = 5, Heads = 4, KeyValueHeads = 2, BatchTokens = 2048, LearningRate = 2e-3 };
        using var run = new PretrainingRun(options, CorpusContent.Load(), "/tmp/none/none");
        using var reader = new BinaryReader(File.OpenRead(state));
        reader.ReadString(); reader.ReadString(); Console.WriteLine(reader.ReadInt64()); reader.ReadDouble(); reader.ReadInt64(); reader.ReadInt32(); reader.ReadInt64();
        using var ng = TorchSharp.torch.no_grad();
        foreach (var target in run.Transformer.Weights.Parameters) { var values = new float[target.numel()]; reader.BaseStream.ReadExactly(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan())); using var read = TorchSharp.torch.tensor(values, target.shape); target.copy_(read); }
        Console.WriteLine($"{run.Tokens} tokens, {run.Elapsed}");
        var store = new CheckpointStore("/tmp/learn-store");
        using var json = new MemoryStream();
        run.TokenizerJson.Write(json);
        store.Save(folder, new CheckpointContents { Weights = run.Transformer.Weights, Files = new Dictionary<string, byte[]> { ["tokenizer.json"] = json.ToArray() } });
    }
}
