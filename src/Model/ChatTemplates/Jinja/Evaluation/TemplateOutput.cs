using ChatLoop.Model.ChatTemplates.Jinja.Values;

namespace ChatLoop.Model.ChatTemplates.Jinja.Evaluation;

/// <summary>What a template writes. Text inside a block that is captured, such as a macro's, is collected apart.</summary>
internal sealed class TemplateOutput(RenderBudget budget)
{
    private readonly Stack<List<MarkedText>> _open = new([[]]);

    public void Write(MarkedText text)
    {
        budget.ChargeOutput(text.Length);
        _open.Peek().Add(text);
    }

    public void BeginCapture() => _open.Push([]);

    /// <summary>Ends the innermost capture, or the whole output when none is open.</summary>
    public MarkedText End() => MarkedText.Concat(_open.Pop());
}
