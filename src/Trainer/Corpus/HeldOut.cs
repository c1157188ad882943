using System.Text;

namespace ChatLoop.Trainer.Corpus;

/// <summary>
/// What training never sees. A question about facts is held out by its wording, whatever its capitals and final punctuation; a
/// sum beyond 20 is held out by its numbers, in every wording, so that its figure measures generalisation; a question that refers
/// to the turn before is held out by what was asked before, what is asked now, and about what, in every wording.
/// </summary>
public static class HeldOut
{
    private const uint WordingOneIn = 33;
    private const uint ProblemOneIn = 20;
    private const uint ReferenceOneIn = 25;

    public static bool ContainsWording(string question) =>
        Hash(question.ToLowerInvariant().TrimEnd('?', '.', '!', ' ', '=')) % WordingOneIn == 0;

    public static bool ContainsProblem(string operation, string a, string b) => Hash($"{a}{operation}{b}") % ProblemOneIn == 0;

    public static bool ContainsReference(string before, string now, string subject) => Hash($"{before}>{now}:{subject}") % ReferenceOneIn == 0;

    /// <summary>FNV-1a with a final mix (Fowler, Noll and Vo), the same on every machine and in every version of .NET.</summary>
    private static uint Hash(string text)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(text)) hash = (hash ^ b) * 16777619u;
        return (hash ^ (hash >> 15)) * 0x9E3779B1u >> 8;
    }
}
