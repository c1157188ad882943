using System.Globalization;
using ChatLoop.Model.ChatTemplates.Jinja.Evaluation;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Builtins;

/// <summary>Filters that look at each item by itself: map, select, reject, selectattr, rejectattr.</summary>
internal static class SelectionFilters
{
    public static IReadOnlyDictionary<string, Filter> All { get; } = new Dictionary<string, Filter>(StringComparer.Ordinal)
    {
        ["map"] = Map,
        ["select"] = (context, value, a) => Select(context, value, a, byAttribute: false, wanted: true),
        ["reject"] = (context, value, a) => Select(context, value, a, byAttribute: false, wanted: false),
        ["selectattr"] = (context, value, a) => Select(context, value, a, byAttribute: true, wanted: true),
        ["rejectattr"] = (context, value, a) => Select(context, value, a, byAttribute: true, wanted: false),
    };

    /// <summary>Of an attribute's name, a path of names with dots between them, or a number; without one the item itself.</summary>
    public static Func<JinjaValue, JinjaValue> AttributeGetter(RenderContext context, JinjaValue? attribute, JinjaValue? absent = null)
    {
        if (attribute is null or NoneValue) return item => item;
        IReadOnlyList<JinjaValue> path = attribute is TextValue names ? [.. names.Text.Split('.').Select(Part)] : [attribute];
        return item =>
        {
            foreach (var part in path)
            {
                item = Members.Element(context, item, part);
                if (item is UndefinedValue && absent is not null) item = absent;
            }
            return item;
        };

        static JinjaValue Part(string name) =>
            name.Length > 0 && name.All(char.IsAsciiDigit) && long.TryParse(name, CultureInfo.InvariantCulture, out var index) ? JinjaValue.Of(index) : JinjaValue.Of(name);
    }

    private static SequenceValue Map(RenderContext context, JinjaValue value, Arguments arguments)
    {
        Func<JinjaValue, JinjaValue> each;
        if (arguments.Positional.Count == 0)
        {
            var bound = arguments.Bind("attribute", "default");
            each = AttributeGetter(context, bound.Required(0), bound[1]);
        }
        else
        {
            var name = Name(arguments, 0, "a filter");
            var rest = arguments.Skip(name, 1);
            each = item => Filters.Apply(context, name, item, rest);
        }
        return new SequenceValue([.. context.Items(value).Select(each)], SequenceKind.Generator);
    }

    private static SequenceValue Select(RenderContext context, JinjaValue value, Arguments arguments, bool byAttribute, bool wanted)
    {
        Func<JinjaValue, JinjaValue> key = item => item;
        if (byAttribute)
        {
            if (arguments.Positional.Count == 0) throw new EvaluationException($"'{arguments.Function}' needs the name of an attribute.");
            key = AttributeGetter(context, arguments.Positional[0]);
            arguments = arguments.Skip(arguments.Function, 1);
        }
        Func<JinjaValue, bool> holds = item => item.IsTrue;
        if (arguments.Positional.Count > 0)
        {
            var name = Name(arguments, 0, "a test");
            var rest = arguments.Skip(name, 1);
            holds = item => ValueTests.Holds(context, name, item, rest);
        }
        return new([.. context.Items(value).Where(item => holds(key(item)) == wanted)], SequenceKind.Generator);
    }

    private static string Name(Arguments arguments, int place, string what) => arguments.Positional[place] is TextValue text
        ? text.Text
        : throw new EvaluationException($"'{arguments.Function}' needs the name of {what}, found a value of type {arguments.Positional[place].TypeName}.");
}
