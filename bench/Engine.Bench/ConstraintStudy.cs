using System.Diagnostics;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Constraints;
using ChatLoop.Model.Sampling;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Engine.Bench;

/// <summary>
/// What a constraint costs the decoding thread, with a real tokenizer and random logits, few of them high: of a token whose state is new, of one whose
/// state is known, and of the same token without a constraint.
/// </summary>
internal static class ConstraintStudy
{
    private const int Answers = 40;
    private const int MostTokens = 200;
    private const string Schema =
        """{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}}},"required":["name","age","tags"]}""";

    public static void Measure(string tokenizerFolder)
    {
        var tokenizer = TokenizerFolder.Load(tokenizerFolder);
        Console.WriteLine($"{tokenizer.VocabularySize} tokens; microseconds of a token: median, 99 % and most");
        var (plain, _) = Times(tokenizer, new() { TopP = 0.9 });
        Report("no constraint", plain);
        foreach (var (name, parameters) in new (string, SamplingParameters)[]
        {
            ("JSON schema", new() { TopP = 0.9, JsonSchema = Schema }),
            ("regular expression", new() { TopP = 0.9, Regex = @"(yes|no), because [a-z ]{10,200}\." }),
        })
        {
            var start = Stopwatch.GetTimestamp();
            new ConstraintCompiler(tokenizer, [tokenizer.VocabularySize - 1]).Begin(parameters);
            Console.WriteLine($"{name}: made once in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms, beside the decoding thread");
            var (first, later) = Times(tokenizer, parameters);
            Report($"{name}, first answer", first);
            Report($"{name}, later answers", later);
        }
    }

    private static (List<double> First, List<double> Later) Times(Tokenizer tokenizer, SamplingParameters parameters)
    {
        var (compiler, sampler, random) = (new ConstraintCompiler(tokenizer, [tokenizer.VocabularySize - 1]), new TokenSampler(), new SeededRandom(1));
        var logits = new float[tokenizer.VocabularySize];
        var (first, later) = (new List<double>(), new List<double>());
        for (var answer = 0; answer < Answers; answer++)
        {
            var constraint = compiler.Begin(parameters);
            for (var token = 0; token < MostTokens; token++)
            {
                for (var id = 0; id < logits.Length; id++) logits[id] = (float)(20 * Math.Pow(random.NextDouble(), 64));
                var start = Stopwatch.GetTimestamp();
                var sampled = sampler.Sample(logits, new(parameters, random, Constraint: constraint)).Id;
                constraint?.Append(sampled);
                (answer == 0 ? first : later).Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
                if (sampled == tokenizer.VocabularySize - 1) break;
            }
        }
        return (first, later);
    }

    private static void Report(string what, List<double> times) => Console.WriteLine(
        $"  {what,-36} {Quantile.Of(times, 0.5),8:F0} {Quantile.Of(times, 0.99),8:F0} {times.Max(),8:F0}   ({times.Count} tokens)");
}
