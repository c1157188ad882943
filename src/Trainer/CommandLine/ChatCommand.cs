using System.CommandLine;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Generation;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatLoop.Trainer.CommandLine;

/// <summary><c>chatloop chat</c>: a chat in the terminal, answers as they are written. Ctrl+C stops; an empty line or end of input ends.</summary>
internal static class ChatCommand
{
    public static Command Create()
    {
        var folder = Options.CheckpointFolder();
        var temperature = Options.Number("--temperature", "number", 0.7, 0, 5, "From 0, which always takes the likeliest token, to 5; higher is more varied.");
        var topP = Options.Number("--top-p", "share", 1.0, 0.01, 1, "Tokens are drawn from the likeliest ones that together have this share of probability; 1 is all.");
        var maxTokens = Options.Number("--max-tokens", "tokens", 160, 1, 100_000, "Longest answer in tokens.");
        var seed = new Option<long?>("--seed") { HelpName = "number", Description = "Same seed, same answers. [default: drawn anew]" };
        var command = new ExampleCommand("chat", "Chats with a checkpoint in the terminal. An empty line ends it.", "chatloop chat models/starter --temperature 0.3") { folder, temperature, topP, maxTokens, seed };
        command.SetAction(async (arguments, output, cancellationToken) =>
        {
            var path = new CheckpointFolder(arguments.GetValue(folder)!);
            await using var engine = new PolicyEngine(path.ExistingStore(), new PolicyEngineOptions { MaxConcurrent = 1 }, NullLogger<PolicyEngine>.Instance);
            await engine.Swap(0, path.Name, cancellationToken);
            await Chat(engine, new SamplingParameters
            {
                Temperature = arguments.GetValue(temperature),
                TopP = arguments.GetValue(topP),
                MaxTokens = arguments.GetValue(maxTokens),
                Seed = arguments.GetValue(seed),
            }, output, cancellationToken);
        });
        return command;
    }

    private static async Task Chat(PolicyEngine engine, SamplingParameters sampling, TextWriter output, CancellationToken cancellationToken)
    {
        List<PromptMessage> messages = [];
        while (await Ask(output, cancellationToken) is { Length: > 0 } question)
        {
            messages.Add(new(TurnRole.User, question));
            var answer = "";
            await foreach (var chunk in engine.Generate(new(messages, sampling), cancellationToken))
            {
                answer += chunk.Text;
                await output.WriteAsync(chunk.Text.AsMemory(), cancellationToken);
                await output.FlushAsync(cancellationToken);
            }
            await output.WriteLineAsync();
            messages.Add(new(TurnRole.Assistant, answer));
        }
    }

    private static async Task<string?> Ask(TextWriter output, CancellationToken cancellationToken)
    {
        if (!Console.IsInputRedirected) await output.WriteAsync("> ".AsMemory(), cancellationToken);
        return (await Console.In.ReadLineAsync(cancellationToken))?.Trim();
    }
}
