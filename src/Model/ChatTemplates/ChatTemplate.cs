using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Model.Tokenizers;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.ChatTemplates;

/// <summary>A dialogue in tokens. <paramref name="IsAnswer"/> is true for the assistant's text and the end-of-turn after it.</summary>
public sealed record TemplatedDialogue(IReadOnlyList<int> Tokens, IReadOnlyList<bool> IsAnswer);

/// <summary>
/// Turns messages into tokens: <c>&lt;|user|&gt;text&lt;|end|&gt;&lt;|assistant|&gt;text&lt;|end|&gt;</c>. Only the template places special
/// tokens; text never produces one, so nobody can speak in another's role.
/// </summary>
public sealed class ChatTemplate(Tokenizer tokenizer)
{
    public const string PadToken = "<|pad|>";
    public const string EndToken = "<|end|>";
    public const string UserToken = "<|user|>";
    public const string AssistantToken = "<|assistant|>";

    /// <summary>Special tokens in the order of their ids in the starter's vocabulary.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } = [PadToken, EndToken, UserToken, AssistantToken];

    private readonly int _user = tokenizer.SpecialId(UserToken);
    private readonly int _assistant = tokenizer.SpecialId(AssistantToken);

    /// <summary>Ends every turn; a policy that samples it has finished its answer.</summary>
    public int EndOfTurn { get; } = tokenizer.SpecialId(EndToken);
    public int Pad { get; } = tokenizer.SpecialId(PadToken);

    /// <summary>The messages, then the header of the assistant's answer.</summary>
    public IReadOnlyList<int> Prompt(IReadOnlyList<PromptMessage> messages) => Prompt(messages, int.MaxValue);

    /// <summary>
    /// A prompt of at most <paramref name="maxTokens"/> tokens: the oldest turns are dropped, always up to the next user message,
    /// until the rest fits.
    /// </summary>
    /// <exception cref="ChatLoopException">TooLarge when the last user message alone does not fit; Invalid when there is none.</exception>
    public IReadOnlyList<int> Prompt(IReadOnlyList<PromptMessage> messages, int maxTokens)
    {
        if (messages.Count == 0) throw ChatLoopException.Invalid("A prompt needs at least one message.");
        var turns = messages.Select(Turn).ToList();
        var total = turns.Sum(t => t.Count) + 1;
        var first = 0;
        while (total > maxTokens)
        {
            var next = NextUserMessage(messages, first);
            if (next < 0)
            {
                throw new ChatLoopException(ErrorCode.TooLarge,
                    $"The message takes {total} tokens; at most {maxTokens} fit the model's context. Send a shorter one.");
            }
            for (; first < next; first++) total -= turns[first].Count;
        }
        return [.. turns.Skip(first).SelectMany(t => t), _assistant];
    }

    /// <summary>A whole dialogue for training.</summary>
    public TemplatedDialogue Dialogue(IReadOnlyList<PromptMessage> messages)
    {
        List<int> tokens = [];
        List<bool> isAnswer = [];
        foreach (var message in messages)
        {
            var turn = Turn(message);
            tokens.AddRange(turn);
            isAnswer.Add(false);
            isAnswer.AddRange(Enumerable.Repeat(message.Role == TurnRole.Assistant, turn.Count - 1));
        }
        return new(tokens, isAnswer);
    }

    private List<int> Turn(PromptMessage message) =>
        [message.Role == TurnRole.User ? _user : _assistant, .. tokenizer.Encode(message.Text), EndOfTurn];

    private static int NextUserMessage(IReadOnlyList<PromptMessage> messages, int first)
    {
        for (var i = first + 1; i < messages.Count; i++)
        {
            if (messages[i].Role == TurnRole.User) return i;
        }
        return -1;
    }
}
