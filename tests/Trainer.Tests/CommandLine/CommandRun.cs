using System.CommandLine;
using ChatLoop.Trainer.CommandLine;

namespace ChatLoop.Trainer.Tests.CommandLine;

internal static class CommandRun
{
    /// <summary>Runs <c>chatloop</c> in this process.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> Run(params string[] arguments)
    {
        using StringWriter output = new(), errors = new();
        var exitCode = await ChatLoopCommand.Invoke(arguments, new InvocationConfiguration { Output = output, Error = errors }, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), errors.ToString());
    }
}
