using System.Diagnostics;
using System.Runtime.CompilerServices;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.Tests.Tokenizers;

/// <summary>
/// The whole tokenizers of real models. They are too large, and their vocabularies too much others', to be committed: the tests run
/// where test.sh could install the packages of tests/reference/tokenizers, which hold them.
/// </summary>
public sealed class RealTokenizerTests : IDisposable
{
    private const int Texts = 3005;

    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-tokenizer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The ids of "Hello world" are widely published, so that no package can pass one model's tokenizer off as another's.</summary>
    [Theory]
    [InlineData("gpt2", 15496, 995)]
    [InlineData("llama2", 15043, 3186)]
    [InlineData("llama3", 9906, 1917)]
    [InlineData("llama3_1", 9906, 1917)]
    [InlineData("mistral_v01", 22557, 1526)]
    [InlineData("mistral_v03", 23325, 2294)]
    [InlineData("mistral_nemo", 22177, 4304)]
    [InlineData("qwen2_5", 9707, 1879)]
    [InlineData("qwen3", 9707, 1879)]
    public async Task Texts_have_the_ids_that_Hugging_Face_gives_them(string name, params int[] helloWorld)
    {
        var reference = ReferenceFolder();
        // npm writes this file when an installation is complete.
        Assert.SkipUnless(File.Exists(Path.Combine(reference, "node_modules", ".package-lock.json")), $"Run npm ci in {reference} to compare with the real tokenizers.");

        await Write(reference, name);
        var tokenizer = TokenizerFolder.Load(_folder);
        var vectors = TokenizerVector.In(_folder).ToList();

        Assert.Equal(helloWorld, tokenizer.Encode("Hello world"));
        Assert.Equal(Texts, vectors.Count);
        TokenizerVector.AssertSame(tokenizer, vectors);
    }

    /// <summary>Writes the model's tokenizer, and what Hugging Face's library makes of the texts with it.</summary>
    private async Task Write(string reference, string name)
    {
        using var node = Process.Start(new ProcessStartInfo("node", ["tokenizers_reference.mjs", "real", name, $"{Texts}", _folder])
        {
            WorkingDirectory = reference,
            UseShellExecute = false,
            RedirectStandardError = true,
        })!;
        var errors = await node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(node.ExitCode == 0, errors);
    }

    private static string ReferenceFolder([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "reference", "tokenizers"));
}
