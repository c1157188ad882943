using System.Text;
using System.Text.Json;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.Tests.Tokenizers;

/// <summary>The ids are those of Hugging Face's own library, for every family and every step that a tokenizer.json may have.</summary>
public sealed class FamilyTests
{
    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama2")]
    [InlineData("llama3")]
    [InlineData("mistral")]
    [InlineData("qwen")]
    [InlineData("smollm2")]
    public void Texts_have_the_ids_that_Hugging_Face_gives_them(string family) =>
        TokenizerVector.AssertSame(TokenizerFolder.Load(TokenizerVector.FolderOf(family)), TokenizerVector.OfFamily(family));

    public static TheoryData<string> Steps => [.. StepLines().Keys];

    [Theory]
    [MemberData(nameof(Steps))]
    public void Every_step_does_what_it_does_in_Hugging_Face_tokenizers(string name)
    {
        using var step = JsonDocument.Parse(StepLines()[name]);
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(step.RootElement.GetProperty("json").GetRawText()));
        TokenizerVector.AssertSame(TokenizerFolder.Read(file), step.RootElement.GetProperty("vectors").EnumerateArray().Select(TokenizerVector.Read));
    }

    [Theory]
    [InlineData("gpt2", false, "<|endoftext|>", "<|endoftext|>")]
    [InlineData("llama2", true, "<s>", "</s>")]
    [InlineData("llama3", true, "<|begin_of_text|>", "<|eot_id|>")]
    [InlineData("mistral", true, "<s>", "</s>")]
    [InlineData("qwen", false, null, "<|im_end|>")]
    [InlineData("smollm2", false, "<|im_start|>", "<|im_end|>")]
    public void Roles_of_tokens_are_those_that_the_folder_names(string family, bool addsBos, string? bos, string eos)
    {
        var tokenizer = TokenizerFolder.Load(TokenizerVector.FolderOf(family));

        Assert.Equal(bos is null ? null : tokenizer.SpecialId(bos), tokenizer.BosId);
        Assert.Equal(tokenizer.SpecialId(eos), tokenizer.EosId);
        Assert.Equal(addsBos, tokenizer.AddsBos);
        Assert.False(tokenizer.AddsEos);
        Assert.Equal(family is "llama2" or "mistral", tokenizer.StripsLeadingSpace);
    }

    private static Dictionary<string, string> StepLines() => File.ReadLines(Path.Combine(TokenizerVector.FamiliesFolder, "steps.jsonl")).ToDictionary(line =>
    {
        using var step = JsonDocument.Parse(line);
        return step.RootElement.GetProperty("name").GetString()!;
    });
}
