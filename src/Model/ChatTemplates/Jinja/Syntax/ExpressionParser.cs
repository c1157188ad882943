using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Syntax;

/// <summary>
/// Jinja's expressions with jinja2's precedence, weakest first: if-else, or, and, not, comparison and in, + -, ~, * / // %, **, sign,
/// then attributes, calls, filters and tests.
/// </summary>
internal sealed class ExpressionParser(TokenReader tokens)
{
    /// <summary>Made when first needed: each of the two parsers reads through the other.</summary>
    private PrimaryParser Primaries => field ??= new(tokens, this);

    /// <summary>Inside a branch of if, where jinja2 minds an unknown filter or test only when it gets there.</summary>
    public int BranchDepth { get; set; }

    /// <summary>One expression, or several with commas between them: a tuple.</summary>
    public Expression ReadTuple(bool withConditional = true)
    {
        var line = tokens.Line;
        List<Expression> items = [];
        var isTuple = false;
        while (items.Count == 0 || !EndsTuple())
        {
            items.Add(withConditional ? ReadConditional() : ReadOr());
            if (!tokens.SkipOperator(",")) break;
            isTuple = true;
        }
        return isTuple ? new Expression.Sequence(line, items, SequenceKind.Tuple) : items[0];
    }

    private bool EndsTuple() => tokens.Current.Kind is TokenKind.BlockEnd or TokenKind.VariableEnd
        || tokens.Current.Is(")") || tokens.Current.Is("=") || tokens.Current.IsName("in") || tokens.Current.IsName("recursive");

    public Expression ReadConditional()
    {
        RenderBudget.EnsureStack();
        var expression = ReadOr();
        while (tokens.Current.IsName("if"))
        {
            var line = tokens.Next().Line;
            var condition = ReadOr();
            expression = new Expression.Conditional(line, condition, expression, tokens.SkipName("else") ? ReadConditional() : null);
        }
        return expression;
    }

    public Expression ReadOr()
    {
        var left = ReadAnd();
        while (tokens.Current.IsName("or")) left = new Expression.Logic(tokens.Next().Line, IsAnd: false, left, ReadAnd());
        return left;
    }

    private Expression ReadAnd()
    {
        var left = ReadNot();
        while (tokens.Current.IsName("and")) left = new Expression.Logic(tokens.Next().Line, IsAnd: true, left, ReadNot());
        return left;
    }

    private Expression ReadNot()
    {
        RenderBudget.EnsureStack();
        return tokens.Current.IsName("not") ? new Expression.Not(tokens.Next().Line, ReadNot()) : ReadComparison();
    }

    private Expression ReadComparison()
    {
        var line = tokens.Line;
        var first = ReadSum();
        List<(string, Expression)> rest = [];
        while (ReadComparisonOperator() is { } comparison) rest.Add((comparison, ReadSum()));
        return rest.Count == 0 ? first : new Expression.Comparison(line, first, rest);
    }

    private string? ReadComparisonOperator()
    {
        if (tokens.Current is { Kind: TokenKind.Operator, Value: "==" or "!=" or "<" or "<=" or ">" or ">=" }) return tokens.Next().Value;
        if (tokens.SkipName("in")) return "in";
        if (!tokens.Current.IsName("not") || !tokens.Following.IsName("in")) return null;
        tokens.Next();
        tokens.Next();
        return "not in";
    }

    private Expression ReadSum() => ReadArithmetic(ReadConcatenation, "+", "-");

    private Expression ReadConcatenation()
    {
        var line = tokens.Line;
        List<Expression> parts = [ReadProduct()];
        while (tokens.SkipOperator("~")) parts.Add(ReadProduct());
        return parts is [var only] ? only : new Expression.Concatenation(line, parts);
    }

    private Expression ReadProduct() => ReadArithmetic(ReadPower, "*", "/", "//", "%");

    private Expression ReadPower() => ReadArithmetic(() => ReadUnary(), "**");

    private Expression ReadArithmetic(Func<Expression> operand, params string[] operators)
    {
        var left = operand();
        while (tokens.Current.Kind == TokenKind.Operator && operators.Contains(tokens.Current.Value))
        {
            var token = tokens.Next();
            left = new Expression.Arithmetic(token.Line, token.Value, left, operand());
        }
        return left;
    }

    private Expression ReadUnary(bool withFilters = true)
    {
        RenderBudget.EnsureStack();
        var line = tokens.Line;
        var expression = tokens.Current.Is("-") || tokens.Current.Is("+")
            ? new Expression.Sign(line, tokens.Next().Value == "-", ReadUnary(withFilters: false))
            : Primaries.Read();
        expression = ReadPostfix(expression);
        return withFilters ? ReadFiltersAndTests(expression) : expression;
    }

