using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using ChatLoop.Contracts.Errors;

namespace ChatLoop.Trainer.CommandLine;

/// <summary>The <c>chatloop</c> command. It exits with 0 when all went well, 1 on any error, 130 when interrupted.</summary>
public static class ChatLoopCommand
{
    private const int Failed = 1;
    private const int Interrupted = 130;

    public static RootCommand Create()
    {
        var root = new RootCommand("Makes, measures and tries ChatLoop's models. 'chatloop COMMAND --help' explains each command.")
        {
            CorpusCommand.Create(),
            PretrainCommand.Create(),
            FineTuneCommand.Create(),
            ImportCommand.Create(),
            ExportCommand.Create(),
            ChatCommand.Create(),
            EvaluateCommand.Create(),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExample((HelpAction)help.Action!);
        return root;
    }

    public static Task<int> Invoke(IReadOnlyList<string> arguments, InvocationConfiguration configuration, CancellationToken cancellationToken = default)
    {
        configuration.EnableDefaultExceptionHandler = false;
        var parsed = Create().Parse(arguments);
        if (parsed.Action is ParseErrorAction mistake && arguments.Count > 0)
        {
            // A page of help would hide the line that says what is wrong.
            mistake.ShowHelp = false;
            var command = parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
            return InvokeAndPoint(parsed, configuration, $"Run 'chatloop {command}--help' for what is possible.", cancellationToken);
        }
        return parsed.InvokeAsync(configuration, cancellationToken);
    }

    private static async Task<int> InvokeAndPoint(ParseResult parsed, InvocationConfiguration configuration, string pointer, CancellationToken cancellationToken)
    {
        var exitCode = await parsed.InvokeAsync(configuration, cancellationToken);
        await configuration.Error.WriteLineAsync(pointer);
        return exitCode;
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
