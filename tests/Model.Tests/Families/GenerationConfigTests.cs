using System.Runtime.CompilerServices;
using System.Text;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.HuggingFace;
using ChatLoop.Model.Sampling;

namespace ChatLoop.Model.Tests.Families;

/// <summary>The sampling that a model's makers advise.</summary>
public sealed class GenerationConfigTests
{
    [Theory]
    [InlineData("""{"do_sample":true,"temperature":0.6,"top_p":0.9}""", 0.6, 0.9, 0, 0, 1)] // Llama 3.1's
    [InlineData("""{"do_sample":true,"temperature":0.7,"top_p":0.8,"top_k":20,"repetition_penalty":1.05}""", 0.7, 0.8, 20, 0, 1.05)] // Qwen 2.5's
    [InlineData("""{"eos_token_id":2}""", 1, 1, 0, 0, 1)]
    [InlineData("""{"do_sample":false,"temperature":0}""", 1, 1, 0, 0, 1)]
    [InlineData("""{"min_p":0.05,"temperature":1.5}""", 1.5, 1, 0, 0.05, 1)]
    [InlineData("""{"temperature":9,"top_p":1.5,"min_p":7,"repetition_penalty":0}""", 5, 1, 0, 0, 0.1)]
    public void Is_what_the_file_says_within_what_is_allowed(
        string json, double temperature, double topP, int topK, double minP, double repetitionPenalty)
    {
        var sampling = GenerationConfig.Read("generation_config.json", Encoding.UTF8.GetBytes(json)).Sampling;
        SamplingLimits.Check(sampling);
        var expected = new SamplingParameters { Temperature = temperature, TopP = topP, TopK = topK, MinP = minP, RepetitionPenalty = repetitionPenalty };
        Assert.Equal(expected with { Stop = sampling.Stop }, sampling);
    }

    [Fact]
    public void The_starter_advises_to_leave_out_the_least_likely_tokens()
    {
        using var starter = new CheckpointStore(Models()).Load("starter");
        Assert.Equal((1, StarterGenerationConfig.TopP), (starter.AdvisedSampling.Temperature, starter.AdvisedSampling.TopP));
    }

    private static string Models([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "models");
}
