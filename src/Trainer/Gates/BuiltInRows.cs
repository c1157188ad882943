using System.Reflection;

namespace ChatLoop.Trainer.Gates;

/// <summary>The gate's built-in tables: lines of cells with tabs between, without a header.</summary>
internal static class BuiltInRows
{
    public static IEnumerable<string[]> Of(string file)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Gates.{file}")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line) yield return line.Split('\t');
    }
}
