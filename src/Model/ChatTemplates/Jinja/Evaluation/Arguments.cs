using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>The values with which a function, filter, test or method named <paramref name="Function"/> is called.</summary>
internal sealed record Arguments(string Function, IReadOnlyList<JinjaValue> Positional, IReadOnlyList<(string Name, JinjaValue Value)> Named)
{
    public static Arguments None(string function) => new(function, [], []);

    /// <summary>Without the first <paramref name="count"/>.</summary>
    public Arguments Skip(string function, int count) => new(function, [.. Positional.Skip(count)], Named);

    /// <summary>Assigns the values to parameters, as Python does.</summary>
    /// <exception cref="EvaluationException">Too many values, an unknown name, or two values for one parameter.</exception>
    public BoundArguments Bind(params ReadOnlySpan<string> parameters)
    {
        if (Positional.Count > parameters.Length)
            throw new EvaluationException($"'{Function}' takes at most {parameters.Length} arguments, found {Positional.Count}.");
        var values = new JinjaValue?[parameters.Length];
        for (var i = 0; i < Positional.Count; i++) values[i] = Positional[i];
        foreach (var (name, value) in Named)
        {
            var place = parameters.IndexOf(name);
            if (place < 0) throw new EvaluationException($"'{Function}' has no parameter '{name}'; it has: {string.Join(", ", parameters.ToArray())}.");
            if (values[place] is not null) throw new EvaluationException($"'{Function}' gets two values for '{name}'.");
            values[place] = value;
        }
        return new(Function, parameters.ToArray(), values);
    }
}

/// <summary>Values by parameter; null where the caller gave none.</summary>
internal sealed class BoundArguments(string function, string[] parameters, JinjaValue?[] values)
{
    public JinjaValue? this[int parameter] => values[parameter];

    public bool IsGiven(int parameter) => values[parameter] is not (null or NoneValue);

    public JinjaValue Required(int parameter) =>
        values[parameter] ?? throw new EvaluationException($"'{function}' needs a value for '{parameters[parameter]}'.");

    public MarkedText Text(int parameter) => Required(parameter) is TextValue text ? text.Marked : throw WrongType(parameter, "a text");

    public MarkedText? OptionalText(int parameter) => IsGiven(parameter) ? Text(parameter) : null;

    public long Integer(int parameter) => Numbers.AsInteger(Required(parameter)) ?? throw WrongType(parameter, "an integer");

    public long Integer(int parameter, long absent) => IsGiven(parameter) ? Integer(parameter) : absent;

    public bool Boolean(int parameter, bool absent) => values[parameter]?.IsTrue ?? absent;

    private EvaluationException WrongType(int parameter, string expected) =>
        new($"'{function}' needs {expected} as '{parameters[parameter]}', found a value of type {values[parameter]!.TypeName}.");
}
