using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies an ELF64 little-endian library and marks one needed symbol version weak (VER_FLG_WEAK in its vernaux entry), so that
/// the loader accepts a libstdc++ that lacks it. Does nothing where the system's libstdc++ already has the version.
/// Layout: LSB "Symbol Versioning", Elfxx_Verneed and Elfxx_Vernaux.
/// </summary>
public sealed class WeakenVersionTag : Task
{
    private const int SectionTypeVerneed = 0x6ffffffe;
    private const ushort FlagWeak = 2;

    [Required] public string Source { get; set; } = "";
    [Required] public string Destination { get; set; } = "";
    [Required] public string Tag { get; set; } = "";
    /// <summary>Overrides the system's libstdc++ (tests).</summary>
    public string SystemLibrary { get; set; } = "";
    [Output] public bool Patched { get; set; }

    public override bool Execute()
    {
        var candidates = SystemLibrary.Length > 0
            ? new[] { SystemLibrary }
            : new[] { "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "/usr/lib64/libstdc++.so.6", "/usr/lib/libstdc++.so.6" };
        var system = candidates.FirstOrDefault(File.Exists);
        if (system == null || Contains(File.ReadAllBytes(system), Tag)) return true;

        Patched = true;
        if (File.Exists(Destination) && File.GetLastWriteTimeUtc(Destination) >= File.GetLastWriteTimeUtc(Source)) return true;

        var image = File.ReadAllBytes(Source);
        if (!Weaken(image, Tag))
        {
            Log.LogWarning("{0} does not need {1}; TorchSharp may have been rebuilt: remove build/TorchSharpNative.targets.", Source, Tag);
            Patched = false;
            return true;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Destination)!);
        Publish(image);
        Log.LogMessage(MessageImportance.High, "Marked {0} weak in {1}: the system's libstdc++ is older.", Tag, Destination);
        return true;
    }

    /// <summary>Projects build side by side: the first writer wins, and nobody sees half a file.</summary>
    private void Publish(byte[] image)
    {
        var temporary = Destination + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(temporary, image);
        try
        {
            File.Delete(Destination);
            File.Move(temporary, Destination);
        }
        catch (IOException) when (File.Exists(Destination))
        {
            File.Delete(temporary);
        }
    }

    private static bool Weaken(byte[] image, string tag)
    {
        long sections = BitConverter.ToInt64(image, 0x28);
        int size = BitConverter.ToUInt16(image, 0x3A), count = BitConverter.ToUInt16(image, 0x3C);
        for (var i = 0; i < count; i++)
        {
            var header = sections + (long)i * size;
            if (BitConverter.ToUInt32(image, (int)header + 4) != SectionTypeVerneed) continue;
            var strings = sections + BitConverter.ToUInt32(image, (int)header + 0x28) * (long)size;
            return WeakenIn(image, BitConverter.ToInt64(image, (int)header + 0x18), BitConverter.ToInt64(image, (int)strings + 0x18), tag);
        }
        return false;
    }

    private static bool WeakenIn(byte[] image, long verneed, long strings, string tag)
    {
        var found = false;
        while (true)
        {
            var aux = verneed + BitConverter.ToUInt32(image, (int)verneed + 8);
            for (int n = BitConverter.ToUInt16(image, (int)verneed + 2); n > 0; n--)
            {
                var name = strings + BitConverter.ToUInt32(image, (int)aux + 8);
                if (NameAt(image, name) == tag)
                {
                    var flags = (ushort)(BitConverter.ToUInt16(image, (int)aux + 4) | FlagWeak);
                    BitConverter.GetBytes(flags).CopyTo(image, aux + 4);
                    found = true;
                }
                aux += BitConverter.ToUInt32(image, (int)aux + 12);
            }
            var next = BitConverter.ToUInt32(image, (int)verneed + 12);
            if (next == 0) return found;
            verneed += next;
        }
    }

    private static string NameAt(byte[] image, long offset)
    {
        var end = Array.IndexOf(image, (byte)0, (int)offset);
        return Encoding.ASCII.GetString(image, (int)offset, end - (int)offset);
    }

    private static bool Contains(byte[] image, string tag) => Encoding.GetEncoding(28591).GetString(image).IndexOf(tag, StringComparison.Ordinal) >= 0;
}
