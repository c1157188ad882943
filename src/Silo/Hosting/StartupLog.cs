using Microsoft.Extensions.Logging;

namespace ChatLoop.Silo.Hosting;

/// <summary>
/// While the service starts, the host, Kestrel and Orleans log a failure with its stack trace before they throw it. The operator
/// gets one line instead (<see cref="StartRefusal"/>), so they are quiet until the start is over.
/// </summary>
public sealed class StartupLog
{
    private static readonly string[] Quiet = ["Microsoft.Extensions.Hosting", "Microsoft.AspNetCore", "Orleans"];
    private volatile bool _started;

    public void Started() => _started = true;

    /// <summary>Adds the condition to every rule, because of several rules the logger takes only the most specific one.</summary>
    public void Apply(LoggerFilterOptions options)
    {
        var rules = options.Rules.ToList();
        options.Rules.Clear();
        foreach (var rule in rules) options.Rules.Add(WhileStarting(rule));
        if (!rules.Exists(r => r is { ProviderName: null, CategoryName: null }))
            options.Rules.Add(WhileStarting(new LoggerFilterRule(null, null, options.MinLevel, null)));
    }

    private LoggerFilterRule WhileStarting(LoggerFilterRule rule) => new(rule.ProviderName, rule.CategoryName, rule.LogLevel,
        (provider, category, level) => Allows(category) && rule.Filter?.Invoke(provider, category, level) != false);

    private bool Allows(string? category) =>
        _started || category is null || !Array.Exists(Quiet, prefix => category.StartsWith(prefix, StringComparison.Ordinal));
}
