namespace ChatLoop.Model.ChatTemplates.Jinja.Syntax;

/// <param name="MarksAnswers">It has {% generation %} blocks.</param>
internal sealed record ParsedTemplate(IReadOnlyList<Statement> Statements, bool MarksAnswers);

/// <summary>Jinja's statements: for, if, set, with, filter, macro, call, break, continue, and transformers' generation.</summary>
internal sealed class StatementParser
{
    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;
    private int _loops;
    private bool _marksAnswers;

    private StatementParser(TokenReader tokens)
    {
        _tokens = tokens;
        _expressions = new(tokens);
    }

    /// <exception cref="TemplateException">The template's text is not Jinja, or uses what is not supported; names the line.</exception>
    public static ParsedTemplate Parse(string name, string source)
    {
        var tokens = new TokenReader(name, Lexer.Read(name, source));
        try
        {
            var parser = new StatementParser(tokens);
            return new(parser.ReadBody(end: null), parser._marksAnswers);
        }
        catch (EvaluationException e)
        {
            throw new TemplateException(e.Fault, name, tokens.Line, e.Message);
        }
    }

    /// <summary>Statements up to a tag whose name is one of <paramref name="end"/>, which is not read; or to the template's end.</summary>
    private List<Statement> ReadBody(string? opening = null, params string[]? end)
    {
        RenderBudget.EnsureStack();
        var openingLine = _tokens.Line;
        List<Statement> body = [];
        while (true)
        {
            var token = _tokens.Current;
            switch (token.Kind)
            {
                case TokenKind.End when end is null: return body;
                case TokenKind.End: throw _tokens.Failure($"'{opening}' of line {openingLine} has no '{end[^1]}'.");
                case TokenKind.Text:
                    body.Add(new Statement.Text(token.Line, _tokens.Next().Value));
                    break;
                case TokenKind.VariableBegin:
                    _tokens.Next();
                    body.Add(new Statement.Print(token.Line, _expressions.ReadTuple()));
                    _tokens.Expect(TokenKind.VariableEnd, "'}}'");
                    break;
                default:
                    if (end is not null && _tokens.Following.Kind == TokenKind.Name && end.Contains(_tokens.Following.Value)) return body;
                    _tokens.Expect(TokenKind.BlockBegin, "a tag");
                    body.Add(ReadStatement());
                    break;
            }
        }
    }

    private Statement ReadStatement()
    {
        var name = _tokens.Expect(TokenKind.Name, "the name of a statement");
        switch (name.Value)
        {
            case "for": return ReadFor(name.Line);
            case "if": return ReadIf(name.Line);
            case "set": return ReadSet(name.Line);
            case "with": return ReadWith(name.Line);
            case "filter": return ReadFilterBlock(name.Line);
            case "macro": return ReadMacro(name.Line);
            case "call": return ReadCallBlock(name.Line);
            case "generation":
                EndTag();
                _marksAnswers = true;
                return new Statement.Generation(name.Line, ReadBodyAndEnd("generation"));
            case "break" or "continue" when _loops > 0:
                EndTag();
                return name.Value == "break" ? new Statement.Break(name.Line) : new Statement.Continue(name.Line);
            case "break" or "continue": throw _tokens.Failure($"'{name.Value}' is outside of a loop.");
            default:
                throw _tokens.Failure($"'{name.Value}' is not a statement of a chat template; known: for, if, set, with, filter, macro, call, "
                    + "break, continue, generation, raw.");
        }
    }

    private Statement.For ReadFor(int line)
    {
        var target = ReadTarget();
        if (!_tokens.SkipName("in")) throw _tokens.Unexpected("'in'");
        var items = _expressions.ReadTuple(withConditional: false);
        var condition = _tokens.SkipName("if") ? _expressions.ReadConditional() : null;
        if (_tokens.Current.IsName("recursive")) throw _tokens.Failure("'recursive' loops are not supported.");
        EndTag();
        _loops++;
        var body = ReadBody("for", "else", "endfor");
        _loops--;
        var otherwise = SkipTag("else") ? ReadBody("for", "endfor") : [];
        ExpectTag("endfor");
        return new(line, target, items, condition, body, otherwise);
    }

    private Statement.If ReadIf(int line)
    {
        List<(Expression, IReadOnlyList<Statement>)> branches = [];
        do
        {
            var condition = _expressions.ReadTuple(withConditional: false);
            EndTag();
            _expressions.BranchDepth++;
            branches.Add((condition, ReadBody("if", "elif", "else", "endif")));
            _expressions.BranchDepth--;
        }
        while (SkipTagStart("elif"));
        _expressions.BranchDepth++;
        var otherwise = SkipTag("else") ? ReadBody("if", "endif") : [];
        _expressions.BranchDepth--;
        ExpectTag("endif");
        return new(line, branches, otherwise);
    }

