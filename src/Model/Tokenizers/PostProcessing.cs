using ChatLoop.Model.Json;

namespace ChatLoop.Model.Tokenizers;

/// <summary>The "post_processor" of a tokenizer.json: which tokens the model expects around a text.</summary>
internal static class PostProcessing
{
    /// <summary>The names, completed by what the post-processor's template for one text begins and ends with.</summary>
    /// <exception cref="InvalidDataException">A kind that is not supported, by its name.</exception>
    public static NamedTokens Read(JsonFields? postProcessor, NamedTokens named)
    {
        foreach (var step in postProcessor.Steps("processors"))
        {
            var type = step.OptionalText("type");
            if (type == "ByteLevel") continue;
            if (type != "TemplateProcessing")
                throw TokenizerFile.Unsupported($"post-processor '{type}' is not supported; supported are TemplateProcessing, ByteLevel, and Sequence of these");
            var around = step.Objects("single").Select(item => item.OptionalObject("SpecialToken")?.OptionalText("id")).ToList();
            var (first, last) = (around.FirstOrDefault(), around.LastOrDefault());
            named = named with { Bos = named.Bos ?? first, Eos = named.Eos ?? last };
            if (!named.SaysWhatIsAdded) named = named with { AddsBos = first is not null, AddsEos = last is not null };
        }
        return named;
    }
}