    private Expression ReadPostfix(Expression expression)
    {
        while (true)
        {
            if (tokens.Current.Is(".")) expression = ReadAttribute(expression);
            else if (tokens.Current.Is("[")) expression = ReadElement(expression);
            else if (tokens.Current.Is("(")) expression = ReadCall(expression);
            else return expression;
        }
    }

    private Expression ReadAttribute(Expression target)
    {
        var line = tokens.Next().Line;
        if (tokens.Current.Kind == TokenKind.Integer) return new Expression.Element(line, target, Primaries.Read());
        return new Expression.Attribute(line, target, tokens.Expect(TokenKind.Name, "the name of an attribute").Value);
    }

    private Expression ReadElement(Expression target)
    {
        var line = tokens.Next().Line;
        var start = tokens.Current.Is(":") ? null : ReadConditional();
        if (!tokens.Current.Is(":"))
        {
            tokens.ExpectOperator("]");
            return new Expression.Element(line, target, start!);
        }
        tokens.Next();
        var stop = tokens.Current.Is(":") || tokens.Current.Is("]") ? null : ReadConditional();
        var step = tokens.SkipOperator(":") && !tokens.Current.Is("]") ? ReadConditional() : null;
        tokens.ExpectOperator("]");
        return new Expression.Slice(line, target, start, stop, step);
    }

    public Expression.Call ReadCall(Expression target) => new(tokens.Line, target, ReadArguments());

    private CallArguments ReadArguments()
    {
        tokens.ExpectOperator("(");
        List<Expression> positional = [];
        List<(string, Expression)> named = [];
        while (!tokens.SkipOperator(")"))
        {
            if (positional.Count + named.Count > 0) tokens.ExpectOperator(",");
            if (tokens.SkipOperator(")")) break;
            if (tokens.Current.Is("*") || tokens.Current.Is("**")) throw tokens.Failure("arguments with '*' or '**' are not supported.");
            if (tokens.Current.Kind == TokenKind.Name && tokens.Following.Is("="))
            {
                var name = tokens.Next().Value;
                tokens.Next();
                named.Add((name, ReadConditional()));
            }
            else if (named.Count > 0) throw tokens.Unexpected("'name=value': an argument without a name cannot follow one with");
            else positional.Add(ReadConditional());
        }
        return new(positional, named);
    }

    private Expression ReadFiltersAndTests(Expression expression)
    {
        while (true)
        {
            if (tokens.Current.Is("|")) expression = ReadFilters(expression);
            else if (tokens.Current.IsName("is")) expression = ReadTest(expression);
            else if (tokens.Current.Is("(")) expression = ReadCall(expression);
            else return expression;
        }
    }

    /// <summary>"| name(arguments) | name ...".</summary>
    public Expression ReadFilters(Expression? target)
    {
        while (tokens.SkipOperator("|")) target = ReadFilter(target);
        return target!;
    }

    /// <summary>A filter's name and arguments, behind the bar.</summary>
    public Expression.Filter ReadFilter(Expression? target)
    {
        var name = tokens.Expect(TokenKind.Name, "the name of a filter");
        if (BranchDepth == 0 && !Builtins.Filters.Exists(name.Value)) throw tokens.Failure($"there is no filter '{name.Value}'; known: {Builtins.Filters.Names}.");
        return new(name.Line, target, name.Value, tokens.Current.Is("(") ? ReadArguments() : CallArguments.None);
    }

    private Expression ReadTest(Expression target)
    {
        var line = tokens.Next().Line;
        var isNegated = tokens.SkipName("not");
        var name = tokens.Expect(TokenKind.Name, "the name of a test").Value;
        if (BranchDepth == 0 && !Builtins.ValueTests.Exists(name)) throw tokens.Failure($"there is no test '{name}'; known: {Builtins.ValueTests.Names}.");
        var test = new Expression.Test(line, target, name, ReadTestArguments());
        return isNegated ? new Expression.Not(line, test) : test;
    }

    private CallArguments ReadTestArguments()
    {
        if (tokens.Current.Is("(")) return ReadArguments();
        var startsValue = tokens.Current.Kind is TokenKind.Name or TokenKind.String or TokenKind.Integer or TokenKind.Float
            || tokens.Current.Is("[") || tokens.Current.Is("{");
        if (!startsValue || tokens.Current.Kind == TokenKind.Name && tokens.Current.Value is "else" or "or" or "and") return CallArguments.None;
        if (tokens.Current.IsName("is")) throw tokens.Failure("a test cannot follow a test; use 'and'.");
        return new([ReadPostfix(Primaries.Read())], []);
    }
}
