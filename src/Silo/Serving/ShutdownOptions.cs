using System.ComponentModel.DataAnnotations;

namespace ChatLoop.Silo.Serving;

/// <summary>How a serving silo ends (section "Silo").</summary>
public sealed record ShutdownOptions
{
    public const string Section = "Silo";

    /// <summary>So long answers under way may take to end; those that take longer show as interrupted. Less than the host waits in all, 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00", ErrorMessage = "Silo:FinishAnswers must be between 00:00:00 and 00:10:00.")]
    public TimeSpan FinishAnswers { get; init; } = TimeSpan.FromSeconds(10);
}
