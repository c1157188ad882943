using System.Text.Json.Nodes;
using ChatLoop.Model.ChatTemplates.Jinja.Builtins;
using ChatLoop.Model.ChatTemplates.Jinja.Evaluation;
using ChatLoop.Model.ChatTemplates.Jinja.Syntax;
using ChatLoop.Model.ChatTemplates.Jinja.Values;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.ChatTemplates.Jinja;

/// <param name="IsAnswer">Inside {% generation %}: what the assistant wrote.</param>
public readonly record struct RenderedSegment(TextSegment Segment, bool IsAnswer);

/// <summary>
/// A chat template of a Hugging Face folder, run as transformers runs it (jinja2's sandbox with trim_blocks, lstrip_blocks and loop
/// controls), but with two differences: the result tells the template's own text from the messages', and it cannot run forever.
/// Immutable; any thread may render.
/// </summary>
public sealed class JinjaTemplate
{
    private readonly ParsedTemplate _parsed;

    /// <param name="name">For messages: the file, or the setting in it.</param>
    /// <exception cref="TemplateException">The source is not Jinja, or uses a part of it that chat templates do not need.</exception>
    public JinjaTemplate(string name, string source)
    {
        Name = name;
        Source = source;
        _parsed = StatementParser.Parse(name, source);
    }

    public string Name { get; }
    public string Source { get; }
    /// <summary>It has {% generation %} blocks.</summary>
    public bool MarksAnswers => _parsed.MarksAnswers;

    /// <param name="data">Values that count as somebody's text: messages, tools.</param>
    /// <param name="markup">Texts that may be special tokens: bos_token, eos_token.</param>
    /// <exception cref="TemplateException">An expression failed, the template refused the messages, or the budget was used up.</exception>
    public IReadOnlyList<RenderedSegment> Render(
        IReadOnlyDictionary<string, JsonNode?> data, IReadOnlyDictionary<string, string> markup, RenderBudget? budget = null, TimeProvider? clock = null) =>
        Render(
        [
            .. markup.Select(m => (m.Key, JinjaValue.Of(m.Value, Provenance.Markup))),
            .. data.Select(d => (d.Key, JsonValues.Read(d.Value))),
        ], budget ?? new(), clock ?? TimeProvider.System);

    /// <summary>As the other, of values that know their provenance.</summary>
    internal IReadOnlyList<RenderedSegment> Render(IReadOnlyList<(string Name, JinjaValue Value)> variables, RenderBudget budget, TimeProvider clock)
    {
        var context = new RenderContext(budget, clock);
        try
        {
            var scope = new Scope(null);
            Globals.AddTo(scope, context);
            foreach (var (name, value) in variables) scope.Set(name, value);
            var output = new StatementRunner(context).Run(_parsed.Statements, new(scope));
            return [.. output.Runs.Select(r => new RenderedSegment(
                new(r.Text, r.Provenance.HasFlag(Provenance.Markup)), r.Provenance.HasFlag(Provenance.Answer)))];
        }
        catch (EvaluationException e)
        {
            throw new TemplateException(e.Fault, Name, context.Line, e.Message);
        }
    }
}
