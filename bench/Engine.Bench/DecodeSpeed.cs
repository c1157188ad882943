using System.Diagnostics;
using ChatLoop.Model.Decoding;
using ChatLoop.Model.HuggingFace;
using ChatLoop.Model.Kernels;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Engine.Bench;

/// <summary>
/// Decode steps of our kernels and of TorchSharp, as tokens per second and, for one sequence, as a share of what the same threads read
/// when they do nothing else: a step reads every weight once. All is measured in turn within one run, medians of five, each beside a
/// reading of memory just before it; the share of the run's best reading stands beside that of its own, as a reading that something
/// disturbed flatters. On a machine that does other work the shares say little.
/// </summary>
internal static class DecodeSpeed
{
    private const int Rounds = 5;
    private const int Context = 64;
    private const int Steps = 16;
    /// <summary>Until the JIT has its last word on what is called often.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(500);

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
            using var widened = HuggingFaceFolder.Load(starter, ScalarType.Float32);
            Measure("starter", [.. Rows("bfloat16", stored, team), .. Rows("float32", widened, team), .. Rows("int8", stored, team, DecodingPrecision.Int8)], team, reading);
        }
        using var wide = TransformerWeights.Initialise(Config, 1);
        using var narrow = Narrowed(wide);
        Measure("135M", [.. Rows("float32", wide, team), .. Rows("bfloat16", narrow, team), .. Rows("int8", narrow, team, DecodingPrecision.Int8)], team, reading);
    }

    public static TransformerWeights Narrowed(TransformerWeights weights)
    {
        using var noGrad = no_grad();
        return TransformerWeights.FromTensors(weights.Config, weights.ByName.ToDictionary(w => w.Key, w => Narrowed(w.Value)));

        static Tensor Narrowed(Tensor weight) => weight.detach().to(weight.dim() > 1 ? ScalarType.BFloat16 : ScalarType.Float32, copy: true);
    }

    private static void Measure(string model, Row[] rows, ThreadTeam team, Reading reading)
    {
        foreach (var row in rows) Warm(row);
        double[][] read = [.. rows.Select(_ => new double[Rounds])];
        Time[][] times = [.. rows.Select(_ => new Time[Rounds])];
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (i, row) in rows.Index())
            {
                read[i][round] = Reading.Bytes / Time.Of(() => reading.Run(team)).Wall / 1e6;
                times[i][round] = Time.Of(row.Decode);
            }
        }
        var best = read.Max(r => r.Max());
        Console.WriteLine($"{model}, {team.Threads} threads; best reading of memory {best:F1} GB/s");
        double one = 0;
        foreach (var (i, row) in rows.Index())
        {
            var perSecond = row.Sequences * Steps * 1e3 / Quantile.Of(times[i].Select(t => t.Wall), 0.5);
            var perProcessor = row.Sequences * Steps * 1e3 / Quantile.Of(times[i].Select(t => t.Processor), 0.5);
            if (row.Sequences == 1) one = perSecond;
            var (rate, beside) = (row.Bytes * perSecond / 1e9, Quantile.Of(read[i], 0.5));
            var relation = row.Sequences == 1
                ? $"{rate,5:F1} GB/s of {row.Bytes / 1e6:F1} MB: {rate / beside:P0} of the {beside:F1} read beside it, {rate / best:P0} of the best"
                : $"{perSecond / one:F1} times one";
            Console.WriteLine($"  {row.Name,-28} {perSecond,8:F1} tokens/s, {perProcessor,8:F1} per processor second; {relation}");
            row.Owner.Dispose();
        }
    }

    private static Row[] Rows(string format, TransformerWeights weights, ThreadTeam team, DecodingPrecision precision = DecodingPrecision.AsStored)
    {
        var bytes = weights.ByName.Values.Where(w => w.dim() > 1).Sum(w => Bytes(w, precision));
        KernelDecoding one = new(weights, team, 1, precision, Context, Steps, Rounds), sixteen = new(weights, team, 16, precision, Context, Steps, Rounds);
        Row[] kernels = [new($"{format}, one", 1, bytes, one.Begin, one.Decode, one), new($"{format}, 16", 16, bytes, sixteen.Begin, sixteen.Decode, sixteen)];
        return precision == DecodingPrecision.Int8 ? kernels : [.. kernels, Torch(1), Torch(team.Threads)];

        Row Torch(int threads)
        {
            var torch = new TorchDecoding(weights, threads, Context, Steps, Rounds);
            return new($"{format}, TorchSharp, {threads} thread{(threads == 1 ? "" : "s")}", 1, bytes, torch.Begin, torch.Decode, torch);
        }
    }

    /// <summary>What a step reads of a matrix: with 8 bits a weight, a scale for 64 of them too.</summary>
    private static long Bytes(Tensor weight, DecodingPrecision precision) => precision == DecodingPrecision.AsStored
        ? weight.numel() * weight.element_size()
        : weight.numel() + weight.shape[0] * ((weight.shape[1] + 63) / 64) * sizeof(float);

    private static void Warm(Row row)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WarmUp;)
        {
            row.Begin();
            row.Decode();
        }
        row.Begin();
    }


    /// <param name="Bytes">That a step reads.</param>
    private sealed record Row(string Name, int Sequences, long Bytes, Action Begin, Action Decode, IDisposable Owner);
}
