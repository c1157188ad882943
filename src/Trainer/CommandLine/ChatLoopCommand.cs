using System.CommandLine;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.Trainer.CommandLine;

/// <summary>The <c>chatloop</c> command. It exits with 0 when all went well, 1 on any error, 130 when interrupted.</summary>
public static class ChatLoopCommand
{
    private const int Failed = 1;
    private const int Interrupted = 130;

    public static RootCommand Create() => new("Makes, measures and tries ChatLoop's models.")
    {
        CorpusCommand.Create(),
        PretrainCommand.Create(),
        ImportCommand.Create(),
        ExportCommand.Create(),
        FineTuneCommand.Create(),
        EvaluateCommand.Create(),
        ChatCommand.Create(),
    };

    public static Task<int> Invoke(IReadOnlyList<string> arguments, InvocationConfiguration configuration, CancellationToken cancellationToken = default)
    {
        configuration.EnableDefaultExceptionHandler = false;
        return Create().Parse(arguments).InvokeAsync(configuration, cancellationToken);
    }

    /// <summary>Errors that a user can act on become one line; anything else is a defect and keeps its stack trace.</summary>
    internal static void SetAction(this Command command, Func<ParseResult, TextWriter, CancellationToken, Task> run) =>
        command.SetAction(async (ParseResult arguments, CancellationToken cancellationToken) =>
        {
            var (output, errors) = (arguments.InvocationConfiguration.Output, arguments.InvocationConfiguration.Error);
            try
            {
                await run(arguments, output, cancellationToken);
                return 0;
            }
            catch (OperationCanceledException)
            {
                await errors.WriteLineAsync("chatloop: interrupted.");
                return Interrupted;
            }
            catch (Exception e) when (e is ChatLoopException or InvalidDataException or IOException or UnauthorizedAccessException)
            {
                await errors.WriteLineAsync($"chatloop: {e.Message}");
                return Failed;
            }
        });
}
