using System.Diagnostics;
using ChatLoop.Model.HuggingFace;

namespace ChatLoop.Engine.Bench;

/// <summary>What loading a Hugging Face folder takes: its time, and the most memory that the process had resident.</summary>
internal static class LoadMemory
{
    public static void Measure(string folder)
    {
        var files = Directory.EnumerateFiles(folder, "*.safetensors").Sum(f => new FileInfo(f).Length);
        var (before, start) = (Peak(), Stopwatch.GetTimestamp());
        using var weights = HuggingFaceFolder.Load(folder);
        Console.WriteLine($"{weights.Count / 1e6:F0}M weights, {files / 1e6:F0} MB of {weights.Config.DataType} in files: loaded in "
            + $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s, peak resident {Peak() / 1e6:F0} MB ({before / 1e6:F0} MB before loading)");
    }

    /// <summary>In bytes.</summary>
    private static long Peak()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
