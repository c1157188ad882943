using ChatLoop.Model.ChatTemplates.Jinja;
using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates;

/// <summary>
/// Runs a template on messages, put into the form that it takes. A template that refuses or ignores the role system gets the
/// system's text at the beginning of the next user message; one that wants roles to alternate gets neighbours of one role as one message.
/// </summary>
internal sealed class ChatRendering
{
    private const string Between = "\n\n";

    private readonly JinjaTemplate _template;
    private readonly IReadOnlyList<(string Name, JinjaValue Value)> _tokens;
    private readonly TimeProvider _clock;

    /// <param name="tokens">bos_token and the like, by their names in templates.</param>
    public ChatRendering(JinjaTemplate template, IReadOnlyDictionary<string, string> tokens, TimeProvider clock)
    {
        _template = template;
        _tokens = [.. tokens.Select(t => (t.Key, JinjaValue.Of(t.Value, Provenance.Markup)))];
        _clock = clock;
        KnowsSystem = TextOrNull([new(ChatRole.System, "directive"), new(ChatRole.User, "question")])?.Contains("directive", StringComparison.Ordinal) is true;
        TakesNeighbours = TextOrNull([new(ChatRole.User, "question"), new(ChatRole.User, "question")]) is not null;
    }

    /// <summary>The template writes the text of a system message.</summary>
    public bool KnowsSystem { get; }
    /// <summary>The template takes two messages of one role one after the other.</summary>
    public bool TakesNeighbours { get; }

    /// <summary>The messages in the form that the template takes.</summary>
    public IReadOnlyList<ChatMessage> Adapted(IReadOnlyList<ChatMessage> messages)
    {
        if (!KnowsSystem) messages = WithoutSystem(messages);
        return TakesNeighbours ? messages : Joined(messages);
    }

    /// <summary>
    /// What the template writes. What the assistant said is marked as its answer, by {% generation %} where the template has that.
    /// </summary>
    /// <param name="messages">As <see cref="Adapted"/> returns them.</param>
    /// <param name="header">Ends with the header of the assistant's next answer.</param>
    /// <exception cref="TemplateException">The template refuses the messages, or fails.</exception>
    public IReadOnlyList<RenderedSegment> Render(IReadOnlyList<ChatMessage> messages, System.Text.Json.Nodes.JsonArray? tools, bool header) =>
        _template.Render(
        [
            .. _tokens,
            ("messages", JinjaValue.ListOf(messages.Select(Message))),
            ("tools", JsonValues.Read(tools)),
            ("documents", NoneValue.Instance),
            ("add_generation_prompt", JinjaValue.Of(header)),
        ], new RenderBudget(), _clock);

    private MappingValue Message(ChatMessage message)
    {
        var mark = message.Role == ChatRole.Assistant && !_template.MarksAnswers ? Provenance.Answer : Provenance.Plain;
        return new([
            // One of four words, and part of a special token in templates that write '<|' + role + '|>'.
            (JinjaValue.Of("role"), JinjaValue.Of(message.Role.ToString().ToLowerInvariant(), Provenance.Markup)),
            (JinjaValue.Of("content"), JinjaValue.Of(message.Text, mark)),
        ]);
    }

    private string? TextOrNull(IReadOnlyList<ChatMessage> messages)
    {
        try
        {
            return string.Concat(Render(messages, null, header: true).Select(s => s.Segment.Text));
        }
        catch (TemplateException e) when (e.Fault is TemplateFault.Raised or TemplateFault.Evaluation)
        {
            return null;
        }
    }

    private static List<ChatMessage> WithoutSystem(IReadOnlyList<ChatMessage> messages)
    {
        List<ChatMessage> folded = [];
        string? waiting = null;
        foreach (var message in messages)
        {
            if (message.Role == ChatRole.System)
            {
                waiting = waiting is null ? message.Text : waiting + Between + message.Text;
            }
            else if (message.Role == ChatRole.User && waiting is not null)
            {
                folded.Add(message with { Text = waiting + Between + message.Text });
                waiting = null;
            }
            else
            {
                folded.Add(message);
            }
        }
        if (waiting is not null) folded.Add(new(ChatRole.User, waiting));
        return folded;
    }

    private static List<ChatMessage> Joined(IReadOnlyList<ChatMessage> messages)
    {
        List<ChatMessage> joined = [];
        foreach (var message in messages)
        {
            if (joined is [.., var last] && last.Role == message.Role && message.Role is ChatRole.User or ChatRole.Assistant)
                joined[^1] = last with { Text = last.Text + Between + message.Text };
            else
                joined.Add(message);
        }
        return joined;
    }
}
