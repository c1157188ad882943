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
    [InlineData("""{"do_sample":true,"temperature":0.6,"top_p":0.9}""", 0.6, 0.9, 0)] // Llama 3.1's
    [InlineData("""{"do_sample":true,"temperature":0.7,"top_p":0.8,"top_k":20,"repetition_penalty":1.05}""", 0.7, 0.8, 20)] // Qwen 2.5's
    [InlineData("""{"eos_token_id":2}""", 1, 1, 0)]
    [InlineData("""{"do_sample":false,"temperature":0}""", 1, 1, 0)]
    [InlineData("""{"temperature":9,"top_p":1.5}""", 5, 1, 0)]
    public void Is_what_the_file_says_within_what_is_allowed(string json, double temperature, double topP, int topK)
    {
        var sampling = GenerationConfig.Read("generation_config.json", Encoding.UTF8.GetBytes(json)).Sampling;
        SamplingLimits.Check(sampling);
        Assert.Equal(new SamplingParameters { Temperature = temperature, TopP = topP, TopK = topK, Stop = sampling.Stop }, sampling);
    }

    [Fact]
    public void The_starter_advises_to_leave_out_the_least_likely_tokens()
    {
        using var starter = new CheckpointStore(Models()).Load("starter");
        Assert.Equal((1, StarterGenerationConfig.TopP), (starter.AdvisedSampling.Temperature, starter.AdvisedSampling.TopP));
    }

    private static string Models([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "models");
}
