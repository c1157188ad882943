using ChatLoop.Silo.Hosting;
using Microsoft.Extensions.Hosting;

try
{
    await using var silo = SiloHost.Build(args);
    await silo.StartAsync();
    Console.WriteLine($"The silo is up ({RoleSetting.Read(silo.Configuration)}): health and metrics at {string.Join(", ", silo.Urls)}");
    await silo.WaitForShutdownAsync();
    return 0;
}
#pragma warning disable CA1031 // Whatever it is, the operator is told what to do, and the exit code says that it failed.
catch (Exception error)
#pragma warning restore CA1031
{
    await Console.Error.WriteLineAsync(StartRefusal.Explain(error));
    return 1;
}
