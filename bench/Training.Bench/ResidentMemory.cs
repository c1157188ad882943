using System.Globalization;

namespace ChatLoop.Training.Bench;

/// <summary>What the process holds in memory, from Linux's /proc/self, in bytes.</summary>
internal static class ResidentMemory
{
    public static long Now => Read("VmRSS:");

    /// <summary>The most since <see cref="ForgetPeak"/>.</summary>
    public static long Peak => Read("VmHWM:");

    public static void ForgetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");

    private static long Read(string field) =>
        1024 * long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith(field, StringComparison.Ordinal)).Split(
            [' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
