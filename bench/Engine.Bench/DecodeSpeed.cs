using ChatLoop.Model.Decoding;
using ChatLoop.Model.HuggingFace;
using ChatLoop.Model.Kernels;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Engine.Bench;

/// <summary>
/// Decode steps of our kernels and of TorchSharp, as tokens per second and, for one sequence, as a share of what the same threads read
/// when they do nothing else: a step reads every weight once. All is measured in turn within one run, medians of five; on a machine
/// that does other work the shares say little.
/// </summary>
internal static class DecodeSpeed
{
    private const int Rounds = 5;
    private const int Context = 64;
    private const int Steps = 16;
    private const int Capacity = Context + Steps * (Rounds + 1);

    /// <summary>The shape of SmolLM2-135M.</summary>
    public static readonly TransformerConfig Config = new()
    {
        VocabularySize = 49_152,
        HiddenSize = 576,
        IntermediateSize = 1536,
        Layers = 30,
        Heads = 9,
        KeyValueHeads = 3,
        MaxPositions = 2048,
    };

    public static void Measure(int threads)
    {
        using var team = new ThreadTeam(threads);
        var reading = new Reading();
        var starter = Path.Combine("models", "starter");
        if (Directory.Exists(starter))
        {
            using var stored = HuggingFaceFolder.Load(starter);
            Measure("starter, as stored", stored, team, reading);
            using var widened = HuggingFaceFolder.Load(starter, ScalarType.Float32);
            Measure("starter, float32", widened, team, reading);
        }
        using var wide = TransformerWeights.Initialise(Config, 1);
        Measure("135M float32", wide, team, reading);
        using var narrow = Narrowed(wide);
        Measure("135M bfloat16", narrow, team, reading);
    }

    private static void Measure(string name, TransformerWeights weights, ThreadTeam team, Reading reading)
    {
        using var one = new Kernels(weights, team, 1);
        using var sixteen = new Kernels(weights, team, 16);
        using TorchDecoding torch = new(weights, 1), torchOfAll = new(weights, team.Threads);
        Action[] measured = [() => reading.Run(team), one.Decode, sixteen.Decode, torch.Decode, torchOfAll.Decode];
        foreach (var action in measured) action();
        var times = measured.Select(_ => new Time[Rounds]).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < measured.Length; i++) times[i][round] = Time.Of(measured[i]);
        }
        double[] seconds = [.. times.Select(t => t.Select(r => r.Wall / 1e3).Order().ElementAt(Rounds / 2))];
        double[] processor = [.. times.Select(t => t.Select(r => r.Processor / 1e3).Order().ElementAt(Rounds / 2))];
        var bandwidth = Reading.Bytes / seconds[0];
        var bytes = weights.ByName.Where(w => w.Value.dim() > 1).Sum(w => w.Value.numel() * w.Value.element_size());
        double Tokens(int i, int sequences = 1) => sequences * Steps / seconds[i];
        double PerProcessor(int i, int sequences = 1) => sequences * Steps / processor[i];
        string Share(int i) => $"{bytes * Tokens(i) / 1e9:F1} GB/s, {bytes * Tokens(i) / bandwidth:P0} of it; {PerProcessor(i):F1} per processor second";
        Console.WriteLine($"""
            {name}: {bytes / 1e6:F1} MB of matrices; {team.Threads} threads read {bandwidth / 1e9:F1} GB/s, {Reading.Bytes / processor[0] / 1e9:F1} per processor second
              one sequence        {Tokens(1),8:F1} tokens/s: {Share(1)}
              16 sequences        {Tokens(2, 16),8:F1} tokens/s: {Tokens(2, 16) / Tokens(1):F1} times one; {PerProcessor(2, 16):F1} per processor second
              TorchSharp, thread  {Tokens(3),8:F1} tokens/s: {Share(3)}
              TorchSharp, threads {Tokens(4),8:F1} tokens/s: {Share(4)}
            """);
    }

    private static KeyValueCache Prompt(TransformerWeights weights)
    {
        using var scope = NewDisposeScope();
        var cache = new KeyValueCache(weights.Config, slots: 1, Capacity);
        cache.Add();
        // Not disposed: the weights would be, too.
        new Transformer(weights).Hidden(arange(Context, ScalarType.Int64).view(1, Context), cache);
        return cache;
    }

    public static TransformerWeights Narrowed(TransformerWeights weights)
    {
        using var noGrad = no_grad();
        return TransformerWeights.FromTensors(weights.Config, weights.ByName.ToDictionary(w => w.Key, w => Narrowed(w.Value)));

        static Tensor Narrowed(Tensor weight) => weight.detach().to(weight.dim() > 1 ? ScalarType.BFloat16 : ScalarType.Float32, copy: true);
    }

    private sealed class Kernels : IDisposable
    {
        private readonly CpuDecoder _decoder;
        private readonly PagedKeyValueCache _cache;
        private readonly StepToken[] _tokens;

        public Kernels(TransformerWeights weights, ThreadTeam team, int sequences)
        {
            _decoder = new CpuDecoder(weights, team, sequences, sequences);
            _cache = new PagedKeyValueCache(weights.Config, sequences, Capacity);
            _tokens = [.. Enumerable.Range(7, sequences).Select(t => new StepToken(_cache.Add(), t))];
            for (var step = 0; step < Context; step++) _decoder.Step(_tokens, _cache);
        }

        public void Decode()
        {
            for (var step = 0; step < Steps; step++) _decoder.Step(_tokens, _cache);
        }

        public void Dispose()
        {
            _decoder.Dispose();
            _cache.Dispose();
        }
    }

    private sealed class TorchDecoding(TransformerWeights weights, int threads) : IDisposable
    {
        private readonly Transformer _transformer = new(weights);
        private readonly KeyValueCache _cache = Prompt(weights);

        public void Decode()
        {
            set_num_threads(threads);
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            for (var step = 0; step < Steps; step++)
            {
                using var ofStep = NewDisposeScope();
                _transformer.Logits(_transformer.Hidden(tensor([7L]).view(1, 1), _cache));
            }
        }

        public void Dispose() => _cache.Dispose();
    }
}
