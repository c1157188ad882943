using System.Text.Json.Nodes;
using ChatLoop.Contracts.Conversations;

namespace ChatLoop.Model.ChatTemplates;

/// <summary>Who speaks, in the names that chat templates know: system, user, assistant, tool.</summary>
public enum ChatRole { System, User, Assistant, Tool }

/// <summary>One message as a template sees it.</summary>
public sealed record ChatMessage(ChatRole Role, string Text)
{
    internal static ChatMessage Of(PromptMessage message) =>
        new(message.Role == TurnRole.User ? ChatRole.User : ChatRole.Assistant, message.Text);
}

/// <summary>Messages, oldest first, and the tools that the assistant may call.</summary>
/// <param name="Tools">JSON schemas as in OpenAI's API; null for none. Templates that know no tools leave them out.</param>
public sealed record ChatPrompt(IReadOnlyList<ChatMessage> Messages, JsonArray? Tools = null);
