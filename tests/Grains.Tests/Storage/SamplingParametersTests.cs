using ChatLoop.Contracts.Generation;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace ChatLoop.Grains.Tests.Storage;

/// <summary>Turns that were stored before a parameter existed are read as if it had its default.</summary>
public sealed class SamplingParametersTests
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    [Fact]
    public void Turns_of_before_penalties_are_read_without_any()
    {
        var stored = _services.GetRequiredService<Serializer<FirstSamplingParameters>>().SerializeToArray(new() { Temperature = 0.7, Seed = 5, Stop = ["."] });
        var read = _services.GetRequiredService<Serializer<SamplingParameters>>().Deserialize(stored)!;

        Assert.Equal(new SamplingParameters { Temperature = 0.7, TopP = 0.9, TopK = 3, Seed = 5, MaxTokens = 20, Stop = read.Stop, LogitBias = read.LogitBias }, read);
        Assert.Equal(["."], read.Stop);
        Assert.Empty(read.LogitBias);
    }

    [Fact]
    public void Every_parameter_is_kept()
    {
        var serializer = _services.GetRequiredService<Serializer<SamplingParameters>>();
        var wanted = new SamplingParameters
        {
            MinP = 0.1,
            RepetitionPenalty = 1.2,
            PresencePenalty = 0.3,
            FrequencyPenalty = -0.4,
            LogitBias = new Dictionary<int, double> { [3] = -100, [9] = 1.5 },
            Regex = "a+",
            JsonSchema = "{}",
        };
        var read = serializer.Deserialize(serializer.SerializeToArray(wanted))!;

        Assert.Equal(wanted with { Stop = read.Stop, LogitBias = read.LogitBias }, read);
        Assert.Equal(wanted.LogitBias, read.LogitBias);
    }
}

/// <summary>The parameters as they were first stored.</summary>
[GenerateSerializer, Alias("ChatLoop.Tests.FirstSamplingParameters")]
public sealed record FirstSamplingParameters
{
    [Id(0)] public double Temperature { get; init; } = 1;
    [Id(1)] public double TopP { get; init; } = 0.9;
    [Id(2)] public int TopK { get; init; } = 3;
    [Id(3)] public long? Seed { get; init; }
    [Id(4)] public int MaxTokens { get; init; } = 20;
    [Id(5)] public IReadOnlyList<string> Stop { get; init; } = [];
}
