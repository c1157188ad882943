namespace ChatLoop.Model.ChatTemplates.Jinja.Syntax;

/// <summary>A statement of a template, with the line on which it starts.</summary>
internal abstract record Statement(int Line)
{
    internal sealed record Text(int Line, string Value) : Statement(Line);
    internal sealed record Print(int Line, Expression Value) : Statement(Line);
    internal sealed record For(
        int Line, Target Target, Expression Items, Expression? Condition, IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Else) : Statement(Line);
    internal sealed record If(int Line, IReadOnlyList<(Expression Condition, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Else)
        : Statement(Line);
    internal sealed record Set(int Line, Target Target, Expression Value) : Statement(Line);
    internal sealed record SetBlock(int Line, Target Target, Expression? Filter, IReadOnlyList<Statement> Body) : Statement(Line);
    internal sealed record With(int Line, IReadOnlyList<(Target Target, Expression Value)> Variables, IReadOnlyList<Statement> Body) : Statement(Line);
    internal sealed record FilterBlock(int Line, Expression Filter, IReadOnlyList<Statement> Body) : Statement(Line);
    internal sealed record Macro(int Line, string Identifier, MacroBody Body) : Statement(Line);
    internal sealed record CallBlock(int Line, Expression.Call Call, MacroBody Caller) : Statement(Line);
    /// <summary>{% generation %}: what the assistant wrote, of which the model learns.</summary>
    internal sealed record Generation(int Line, IReadOnlyList<Statement> Body) : Statement(Line);
    internal sealed record Break(int Line) : Statement(Line);
    internal sealed record Continue(int Line) : Statement(Line);
}

internal sealed record MacroBody(IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body);

/// <summary>What an assignment assigns to.</summary>
internal abstract record Target
{
    internal sealed record Name(string Identifier) : Target;
    internal sealed record NamespaceAttribute(string Identifier, string Attribute) : Target;
    internal sealed record Tuple(IReadOnlyList<Target> Items) : Target;
}
