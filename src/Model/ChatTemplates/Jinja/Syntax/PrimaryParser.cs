using System.Globalization;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Syntax;

/// <summary>What operators join: names, literals, and whole expressions in brackets, which <paramref name="expressions"/> reads.</summary>
internal sealed class PrimaryParser(TokenReader tokens, ExpressionParser expressions)
{
    public Expression Read()
    {
        var token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                tokens.Next();
                return Constant(token.Value) is { } constant ? new Expression.Literal(token.Line, constant) : new Expression.Name(token.Line, token.Value);
            case TokenKind.String: return ReadStrings();
            case TokenKind.Integer:
                return new Expression.Literal(token.Line, long.TryParse(token.Value, CultureInfo.InvariantCulture, out var integer)
                    ? Advance(JinjaValue.Of(integer))
                    : throw tokens.Failure($"the number {token.Value} does not fit 64 bits."));
            case TokenKind.Float: return new Expression.Literal(token.Line, Advance(new FloatValue(double.Parse(token.Value, CultureInfo.InvariantCulture))));
            case TokenKind.Operator when token.Value == "(": return ReadParentheses();
            case TokenKind.Operator when token.Value == "[": return ReadList();
            case TokenKind.Operator when token.Value == "{": return ReadMapping();
            default: throw tokens.Unexpected("an expression");
        }
    }

    private JinjaValue Advance(JinjaValue value)
    {
        tokens.Next();
        return value;
    }

    private static JinjaValue? Constant(string name) => name switch
    {
        "true" or "True" => BooleanValue.True,
        "false" or "False" => BooleanValue.False,
        "none" or "None" => NoneValue.Instance,
        _ => null,
    };

    /// <summary>Literals one after the other are one text.</summary>
    private Expression.Literal ReadStrings()
    {
        var line = tokens.Line;
        var text = tokens.Next().Value;
        while (tokens.Current.Kind == TokenKind.String) text += tokens.Next().Value;
        return new(line, JinjaValue.Of(text, Provenance.Markup));
    }

    private Expression ReadParentheses()
    {
        var line = tokens.Next().Line;
        if (tokens.SkipOperator(")")) return new Expression.Sequence(line, [], SequenceKind.Tuple);
        var inner = expressions.ReadTuple();
        tokens.ExpectOperator(")");
        return inner;
    }

    private Expression.Sequence ReadList()
    {
        var line = tokens.Next().Line;
        List<Expression> items = [];
        while (!tokens.SkipOperator("]"))
        {
            if (items.Count > 0) tokens.ExpectOperator(",");
            if (tokens.SkipOperator("]")) break;
            items.Add(expressions.ReadConditional());
        }
        return new(line, items, SequenceKind.List);
    }

    private Expression.Mapping ReadMapping()
    {
        var line = tokens.Next().Line;
        List<(Expression, Expression)> entries = [];
        while (!tokens.SkipOperator("}"))
        {
            if (entries.Count > 0) tokens.ExpectOperator(",");
            if (tokens.SkipOperator("}")) break;
            var key = expressions.ReadConditional();
            tokens.ExpectOperator(":");
            entries.Add((key, expressions.ReadConditional()));
        }
        return new(line, entries);
    }
}
