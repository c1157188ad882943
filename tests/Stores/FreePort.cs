using System.Net;
using System.Net.Sockets;

namespace ChatLoop.Stores;

/// <summary>A port of this machine that nobody listens on.</summary>
public static class FreePort
{
    private const int Tries = 5;

    /// <summary>Starts a server on one; on another where a program took it meanwhile.</summary>
    /// <param name="start">Throws an InvalidOperationException where the server does not start.</param>
    public static async Task Take(Func<int, Task> start)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await start(Find());
                return;
            }
            catch (InvalidOperationException) when (attempt < Tries)
            {
                // The next one.
            }
        }
    }

    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
