using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ChatLoop.Grains.Learning;

/// <summary>Where a text lies in [0, 1), the same on every machine: how a share of many is chosen without keeping which.</summary>
internal static class UnitPosition
{
    public static double Of(string text) =>
        BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text))) / (uint.MaxValue + 1.0);
}
