namespace ChatLoop.Model.Tokenizers;

/// <summary>
/// The printable character that stands for each byte in byte-level BPE vocabularies (Radford et al. 2019, bytes_to_unicode):
/// printable Latin-1 stands for itself, the other bytes for U+0100, U+0101 and so on, so a space is 'Ġ'.
/// </summary>
public static class ByteAlphabet
{
    private static readonly char[] Characters = BuildCharacters();
    private static readonly Dictionary<char, byte> Bytes =
        Enumerable.Range(0, 256).ToDictionary(b => Characters[b], b => (byte)b);

    /// <summary>All 256 characters, in the order of their bytes.</summary>
    public static ReadOnlySpan<char> All => Characters;

    public static char CharacterOf(byte value) => Characters[value];

    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var text = new char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++) text[i] = Characters[bytes[i]];
        return new string(text);
    }

    /// <summary>The bytes that a token's text stands for; null when a character is not of the alphabet.</summary>
    public static byte[]? TryRead(string token)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < token.Length; i++)
        {
            if (!Bytes.TryGetValue(token[i], out bytes[i])) return null;
        }
        return bytes;
    }

    private static char[] BuildCharacters()
    {
        var characters = new char[256];
        var next = 0x100;
        for (var b = 0; b < 256; b++)
        {
            var printable = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
            characters[b] = printable ? (char)b : (char)next++;
        }
        return characters;
    }
}