    private Statement ReadSet(int line)
    {
        var target = ReadTarget(withNamespace: true);
        if (_tokens.SkipOperator("="))
        {
            var value = _expressions.ReadTuple();
            EndTag();
            return new Statement.Set(line, target, value);
        }
        var filter = _tokens.Current.Is("|") ? _expressions.ReadFilters(null) : null;
        EndTag();
        return new Statement.SetBlock(line, target, filter, ReadBodyAndEnd("set"));
    }

    private Statement.With ReadWith(int line)
    {
        List<(Target, Expression)> variables = [];
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (variables.Count > 0) _tokens.ExpectOperator(",");
            var target = ReadTarget();
            _tokens.ExpectOperator("=");
            variables.Add((target, _expressions.ReadConditional()));
        }
        EndTag();
        return new(line, variables, ReadBodyAndEnd("with"));
    }

    private Statement.FilterBlock ReadFilterBlock(int line)
    {
        var filter = _expressions.ReadFilters(_expressions.ReadFilter(null));
        EndTag();
        return new(line, filter, ReadBodyAndEnd("filter"));
    }

    private Statement.Macro ReadMacro(int line)
    {
        var name = _tokens.Expect(TokenKind.Name, "the macro's name").Value;
        return new(line, name, ReadMacroBody("macro", ReadParameters()));
    }

    private Statement.CallBlock ReadCallBlock(int line)
    {
        var parameters = _tokens.Current.Is("(") ? ReadParameters() : [];
        if (_expressions.ReadConditional() is not Expression.Call call) throw _tokens.Unexpected("a call of a macro");
        return new(line, call, ReadMacroBody("call", parameters));
    }

    private MacroBody ReadMacroBody(string tag, List<(string, Expression?)> parameters)
    {
        EndTag();
        var loops = _loops;
        _loops = 0;
        var body = ReadBodyAndEnd(tag);
        _loops = loops;
        return new(parameters, body);
    }

    private List<(string, Expression?)> ReadParameters()
    {
        _tokens.ExpectOperator("(");
        List<(string, Expression?)> parameters = [];
        while (!_tokens.SkipOperator(")"))
        {
            if (parameters.Count > 0) _tokens.ExpectOperator(",");
            var name = _tokens.Expect(TokenKind.Name, "a parameter's name").Value;
            parameters.Add((name, _tokens.SkipOperator("=") ? _expressions.ReadConditional() : null));
        }
        return parameters;
    }

    private Target ReadTarget(bool withNamespace = false)
    {
        List<Target> items = [];
        var isTuple = false;
        do
        {
            items.Add(ReadSingleTarget(withNamespace));
            if (!_tokens.SkipOperator(",")) break;
            isTuple = true;
        }
        while (!_tokens.Current.IsName("in") && !_tokens.Current.Is("=") && !_tokens.Current.Is(")"));
        return isTuple ? new Target.Tuple(items) : items[0];
    }

    private Target ReadSingleTarget(bool withNamespace)
    {
        if (_tokens.SkipOperator("("))
        {
            var inner = ReadTarget();
            _tokens.ExpectOperator(")");
            return inner;
        }
        var name = _tokens.Expect(TokenKind.Name, "the name of a variable").Value;
        if (name is "true" or "True" or "false" or "False" or "none" or "None") throw _tokens.Failure($"'{name}' cannot be assigned to.");
        return withNamespace && _tokens.SkipOperator(".")
            ? new Target.NamespaceAttribute(name, _tokens.Expect(TokenKind.Name, "the name of an attribute").Value)
            : new Target.Name(name);
    }

    private List<Statement> ReadBodyAndEnd(string tag)
    {
        var body = ReadBody(tag, "end" + tag);
        ExpectTag("end" + tag);
        return body;
    }

    private void EndTag() => _tokens.Expect(TokenKind.BlockEnd, "'%}'");

    private bool SkipTagStart(string name)
    {
        if (!_tokens.Following.IsName(name)) return false;
        _tokens.Next();
        _tokens.Next();
        return true;
    }

    private bool SkipTag(string name)
    {
        if (!SkipTagStart(name)) return false;
        EndTag();
        return true;
    }

    private void ExpectTag(string name)
    {
        if (!SkipTagStart(name)) throw _tokens.Unexpected($"'{{% {name} %}}'");
        EndTag();
    }
}
