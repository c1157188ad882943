using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Sampling;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Tests.Sampling;

public sealed class SamplingLimitsTests
{
    [Fact]
    public void Usual_parameters_pass()
    {
        SamplingLimits.Check(new());
        SamplingLimits.Check(new() { Temperature = 0, TopP = 0.01, TopK = 1, MaxTokens = 1, Stop = ["."] });
        SamplingLimits.Check(new() { Temperature = 5 });
        SamplingLimits.Check(new() { MinP = 1, RepetitionPenalty = 10, PresencePenalty = -2, FrequencyPenalty = 2, LogitBias = Bias((0, -100), (7, 100)) });
        SamplingLimits.CheckTokens(new() { LogitBias = Bias((9, 1)) }, vocabularySize: 10);
        SamplingLimits.CheckAlternatives(0);
        SamplingLimits.CheckAlternatives(20);
    }

    public static TheoryData<SamplingParameters, string> Refused => new()
    {
        { new() { Temperature = -1 }, "temperature" },
        { new() { Temperature = 0.001 }, "temperature" },
        { new() { Temperature = 5.1 }, "temperature" },
        { new() { Temperature = double.NaN }, "temperature" },
        { new() { TopP = 0 }, "topP" },
        { new() { TopP = 1.01 }, "topP" },
        { new() { TopP = double.NaN }, "topP" },
        { new() { TopK = -1 }, "topK" },
        { new() { MaxTokens = 0 }, "maxTokens" },
        { new() { Stop = [""] }, "stop string" },
        { new() { Stop = [new string('x', 300)] }, "stop string" },
        { new() { Stop = [.. Enumerable.Repeat("x", 17)] }, "stop strings" },
        { new() { MinP = -0.1 }, "minP" },
        { new() { MinP = 1.1 }, "minP" },
        { new() { MinP = double.NaN }, "minP" },
        { new() { RepetitionPenalty = 0 }, "repetitionPenalty" },
        { new() { RepetitionPenalty = 11 }, "repetitionPenalty" },
        { new() { RepetitionPenalty = double.NaN }, "repetitionPenalty" },
        { new() { PresencePenalty = 2.1 }, "presencePenalty" },
        { new() { PresencePenalty = double.NaN }, "presencePenalty" },
        { new() { FrequencyPenalty = -2.1 }, "frequencyPenalty" },
        { new() { LogitBias = Bias((5, 101)) }, "logitBias of token 5" },
        { new() { LogitBias = Bias((5, double.NaN)) }, "logitBias of token 5" },
        { new() { LogitBias = Bias((-1, 1)) }, "logitBias names token -1" },
        { new() { LogitBias = Bias([.. Enumerable.Range(0, 1025).Select(t => (t, 1.0))]) }, "logitBias" },
    };

    [Theory, MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void Others_are_refused_by_name(SamplingParameters parameters, string named)
    {
        var error = Assert.Throws<ChatLoopException>(() => SamplingLimits.Check(parameters));
        Assert.Equal(ErrorCode.Invalid, error.Code);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_that_the_model_lacks_is_refused_by_name()
    {
        var error = Assert.Throws<ChatLoopException>(() => SamplingLimits.CheckTokens(new() { LogitBias = Bias((10, 1)) }, vocabularySize: 10));
        Assert.Equal(ErrorCode.Invalid, error.Code);
        Assert.Contains("logitBias names token 10, but the model's tokens are 0 to 9", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(21)]
    public void Other_counts_of_alternatives_are_refused_by_name(int count)
    {
        var error = Assert.Throws<ChatLoopException>(() => SamplingLimits.CheckAlternatives(count));
        Assert.Contains("topLogProbabilities must be from 0 to 20", error.Message, StringComparison.Ordinal);
    }

    private static Dictionary<int, double> Bias(params (int Token, double Bias)[] biases) => biases.ToDictionary(b => b.Token, b => b.Bias);
}
