using System.Diagnostics;

namespace ChatLoop.Model.Tests.Families;

/// <summary>tests/reference/transformers_reference.py with Debian's Python, the only one that has torch (package python3-torch).</summary>
internal static class ReferencePython
{
    private const string Python = "/usr/bin/python3";

    /// <summary>What the script prints; the test is skipped where torch is not installed.</summary>
    public static async Task<string> Run(params string[] arguments)
    {
        if (!File.Exists(Python) || await Start("-c", "import torch") is not (0, _, _)) Assert.Skip("python3-torch is not installed.");
        var (code, output, errors) = await Start([Path.Combine(AppContext.BaseDirectory, "Families", "transformers_reference.py"), .. arguments]);
        Assert.True(code == 0, output + errors);
        return output;
    }

    private static async Task<(int Code, string Output, string Errors)> Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }
}
