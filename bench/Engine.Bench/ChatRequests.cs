using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.Generation;

namespace ChatLoop.Engine.Bench;

/// <summary>What people ask: one question, or the next one of a conversation of up to twelve turns.</summary>
internal static class ChatRequests
{
    private static readonly (string Question, string Answer)[] Said =
    [
        ("Hello!", "Hello! How can I help you?"),
        ("What is the capital of France?", "The capital of France is Paris."),
        ("How much is 17 plus 25?", "17 plus 25 is 42."),
        ("What is a bicycle?", "A bicycle is a vehicle with two wheels that you drive with your feet."),
        ("How many metres are 3 kilometres?", "3 kilometres are 3000 metres."),
        ("Tell me a short story.", "Once upon a time a fox found a lamp in the snow, and carried it home to read by."),
        ("Which language do people speak in Brazil?", "People in Brazil speak Portuguese."),
        ("Thank you, that was kind.", "You are welcome."),
    ];

    public static GenerationRequest Next(Random random)
    {
        List<PromptMessage> messages = [];
        for (var turn = random.Next(2) * random.Next(12); turn > 0; turn--)
        {
            var (question, answer) = Said[random.Next(Said.Length)];
            messages.AddRange([new(TurnRole.User, question), new(TurnRole.Assistant, answer)]);
        }
        messages.Add(new(TurnRole.User, Said[random.Next(Said.Length)].Question));
        return new(messages, new() { Seed = random.NextInt64(), MaxTokens = random.Next(8, 160), Temperature = 0.8, TopP = 0.95 });
    }
}
