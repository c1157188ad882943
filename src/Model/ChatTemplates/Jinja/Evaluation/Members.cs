using ChatLoop.Model.ChatTemplates.Jinja.Builtins;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>value.name and value[key] as jinja2 looks them up: the one falls back to the other. Names of .NET are never looked up.</summary>
internal static class Members
{
    /// <summary>value.name: a method or attribute, else a dict's entry.</summary>
    public static JinjaValue Attribute(RenderContext context, JinjaValue value, string name)
    {
        if (value is UndefinedValue undefined) throw undefined.Failure();
        return Own(context, value, name) ?? (value as MappingValue)?.Find(name) ?? MissingAttribute(value, name);
    }

    /// <summary>value[key]: an element or entry, else the method or attribute of that name.</summary>
    public static JinjaValue Element(RenderContext context, JinjaValue value, JinjaValue key)
    {
        switch (value)
        {
            case UndefinedValue undefined: throw undefined.Failure();
            case MappingValue mapping when KeyEquality.IsHashable(key) && mapping.Find(key) is { } found: return found;
            case SequenceValue { HasElements: true } sequence when Numbers.AsInteger(key) is { } index:
                return At(sequence.Items.Count, index) is { } place ? sequence.Items[place] : MissingElement(context, value, key);
            case TextValue text when Numbers.AsInteger(key) is { } index:
                context.Budget.ChargeText(text.Marked.Length);
                return At(CodePoints.Count(text.Text), index) is { } character
                    ? Slicing.Apply(context, text, JinjaValue.Of(character), JinjaValue.Of(character + 1), null)
                    : MissingElement(context, value, key);
            default:
                if (key is not TextValue name) return MissingElement(context, value, key);
                return Own(context, value, name.Text) ?? MissingAttribute(value, name.Text);
        }
    }

    /// <summary>Null without such a method or attribute.</summary>
    public static JinjaValue? Own(RenderContext context, JinjaValue value, string name) => value switch
    {
        TextValue text => TextMethods.Find(context, text.Marked, name),
        MappingValue mapping => MappingMethods.Find(mapping, name),
        SequenceValue sequence => SequenceMethods.Find(context, sequence, name),
        NamespaceValue space => space.Attributes.GetValueOrDefault(name),
        LoopValue loop => loop.Find(context, name),
        _ => null,
    };

    private static int? At(int count, long index) => (index < 0 ? index + count : index) is var place && place >= 0 && place < count ? (int)place : null;

    private static string Described(JinjaValue value) => value is NoneValue ? "None" : $"{value.TypeName} object";

    private static UndefinedValue MissingAttribute(JinjaValue value, string name) => new($"'{Described(value)}' has no attribute '{name}'");

    private static UndefinedValue MissingElement(RenderContext context, JinjaValue value, JinjaValue key) => key is TextValue name
        ? MissingAttribute(value, name.Text)
        : new($"{Described(value)} has no element {PythonText.Representation(key, context.Budget)}");
}
