using ChatLoop.Model.ChatTemplates.Jinja.Syntax;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>Runs statements. Loops, macros and blocks have variables of their own; if has not.</summary>
internal sealed class StatementRunner(RenderContext context)
{
    private enum Flow { Next, Break, Continue }

    private readonly ExpressionEvaluator _expressions = new(context);
    private readonly TemplateOutput _output = new(context.Budget);

    public MarkedText Run(IReadOnlyList<Statement> template, Scope scope)
    {
        RunBody(template, scope);
        return _output.End();
    }

    private Flow RunBody(IReadOnlyList<Statement> body, Scope scope)
    {
        RenderBudget.EnsureStack();
        foreach (var statement in body)
        {
            context.Budget.ChargeSteps(1);
            context.Line = statement.Line;
            if (RunStatement(statement, scope) is var flow and not Flow.Next) return flow;
        }
        return Flow.Next;
    }

    private Flow RunStatement(Statement statement, Scope scope)
    {
        switch (statement)
        {
            case Statement.Text text: _output.Write(MarkedText.Markup(text.Value)); break;
            case Statement.Print print: _output.Write(context.Text(_expressions.Evaluate(print.Value, scope))); break;
            case Statement.If choice: return RunBody(BranchOf(choice, scope), scope);
            case Statement.For loop: RunLoop(loop, scope); break;
            case Statement.Set set: Assign(set.Target, _expressions.Evaluate(set.Value, scope), scope); break;
            case Statement.SetBlock block:
                var captured = new TextValue(Capture(block.Body, new(scope)));
                Assign(block.Target, block.Filter is null ? captured : _expressions.ApplyToBlock(block.Filter, captured, scope), scope);
                break;
            case Statement.With with: return RunWith(with, scope);
            case Statement.FilterBlock block:
                var written = new TextValue(Capture(block.Body, new(scope)));
                _output.Write(context.Text(_expressions.ApplyToBlock(block.Filter, written, scope)));
                break;
            case Statement.Macro macro: scope.Set(macro.Identifier, MacroOf(macro.Identifier, macro.Body, scope)); break;
            case Statement.CallBlock block: _output.Write(context.Text(_expressions.Call(block.Call, scope, MacroOf("caller", block.Caller, scope)))); break;
            case Statement.Generation block: _output.Write(Capture(block.Body, new(scope)).With(Provenance.Answer)); break;
            case Statement.Break: return Flow.Break;
            case Statement.Continue: return Flow.Continue;
        }
        return Flow.Next;
    }

    private IReadOnlyList<Statement> BranchOf(Statement.If choice, Scope scope)
    {
        foreach (var (condition, body) in choice.Branches)
        {
            if (_expressions.Evaluate(condition, scope).IsTrue) return body;
        }
        return choice.Else;
    }

    private Flow RunWith(Statement.With with, Scope scope)
    {
        var inner = new Scope(scope);
        foreach (var (target, value) in with.Variables) Assign(target, _expressions.Evaluate(value, scope), inner);
        return RunBody(with.Body, inner);
    }

    private void RunLoop(Statement.For statement, Scope scope)
    {
        var items = context.Items(_expressions.Evaluate(statement.Items, scope));
        if (statement.Condition is { } condition) items = [.. items.Where(item => Meets(statement.Target, item, condition, scope))];
        if (items.Count == 0)
        {
            RunBody(statement.Else, new(scope));
            return;
        }
        var loop = new LoopValue(items);
        for (; loop.Index < items.Count; loop.Index++)
        {
            var round = new Scope(scope);
            Assign(statement.Target, items[loop.Index], round);
            round.Set("loop", loop);
            if (RunBody(statement.Body, round) == Flow.Break) break;
        }
    }

    private bool Meets(Target target, JinjaValue item, Expression condition, Scope scope)
    {
        var inner = new Scope(scope);
        Assign(target, item, inner);
        return _expressions.Evaluate(condition, inner).IsTrue;
    }

    private void Assign(Target target, JinjaValue value, Scope scope)
    {
        switch (target)
        {
            case Target.Name name: scope.Set(name.Identifier, value); break;
            case Target.NamespaceAttribute attribute:
                if (scope.Find(attribute.Identifier) is not NamespaceValue space)
                    throw new EvaluationException($"only a namespace's attributes can be set; '{attribute.Identifier}' is no namespace.");
                space.Attributes[attribute.Attribute] = value;
                break;
            case Target.Tuple tuple:
                var parts = context.Items(value);
                if (parts.Count != tuple.Items.Count) throw new EvaluationException($"expected {tuple.Items.Count} values to assign, found {parts.Count}.");
                for (var i = 0; i < parts.Count; i++) Assign(tuple.Items[i], parts[i], scope);
                break;
        }
    }

    private FunctionValue MacroOf(string name, MacroBody macro, Scope definedIn) => new(name, arguments =>
    {
        RenderBudget.EnsureStack();
        var inner = new Scope(definedIn);
        if (arguments.Named is [.., ("caller", var caller)] && macro.Parameters.All(p => p.Name != "caller"))
        {
            inner.Set("caller", caller);
            arguments = arguments with { Named = [.. arguments.Named.SkipLast(1)] };
        }
        var bound = arguments.Bind([.. macro.Parameters.Select(p => p.Name)]);
        for (var i = 0; i < macro.Parameters.Count; i++)
        {
            var (parameter, absent) = macro.Parameters[i];
            inner.Set(parameter, bound[i] ?? (absent is null
                ? new UndefinedValue($"parameter '{parameter}' was not provided")
                : _expressions.Evaluate(absent, inner)));
        }
        return new TextValue(Capture(macro.Body, inner));
    });

    private MarkedText Capture(IReadOnlyList<Statement> body, Scope scope)
    {
        _output.BeginCapture();
        RunBody(body, scope);
        return _output.End();
    }
}
