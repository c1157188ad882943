using Microsoft.Extensions.Logging;

namespace ChatLoop.Model.Generation;

internal static partial class PolicyEngineLog
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Version {Version} is live: {Folder}, weights {WeightsHash}, {Active} answers under way")]
    public static partial void SwappedIn(this ILogger logger, int version, string folder, string weightsHash, int active);

    [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "Version {Version} from {Folder} was refused; the live version stays {LiveVersion}")]
    public static partial void SwapRefused(this ILogger logger, Exception exception, int version, string folder, int? liveVersion);

    [LoggerMessage(EventId = 3, Level = LogLevel.Error, Message = "A prompt of {PromptTokens} tokens failed; its answer ends, the others go on")]
    public static partial void PromptFailed(this ILogger logger, Exception exception, int promptTokens);

    [LoggerMessage(EventId = 4, Level = LogLevel.Error, Message = "A decode step failed; the {Answers} answers under way end, the engine goes on")]
    public static partial void StepFailed(this ILogger logger, Exception exception, int answers);

    [LoggerMessage(EventId = 5, Level = LogLevel.Warning, Message = "Refused an answer: {Waiting} are waiting")]
    public static partial void Refused(this ILogger logger, int waiting);

    [LoggerMessage(EventId = 6, Level = LogLevel.Information, Message = "The policy engine stops; {Answers} answers are interrupted")]
    public static partial void Stopping(this ILogger logger, int answers);
}
