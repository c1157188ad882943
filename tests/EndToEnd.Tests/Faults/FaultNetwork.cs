using System.Diagnostics;
using System.Globalization;

namespace ChatLoop.EndToEnd.Tests.Faults;

/// <summary>
/// A network of namespaces on a bridge of this machine: each silo has an address and a cable of its own, which can be pulled or made slow.
/// Needs root and iproute2; without them silos share the loopback network, and nothing of it can be cut.
/// </summary>
public sealed class FaultNetwork : IAsyncDisposable
{
    private readonly string _name;
    private readonly int _subnet;
    private readonly HashSet<int> _joined = [];

    private FaultNetwork(int subnet) => (_subnet, _name) = (subnet, string.Create(CultureInfo.InvariantCulture, $"cl{subnet}"));

    /// <summary>Of this machine.</summary>
    public string Host => AddressOf(1);

    /// <summary>Null where this process may not make one.</summary>
    public static async Task<FaultNetwork?> TryCreate()
    {
        if (!Environment.IsPrivilegedProcess || !OperatingSystem.IsLinux()) return null;
        for (var subnet = 200; subnet < 250; subnet++)
        {
            var network = new FaultNetwork(subnet);
            try
            {
                // Fails where the bridge is there already: another test's.
                await Run("ip", "link", "add", network._name, "type", "bridge");
            }
            catch (Exception taken) when (taken is InvalidOperationException)
            {
                continue;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return null;
            }
            try
            {
                await Run("ip", "addr", "add", $"{network.Host}/24", "dev", network._name);
                await Run("ip", "link", "set", network._name, "up");
                await network.Join(2);
                return network;
            }
            catch (InvalidOperationException)
            {
                await network.DisposeAsync();
                return null;
            }
        }
        return null;
    }

    public string AddressOf(int member) => string.Create(CultureInfo.InvariantCulture, $"10.213.{_subnet}.{member}");

    /// <summary>What starts a program on a member's side of its cable.</summary>
    public async Task<string[]> Join(int member)
    {
        if (_joined.Add(member))
        {
            await Run("ip", "netns", "add", Space(member));
            await Run("ip", "link", "add", Cable(member), "type", "veth", "peer", "name", "eth0", "netns", Space(member));
            await Run("ip", "link", "set", Cable(member), "master", _name, "up");
            await Run("ip", "-n", Space(member), "addr", "add", $"{AddressOf(member)}/24", "dev", "eth0");
            await Run("ip", "-n", Space(member), "link", "set", "eth0", "up");
            await Run("ip", "-n", Space(member), "link", "set", "lo", "up");
        }
        return ["ip", "netns", "exec", Space(member)];
    }

    public Task Cut(int member) => Run("ip", "link", "set", Cable(member), "down");

    public Task Mend(int member) => Run("ip", "link", "set", Cable(member), "up");

    /// <summary>To 256 kbit/s, with what waits longer than 400 ms lost.</summary>
    public Task Slow(int member) => Run("tc", "qdisc", "add", "dev", Cable(member), "root", "tbf", "rate", "256kbit", "burst", "16kb", "latency", "400ms");

    public Task Quicken(int member) => Run("tc", "qdisc", "del", "dev", Cable(member), "root");

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _joined) await Run("ip", "netns", "del", Space(member));
        await Run("ip", "link", "del", _name);
    }

    private string Space(int member) => $"{_name}-{member}";

    private string Cable(int member) => $"{_name}v{member}";

    private static async Task Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error}");
    }
}
