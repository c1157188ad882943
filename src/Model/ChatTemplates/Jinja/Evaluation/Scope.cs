using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>Variables of the template, or of one round of a loop, one call of a macro or one block; inner ones see outer ones.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, JinjaValue> _variables = new(StringComparer.Ordinal);

    public JinjaValue? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._variables.TryGetValue(name, out var value)) return value;
        }
        return null;
    }

    public void Set(string name, JinjaValue value) => _variables[name] = value;

    private Scope? Outer => outer;
}
