using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ChatLoop.Model.Tensors;

/// <summary>
/// libtorch's threads within one operation wait for each other at its end. By default they spin for a while, which costs nothing on an
/// idle machine; but a spinning thread takes the core from the one that it waits for as soon as something else runs as well, and training
/// always runs beside serving: a step of 100M parameters took twice as long (docs/measurements.md). So they sleep. OpenMP reads the
/// setting once, when libtorch is loaded; a value from outside wins. With one thread per operation nothing changes.
/// </summary>
internal static class SleepingBarriers
{
#pragma warning disable CA2255 // It must be in the environment before the first tensor, whoever makes that.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Choose()
    {
        // .NET keeps an environment of its own; native code reads the process's.
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS()) _ = setenv("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
    }

    [DllImport("libc", EntryPoint = "setenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setenv([MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}
