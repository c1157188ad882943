using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ChatLoop.Contracts.Conversations;

namespace ChatLoop.Trainer.Corpus;

/// <summary>
/// The dialogues that have been there, word for word, so that each is used once. It holds 128 bits of a hash of each: the texts of
/// many millions would fill the memory, and two different ones with the same 128 bits are not to be expected.
/// </summary>
public sealed class DialogueSet
{
    private readonly HashSet<UInt128> _hashes = [];

    /// <summary>Whether it was not there before.</summary>
    public bool Add(IReadOnlyList<PromptMessage> messages)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', messages.Select(m => m.Text))));
        return _hashes.Add(BinaryPrimitives.ReadUInt128LittleEndian(hash));
    }
}
