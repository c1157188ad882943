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
    };

    [Theory, MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void Others_are_refused_by_name(SamplingParameters parameters, string named)
    {
        var error = Assert.Throws<ChatLoopException>(() => SamplingLimits.Check(parameters));
        Assert.Equal(ErrorCode.Invalid, error.Code);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }
}
