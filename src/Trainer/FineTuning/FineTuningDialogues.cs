using System.Security.Cryptography;
using System.Text;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Trainer.Corpus;

namespace ChatLoop.Trainer.FineTuning;

/// <summary>Dialogues in a model's tokens, parted into those to learn from and those to measure on.</summary>
public sealed class FineTuningDialogues
{
    private const int FewestToPart = 20;

    /// <param name="maxTokens">The model's context; longer dialogues are left out.</param>
    /// <exception cref="InvalidDataException">Nothing is left to learn from.</exception>
    public FineTuningDialogues(IReadOnlyList<IReadOnlyList<PromptMessage>> dialogues, ChatTemplate template, int maxTokens, FineTuningOptions options)
    {
        var distinct = dialogues.Where(new DialogueSet().Add).ToList();
        Repeated = dialogues.Count - distinct.Count;
        var tokens = distinct.Select(template.Dialogue).ToList();
        var fitting = tokens.Where(t => t.Tokens.Count <= maxTokens).ToArray();
        TooLong = tokens.Count - fitting.Length;
        if (fitting.Length == 0)
            throw new InvalidDataException($"All {dialogues.Count} dialogues are longer than the model's context of {maxTokens} tokens. Use shorter ones.");
        new Random(options.Seed).Shuffle(fitting);
        var heldOut = fitting.Length < FewestToPart ? 0 : (int)Math.Round(fitting.Length * options.HeldOutShare);
        (HeldOut, Training) = (fitting[..heldOut], fitting[heldOut..]);
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', distinct.Select(d => string.Join('\n', d.Select(m => m.Text)))))));
    }

    public IReadOnlyList<TemplatedDialogue> Training { get; }
    /// <summary>Empty with fewer than 20 dialogues.</summary>
    public IReadOnlyList<TemplatedDialogue> HeldOut { get; }
    /// <summary>Dialogues that were there before, word for word; each is used once.</summary>
    public int Repeated { get; }
    public int TooLong { get; }
    /// <summary>SHA-256 of the texts, lower-case hex: a resumed run must have the same ones.</summary>
    public string Hash { get; }
}
