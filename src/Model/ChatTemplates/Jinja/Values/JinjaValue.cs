using System.Globalization;
using ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

namespace ChatLoop.Model.ChatTemplates.Jinja.Values;

/// <summary>A value in a template. Templates see these alone, never an object of .NET.</summary>
internal abstract class JinjaValue
{
    /// <summary>Python's name of the type, for messages.</summary>
    public abstract string TypeName { get; }
    /// <summary>Python's truth value.</summary>
    public virtual bool IsTrue => true;

    public static JinjaValue Of(string text, Provenance provenance = Provenance.Plain) => new TextValue(MarkedText.Of(text, provenance));
    public static JinjaValue Of(bool value) => value ? BooleanValue.True : BooleanValue.False;
    public static JinjaValue Of(long value) => new IntegerValue(value);
    public static JinjaValue ListOf(IEnumerable<JinjaValue> items) => new SequenceValue([.. items], SequenceKind.List);
}

internal sealed class NoneValue : JinjaValue
{
    public static NoneValue Instance { get; } = new();
    public override string TypeName => "None";
    public override bool IsTrue => false;
}

/// <summary>A missing name, attribute or element. Prints as nothing; most other uses are errors that say the reason.</summary>
internal sealed class UndefinedValue(string reason) : JinjaValue
{
    public string Reason => reason;
    public override string TypeName => "Undefined";
    public override bool IsTrue => false;
    public EvaluationException Failure() => new(reason + ".");
}

internal sealed class BooleanValue : JinjaValue
{
    public static BooleanValue True { get; } = new(true);
    public static BooleanValue False { get; } = new(false);
    private BooleanValue(bool value) => IsTrue = value;
    public override string TypeName => "bool";
    public override bool IsTrue { get; }
}

internal sealed class IntegerValue(long value) : JinjaValue
{
    public long Value => value;
    public override string TypeName => "int";
    public override bool IsTrue => value != 0;
    public override string ToString() => value.ToString(CultureInfo.InvariantCulture);
}

internal sealed class FloatValue(double value) : JinjaValue
{
    public double Value => value;
    public override string TypeName => "float";
    public override bool IsTrue => value != 0;
}

internal sealed class TextValue(MarkedText text) : JinjaValue
{
    public static TextValue Empty { get; } = new(MarkedText.Empty);
    public MarkedText Marked => text;
    public string Text => text.Text;
    public override string TypeName => "str";
    public override bool IsTrue => text.Runs.Count > 0;
}

internal enum SequenceKind
{
    List,
    Tuple,
    Range,
    /// <summary>Of dict.keys(), values() and items(): has a length but no elements by number.</summary>
    View,
    /// <summary>Of filters such as map and select: always true, without a length.</summary>
    Generator,
}

internal sealed class SequenceValue(IReadOnlyList<JinjaValue> items, SequenceKind kind) : JinjaValue
{
    public IReadOnlyList<JinjaValue> Items => items;
    public SequenceKind Kind => kind;
    public bool HasLength => kind != SequenceKind.Generator;
    public bool HasElements => kind is SequenceKind.List or SequenceKind.Tuple or SequenceKind.Range;
    public override bool IsTrue => kind == SequenceKind.Generator || items.Count > 0;
    public override string TypeName => kind switch
    {
        SequenceKind.List => "list",
        SequenceKind.Tuple => "tuple",
        SequenceKind.Range => "range",
        SequenceKind.View => "dict view",
        _ => "generator",
    };
}

/// <summary>A dict: keys in the order of their insertion. Never changes.</summary>
internal sealed class MappingValue : JinjaValue
{
    private readonly Dictionary<JinjaValue, JinjaValue> _byKey = new(KeyEquality.Instance);

    /// <summary>A later value of the same key replaces the earlier one in its place.</summary>
    public MappingValue(IEnumerable<(JinjaValue Key, JinjaValue Value)> entries)
    {
        List<JinjaValue> keys = [];
        foreach (var (key, value) in entries)
        {
            if (!KeyEquality.IsHashable(key)) throw new EvaluationException($"a dict's key cannot be a {key.TypeName}.");
            if (!_byKey.ContainsKey(key)) keys.Add(key);
            _byKey[key] = value;
        }
        Keys = keys;
    }

    public IReadOnlyList<JinjaValue> Keys { get; }
    public override string TypeName => "dict";
    public override bool IsTrue => Keys.Count > 0;

    public JinjaValue? Find(JinjaValue key) => _byKey.GetValueOrDefault(key);
    public JinjaValue? Find(string key) => Find(Of(key));
    public IEnumerable<(JinjaValue Key, JinjaValue Value)> Entries => Keys.Select(k => (k, _byKey[k]));
}

/// <summary>namespace(...): the one value whose attributes a template can set, also from inside a loop.</summary>
internal sealed class NamespaceValue(IEnumerable<(string Name, JinjaValue Value)> attributes) : JinjaValue
{
    public Dictionary<string, JinjaValue> Attributes { get; } = attributes.ToDictionary(a => a.Name, a => a.Value, StringComparer.Ordinal);
    public override string TypeName => "namespace";
}

/// <summary>Something to call: a global, a macro, or a method of a value.</summary>
internal sealed class FunctionValue(string name, Func<Arguments, JinjaValue> body) : JinjaValue
{
    public string Name => name;
    public JinjaValue Call(Arguments arguments) => body(arguments);
    public override string TypeName => "function";
}
