using System.Runtime.InteropServices;

namespace ChatLoop.Model.Tensors;

/// <summary>
/// While one is open, glibc takes every block of 128 KiB or more from the system by itself, and gives it back as soon as it is freed. That
/// is how it begins; but the first large block that is freed raises the bound, up to 32 MiB, and from then on the matrices of one version
/// come from heaps in which those of the next do not fit: a process that swapped weights of 227 MB held 1.8 GB (docs/measurements.md).
/// So weights are read within one of these. Not for good, because training frees and takes large blocks all the time: a step
/// took three times as long. The bound is the process's: other threads pay that price while weights are read. The first one also
/// bounds glibc's arenas: each thread that loads a version leaves small blocks of it in another one, up to eight for each core, and
/// 400 swaps grew the process by 56 MiB. Elsewhere than on Linux it does nothing.
/// </summary>
internal sealed class MappedAllocations : IDisposable
{
    // glibc's malloc.h.
    private const int TrimThreshold = -1;
    private const int MappingThreshold = -3;
    private const int MostArenas = -8;

    private const int Mapped = 128 << 10;
    /// <summary>Where glibc's own bounds end up: a bound that is set once no longer moves.</summary>
    private const int Usual = 32 << 20;

    private static readonly Lock Gate = new();
    private static int _open;
    private static bool _hasArenaBound;

    private MappedAllocations()
    {
    }

    public static MappedAllocations Begin()
    {
        lock (Gate)
        {
            if (!_hasArenaBound) BoundArenas();
            if (_open++ == 0) Choose(Mapped);
        }
        return new();
    }

    public void Dispose()
    {
        lock (Gate)
        {
            if (--_open == 0) Choose(Usual);
        }
    }

    private static void BoundArenas()
    {
        _hasArenaBound = true;
        if (OperatingSystem.IsLinux()) _ = mallopt(MostArenas, Math.Max(2, Environment.ProcessorCount));
    }

    private static void Choose(int bound)
    {
        if (!OperatingSystem.IsLinux()) return;
        _ = mallopt(MappingThreshold, bound);
        _ = mallopt(TrimThreshold, 2 * Usual);
    }

    [DllImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mallopt(int parameter, int value);
}
