using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Syntax;

/// <summary>An expression of a template, with the line on which it starts.</summary>
internal abstract record Expression(int Line)
{
    internal sealed record Literal(int Line, JinjaValue Value) : Expression(Line);
    internal sealed record Name(int Line, string Identifier) : Expression(Line);
    internal sealed record Sequence(int Line, IReadOnlyList<Expression> Items, SequenceKind Kind) : Expression(Line);
    internal sealed record Mapping(int Line, IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression(Line);
    internal sealed record Attribute(int Line, Expression Target, string Member) : Expression(Line);
    internal sealed record Element(int Line, Expression Target, Expression Index) : Expression(Line);
    internal sealed record Slice(int Line, Expression Target, Expression? Start, Expression? Stop, Expression? Step) : Expression(Line);
    internal sealed record Call(int Line, Expression Target, CallArguments Arguments) : Expression(Line);
    /// <param name="Target">Null in {% filter %} and {% set x | filter %}: the block's text.</param>
    internal sealed record Filter(int Line, Expression? Target, string Identifier, CallArguments Arguments) : Expression(Line);
    internal sealed record Test(int Line, Expression Target, string Identifier, CallArguments Arguments) : Expression(Line);
    internal sealed record Not(int Line, Expression Operand) : Expression(Line);
    internal sealed record Sign(int Line, bool IsMinus, Expression Operand) : Expression(Line);
    internal sealed record Arithmetic(int Line, string Operator, Expression Left, Expression Right) : Expression(Line);
    /// <summary>a ~ b ~ c.</summary>
    internal sealed record Concatenation(int Line, IReadOnlyList<Expression> Parts) : Expression(Line);
    /// <summary>a &lt; b &lt; c: every neighbouring pair holds.</summary>
    internal sealed record Comparison(int Line, Expression First, IReadOnlyList<(string Operator, Expression Right)> Rest) : Expression(Line);
    internal sealed record Logic(int Line, bool IsAnd, Expression Left, Expression Right) : Expression(Line);
    internal sealed record Conditional(int Line, Expression Condition, Expression Then, Expression? Else) : Expression(Line);
}

internal sealed record CallArguments(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static CallArguments None { get; } = new([], []);
}
