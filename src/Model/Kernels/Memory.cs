using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ChatLoop.Model.Kernels;

/// <summary>Asks for memory before it is needed. Only a hint: any address is allowed, and where there is no such instruction nothing is done.</summary>
internal static unsafe class Memory
{
    public const int LineBytes = 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expect(byte* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }

    /// <summary>Up to four lines.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expect(byte* from, nint bytes)
    {
        Expect(from);
        if (bytes > LineBytes) Expect(from + LineBytes);
        if (bytes <= 2 * LineBytes) return;
        Expect(from + 2 * LineBytes);
        Expect(from + 3 * LineBytes);
    }
}
