using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace ChatLoop.Silo.Hosting;

/// <summary>The life of a program: built, started, announced, run until it is stopped.</summary>
public static class ServiceProgram
{
    /// <param name="announcement">What the operator reads once it is up.</param>
    /// <returns>The exit code: 1 where it could not start, or failed; the operator has been told what to do.</returns>
    public static async Task<int> Run(Func<WebApplication> build, Func<WebApplication, string> announcement)
    {
        try
        {
            await using var service = build();
            await service.StartAsync();
            Console.WriteLine(announcement(service));
            await service.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception error)
        {
            await Console.Error.WriteLineAsync(StartRefusal.Explain(error));
            return 1;
        }
    }
}
