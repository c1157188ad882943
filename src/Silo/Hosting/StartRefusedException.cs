namespace ChatLoop.Silo.Hosting;

/// <summary>The service cannot start as it is configured; the message is one line that names the fix.</summary>
public sealed class StartRefusedException(string message, Exception? cause = null) : Exception(message, cause);
