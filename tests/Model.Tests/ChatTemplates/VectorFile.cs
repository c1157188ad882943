using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace ChatLoop.Model.Tests.ChatTemplates;

/// <summary>Files in the folder Vectors beside this one.</summary>
internal static class VectorFile
{
    public static JsonNode Read(string name) => JsonNode.Parse(File.ReadAllText(PathOf(name)))!;

    public static string PathOf(string name) => Path.Combine(Folder(), "Vectors", name);

    private static string Folder([CallerFilePath] string source = "") => Path.GetDirectoryName(source)!;
}
