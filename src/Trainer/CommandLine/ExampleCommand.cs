using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ChatLoop.Trainer.CommandLine;

/// <summary>A command whose help ends with a command line to try.</summary>
internal sealed class ExampleCommand(string name, string description, string example) : Command(name, description)
{
    public string Example { get; } = example;
}

/// <summary>The usual help, then the example.</summary>
internal sealed class HelpWithExample(HelpAction usual) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        var exitCode = usual.Invoke(parseResult);
        var example = (parseResult.CommandResult.Command as ExampleCommand)?.Example ?? "chatloop chat models/starter";
        parseResult.InvocationConfiguration.Output.WriteLine($"Example:\n  {example}\n");
        return exitCode;
    }
}
