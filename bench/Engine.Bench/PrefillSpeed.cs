using ChatLoop.Model.Decoding;
using ChatLoop.Model.HuggingFace;
using ChatLoop.Model.Kernels;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Engine.Bench;

/// <summary>
/// A prompt of 512 tokens by our kernels, in pieces, and by TorchSharp as a whole, beside the matrix product that the same threads do
/// fastest: two operations per weight and token, attention not counted. All in turn within one run, medians of five.
/// </summary>
internal static class PrefillSpeed
{
    private const int Rounds = 5, Tokens = 512;

    public static void Measure(int threads)
    {
        using var team = new ThreadTeam(threads);
        set_num_threads(threads);
        var starter = Path.Combine("models", "starter");
        if (Directory.Exists(starter))
        {
            using var stored = HuggingFaceFolder.Load(starter);
            Measure("starter, as stored", stored, team, Tokens - 1);
        }
        using var wide = TransformerWeights.Initialise(DecodeSpeed.Config, 1);
        Measure("135M float32", wide, team, Tokens);
        using var narrow = DecodeSpeed.Narrowed(wide);
        Measure("135M bfloat16", narrow, team, Tokens);
    }

    private static void Measure(string name, TransformerWeights weights, ThreadTeam team, int tokens)
    {
        using var peak = new MatrixPeak();
        // Not disposed: the weights would be, too.
        var transformer = new Transformer(weights);
        using var cache = new PagedKeyValueCache(weights.Config, slots: 1, tokens);
        int[] pieces = [16, 64, 128], prompt = [.. Enumerable.Range(0, tokens)];
        CpuDecoder[] decoders = [.. pieces.Select(p => new CpuDecoder(weights, team, p, 1))];
        Action[] measured = [peak.Run, () => Whole(transformer, tokens), .. decoders.Select(d => (Action)(() => InPieces(d, cache, prompt)))];
        foreach (var action in measured) action();
        var times = measured.Select(_ => new double[Rounds]).ToArray();
        for (var round = 0; round < Rounds; round++)
            for (var i = 0; i < measured.Length; i++) times[i][round] = Time.Of(measured[i]).Wall / 1e3;
        double[] seconds = [.. times.Select(t => Quantile.Of(t, 0.5))];
        var peakRate = MatrixPeak.Operations / seconds[0];
        var operations = 2.0 * tokens * weights.ByName.Where(w => w.Key.StartsWith("model.layers", StringComparison.Ordinal) && w.Value.dim() > 1).Sum(w => w.Value.numel());
        Console.WriteLine($"{name}: {team.Threads} threads, matrix product {peakRate / 1e9:F1} Gflop/s, prompt of {tokens} tokens");
        string[] names = ["TorchSharp, whole", .. pieces.Select(p => $"kernels, pieces of {p}")];
        foreach (var (i, what) in names.Index())
            Console.WriteLine($"  {what,-24} {seconds[i + 1] * 1e3,8:F1} ms, {tokens / seconds[i + 1],8:F0} tokens/s, {operations / seconds[i + 1] / peakRate:P0} of the product");
        foreach (var decoder in decoders) decoder.Dispose();
    }

    private static void Whole(Transformer transformer, int tokens)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var cache = new KeyValueCache(transformer.Config, slots: 1, tokens);
        cache.Add();
        var hidden = transformer.Hidden(arange(tokens, ScalarType.Int64).view(1, -1), cache);
        transformer.Logits(hidden[0, -1]);
    }

    /// <summary>A whole prompt, as many tokens a step as the decoder takes; nothing of it stays in the cache.</summary>
    public static void InPieces(CpuDecoder decoder, PagedKeyValueCache cache, IReadOnlyList<int> prompt)
    {
        var slot = cache.Add();
        for (var from = 0; from < prompt.Count; from += decoder.MostTokens)
        {
            var piece = Enumerable.Range(from, Math.Min(decoder.MostTokens, prompt.Count - from));
            decoder.Step([.. piece.Select(t => new StepToken(slot, prompt[t], t == prompt.Count - 1))], cache);
        }
        cache.ForgetPrefixes();
        cache.Remove(slot);
    }

    private sealed class MatrixPeak : IDisposable
    {
        private const int Size = 1024, Times = 8;
        private readonly Tensor _a = randn(Size, Size), _b = randn(Size, Size);

        public static double Operations => 2.0 * Size * Size * Size * Times;

        public void Run()
        {
            for (var i = 0; i < Times; i++) _a.mm(_b).Dispose();
        }

        public void Dispose()
        {
            _a.Dispose();
            _b.Dispose();
        }
    }
}
