using ChatLoop.ChatApi.Hosting;
using ChatLoop.Silo.Hosting;

try
{
    await using var app = ChatLoopHost.Build(args);
    await app.StartAsync();
    foreach (var address in app.Urls) Console.WriteLine($"ChatLoop is up: open {address}");
    await app.WaitForShutdownAsync();
    return 0;
}
#pragma warning disable CA1031 // Whatever it is, the operator is told what to do, and the exit code says that it failed.
catch (Exception error)
#pragma warning restore CA1031
{
    await Console.Error.WriteLineAsync(StartRefusal.Explain(error));
    return 1;
}
