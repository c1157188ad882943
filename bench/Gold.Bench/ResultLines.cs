using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatLoop.Gold.Bench;

/// <summary>A results' file: a line of JSON for each result, written as soon as it is known, so that a study can go on another day.</summary>
internal sealed class ResultLines<T>
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly string _path;
    private readonly List<T> _known = [];

    public ResultLines(string path)
    {
        _path = path;
        if (File.Exists(path)) _known.AddRange(File.ReadLines(path).Select(line => JsonSerializer.Deserialize<T>(line, Json)!));
    }

    public IReadOnlyList<T> Known => _known;

    public void Add(params IReadOnlyList<T> results)
    {
        _known.AddRange(results);
        File.AppendAllLines(_path, results.Select(r => JsonSerializer.Serialize(r, Json)));
    }
}
