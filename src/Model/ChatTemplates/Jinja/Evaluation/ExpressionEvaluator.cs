using ChatLoop.Model.ChatTemplates.Jinja.Builtins;
using ChatLoop.Model.ChatTemplates.Jinja.Syntax;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>Expressions to values.</summary>
internal sealed class ExpressionEvaluator(RenderContext context)
{
    public JinjaValue Evaluate(Expression expression, Scope scope)
    {
        RenderBudget.EnsureStack();
        context.Budget.ChargeSteps(1);
        context.Line = expression.Line;
        return expression switch
        {
            Expression.Literal literal => literal.Value,
            Expression.Name name => scope.Find(name.Identifier) ?? new UndefinedValue($"'{name.Identifier}' is undefined"),
            Expression.Sequence sequence => new SequenceValue([.. sequence.Items.Select(i => Evaluate(i, scope))], sequence.Kind),
            Expression.Mapping mapping => new MappingValue(mapping.Entries.Select(e => (Evaluate(e.Key, scope), Evaluate(e.Value, scope)))),
            Expression.Attribute attribute => Members.Attribute(context, Evaluate(attribute.Target, scope), attribute.Member),
            Expression.Element element => Members.Element(context, Evaluate(element.Target, scope), Evaluate(element.Index, scope)),
            Expression.Slice slice => Slicing.Apply(
                context, Evaluate(slice.Target, scope), Optional(slice.Start, scope), Optional(slice.Stop, scope), Optional(slice.Step, scope)),
            Expression.Call call => Call(call, scope),
            Expression.Filter filter => Apply(filter, Evaluate(filter.Target!, scope), scope),
            Expression.Test test => JinjaValue.Of(
                ValueTests.Holds(context, test.Identifier, Evaluate(test.Target, scope), Values(test.Identifier, test.Arguments, scope))),
            Expression.Not not => JinjaValue.Of(!Evaluate(not.Operand, scope).IsTrue),
            Expression.Sign sign => Signed(sign, scope),
            Expression.Arithmetic arithmetic => Operators.Arithmetic(
                context, arithmetic.Operator, Evaluate(arithmetic.Left, scope), Evaluate(arithmetic.Right, scope)),
            Expression.Concatenation concatenation => Operators.Concat(context, [.. concatenation.Parts.Select(p => context.Text(Evaluate(p, scope)))]),
            Expression.Comparison comparison => Compare(comparison, scope),
            Expression.Logic logic => Evaluate(logic.Left, scope) is var left && left.IsTrue == logic.IsAnd ? Evaluate(logic.Right, scope) : left,
            Expression.Conditional choice => Evaluate(choice.Condition, scope).IsTrue
                ? Evaluate(choice.Then, scope)
                : Optional(choice.Else, scope) ?? new UndefinedValue("the inline if-expression was false and has no 'else'"),
            _ => throw new EvaluationException($"an expression of kind {expression.GetType().Name} cannot be evaluated."),
        };
    }

    /// <summary>"| a | b" of {% filter %} and {% set x | a %}, on a block's text.</summary>
    public JinjaValue ApplyToBlock(Expression filters, JinjaValue text, Scope scope)
    {
        var filter = (Expression.Filter)filters;
        return Apply(filter, filter.Target is null ? text : ApplyToBlock(filter.Target, text, scope), scope);
    }

    /// <summary>Calls a function with values from this place of the template.</summary>
    /// <param name="caller">What {% call %} passes to a macro.</param>
    public JinjaValue Call(Expression.Call call, Scope scope, FunctionValue? caller = null)
    {
        var target = Evaluate(call.Target, scope);
        if (target is UndefinedValue undefined) throw undefined.Failure();
        if (target is not FunctionValue function) throw new EvaluationException($"a value of type {target.TypeName} cannot be called.");
        var values = Values(function.Name, call.Arguments, scope);
        context.Line = call.Line;
        return function.Call(caller is null ? values : values with { Named = [.. values.Named, ("caller", caller)] });
    }

    private JinjaValue Apply(Expression.Filter filter, JinjaValue value, Scope scope)
    {
        var values = Values(filter.Identifier, filter.Arguments, scope);
        context.Line = filter.Line;
        return Filters.Apply(context, filter.Identifier, value, values);
    }

    private JinjaValue Signed(Expression.Sign sign, Scope scope)
    {
        var value = Evaluate(sign.Operand, scope);
        var negated = Numbers.Negate(value);
        return sign.IsMinus ? negated : Numbers.Negate(negated);
    }

    private BooleanValue Compare(Expression.Comparison comparison, Scope scope)
    {
        var left = Evaluate(comparison.First, scope);
        foreach (var (operation, expression) in comparison.Rest)
        {
            var right = Evaluate(expression, scope);
            if (!Operators.Holds(context, operation, left, right)) return BooleanValue.False;
            left = right;
        }
        return BooleanValue.True;
    }

    private JinjaValue? Optional(Expression? expression, Scope scope) => expression is null ? null : Evaluate(expression, scope);

    private Arguments Values(string function, CallArguments arguments, Scope scope) => arguments.Positional.Count + arguments.Named.Count == 0
        ? Arguments.None(function)
        : new(function, [.. arguments.Positional.Select(a => Evaluate(a, scope))], [.. arguments.Named.Select(a => (a.Name, Evaluate(a.Value, scope)))]);
}
