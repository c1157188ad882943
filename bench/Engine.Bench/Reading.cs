using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ChatLoop.Model.Kernels;

namespace ChatLoop.Engine.Bench;

/// <summary>Sums an array that no cache holds: how fast a team reads memory when it does nothing else.</summary>
internal sealed class Reading : ITeamJob
{
    private const int Parts = 64;
    private const int Numbers = 1 << 27;
    private readonly float[] _numbers = Enumerable.Repeat(1f, Numbers).ToArray();
    private readonly float[] _sums = new float[Parts];

    public const long Bytes = (long)Numbers * sizeof(float);

    public void Run(ThreadTeam team)
    {
        team.Run(this, Parts);
        if (_sums.Sum() is not (float)Numbers) throw new InvalidOperationException("Numbers were left out.");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Execute(int part, int worker)
    {
        var registers = MemoryMarshal.Cast<float, Vector<float>>(_numbers.AsSpan(Numbers / Parts * part, Numbers / Parts));
        Vector<float> a = default, b = default, c = default, d = default;
        for (var i = 0; i + 4 <= registers.Length; i += 4)
        {
            a += registers[i];
            b += registers[i + 1];
            c += registers[i + 2];
            d += registers[i + 3];
        }
        _sums[part] = Vector.Sum(a + b + (c + d));
    }
}
