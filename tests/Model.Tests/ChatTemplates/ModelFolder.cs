using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.Tests.ChatTemplates;

/// <summary>A Hugging Face folder with a byte tokenizer, whose special tokens are given or taken from a template.</summary>
internal sealed partial class ModelFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private Tokenizer? _tokenizer;

    public ModelFolder(params IReadOnlyList<string> specials)
    {
        var ids = specials.Select((text, id) => (text, id)).ToDictionary(t => t.text, t => t.id);
        var vocabulary = new Dictionary<string, int>(ids);
        foreach (var character in ByteAlphabet.All) vocabulary[character.ToString()] = vocabulary.Count;
        using var file = File.Create(this["tokenizer.json"]);
        new TokenizerJson(vocabulary, [], ids, TokenizerJson.SingleDigitPattern).Write(file);
        Specials = specials;
    }

    public IReadOnlyList<string> Specials { get; }

    public string this[string file] => _folder[file];

    public string Path => _folder.Path;

    /// <summary>A folder of a model of Vectors/templates.</summary>
    public static ModelFolder Of(string name)
    {
        var source = File.ReadAllText(VectorFile.PathOf($"templates/{name}.jinja"));
        var tokens = VectorFile.Read("chat_templates.json")["templates"]![name]!;
        var (bos, eos) = ((string)tokens["bos_token"]!, (string)tokens["eos_token"]!);
        var folder = new ModelFolder([.. SpecialToken().Matches(source).Select(m => m.Value).Append(bos).Append(eos).Distinct()]);
        folder.Write("tokenizer_config.json", new JsonObject { ["bos_token"] = bos, ["eos_token"] = eos, ["chat_template"] = source });
        return folder;
    }

    public void Write(string file, JsonObject json) => File.WriteAllText(this[file], json.ToJsonString());

    public ChatTemplate Load() => ChatTemplate.Load(Path, _tokenizer = TokenizerFolder.Load(Path));

    /// <summary>What the ids stand for, special tokens included.</summary>
    public string Spell(IEnumerable<int> ids)
    {
        _tokenizer ??= TokenizerFolder.Load(Path);
        return System.Text.Encoding.UTF8.GetString([.. ids.SelectMany(id => id < Specials.Count
            ? System.Text.Encoding.UTF8.GetBytes(Specials[id])
            : _tokenizer.BytesOf(id).ToArray())]);
    }

    public void Dispose() => _folder.Dispose();

    [GeneratedRegex(@"<\|[A-Za-z_]+\|>|<｜[^｜']+｜>|</?s>|<(start|end)_of_turn>|\[/?(INST|SYSTEM_PROMPT)\]|<\|[A-Z_]+_TOKEN\|>")]
    private static partial Regex SpecialToken();
}
