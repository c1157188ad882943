namespace ChatLoop.ChatApi.Hosting;

/// <summary>
/// While the service starts, the host and Orleans log a failure with its stack trace before they throw it. The operator gets one
/// line instead (<see cref="StartRefusal"/>), so these categories are quiet until the start is over.
/// </summary>
public sealed class StartupLogFilter
{
    private volatile bool _started;

    public void Started() => _started = true;

    public bool Allows(string? category) =>
        _started || category is null
        || !(category.StartsWith("Microsoft.Extensions.Hosting.", StringComparison.Ordinal)
            || category.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal)
            || category.StartsWith("Orleans.", StringComparison.Ordinal));
}
