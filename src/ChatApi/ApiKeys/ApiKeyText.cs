using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ChatLoop.ChatApi.ApiKeys;

/// <summary>An API key as its owner has it: <c>cl_</c> and 256 random bits, which scanners of repositories can find by its beginning.</summary>
public static class ApiKeyText
{
    public const string Beginning = "cl_";
    private const int RandomBytes = 32, ShownCharacters = 9;

    public static string New() => Beginning + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>What may be shown of it later.</summary>
    public static string Shown(string key) => key[..ShownCharacters];

    public static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
