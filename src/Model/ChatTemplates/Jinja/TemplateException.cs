using System.Diagnostics.CodeAnalysis;

namespace ChatLoop.Model.ChatTemplates.Jinja;

/// <summary>Why a template could not be read or rendered.</summary>
public enum TemplateFault
{
    /// <summary>The template's text is not Jinja, or uses a part of it that chat templates do not need.</summary>
    Syntax,
    /// <summary>An expression failed: an undefined value was used, or types do not fit.</summary>
    Evaluation,
    /// <summary>The template itself refused the messages by raise_exception.</summary>
    Raised,
    /// <summary>The template needs more steps or writes more text than allowed.</summary>
    Budget,
}

/// <summary>A template's error, with the template's name and the line.</summary>
/// <param name="reason">What was expected and what was found; for <see cref="TemplateFault.Raised"/> the template's own words.</param>
[SuppressMessage("Design", "CA1032", Justification = "An error without template and line does not help.")]
public sealed class TemplateException(TemplateFault fault, string template, int line, string reason)
    : Exception($"{template}, line {line}: {reason}")
{
    public TemplateFault Fault { get; } = fault;
    public int Line { get; } = line;
    public string Reason { get; } = reason;
}

/// <summary>An error inside an expression, before the evaluator adds template and line.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Internal carrier.")]
[SuppressMessage("Design", "CA1064", Justification = "Never leaves the evaluator.")]
internal sealed class EvaluationException(string reason, TemplateFault fault = TemplateFault.Evaluation) : Exception(reason)
{
    public TemplateFault Fault { get; } = fault;
}
