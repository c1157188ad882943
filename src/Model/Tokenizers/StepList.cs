using ChatLoop.Model.Json;

namespace ChatLoop.Model.Tokenizers;

/// <summary>The parts of a tokenizer.json that are one step or a Sequence of steps.</summary>
internal static class StepList
{
    /// <summary>The steps of a Sequence under <paramref name="name"/>; of anything else, itself.</summary>
    public static IEnumerable<JsonFields> Steps(this JsonFields? fields, string name) => fields switch
    {
        null => [],
        _ when fields.OptionalText("type") == "Sequence" => fields.Objects(name),
        _ => [fields],
    };
}
