using ChatLoop.Grains.Conversations;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChatLoop.Silo.Serving;

/// <summary>
/// Holds a stop up until the answers under way have ended: their readers see them to the end, as the silo and its engine still run. Those
/// that begin between this and the silo's end have their conversations wait for them.
/// </summary>
internal sealed partial class AnswerDrain(
    AnswersUnderWay answers, IOptions<ShutdownOptions> options, TimeProvider clock, ILogger<AnswerDrain> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        answers.Patience = options.Value.FinishAnswers;
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (answers.Count == 0) return;
        using var limit = new CancellationTokenSource(options.Value.FinishAnswers, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        LogWaiting(answers.Count, options.Value.FinishAnswers.TotalSeconds);
        await answers.End(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (answers.Count > 0) LogInterrupted(answers.Count);
    }

    [LoggerMessage(LogLevel.Information, "Stopping: {Answers} answers under way have up to {Seconds} s to end.")]
    private partial void LogWaiting(int answers, double seconds);

    [LoggerMessage(LogLevel.Warning, "{Answers} answers did not end in time (Silo:FinishAnswers) and show as interrupted.")]
    private partial void LogInterrupted(int answers);
}
