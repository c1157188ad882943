using System.Reflection;
using ChatLoop.Contracts.Errors;
using Microsoft.Extensions.Configuration;

namespace ChatLoop.Silo.Hosting;

/// <summary>
/// The names that a section of the configuration may hold. A misspelt one would be taken for none, and the default would count in silence;
/// so it ends the start.
/// </summary>
/// <param name="Names">What stands behind each name: null for a value or a list.</param>
public sealed record KnownSettings(IReadOnlyDictionary<string, KnownSettings?> Names)
{
    /// <summary>Edits between a name and the one that was meant.</summary>
    private const int MostEdits = 2;

    /// <summary>What these options are read into, and names that are read one by one.</summary>
    public static KnownSettings Of(Type[] options, params string[] others)
    {
        Dictionary<string, KnownSettings?> names = new(StringComparer.OrdinalIgnoreCase);
        foreach (var property in options.SelectMany(o => o.GetProperties(BindingFlags.Public | BindingFlags.Instance)).Where(p => p.SetMethod is not null))
            names[property.Name] = IsSection(property.PropertyType) ? Of([property.PropertyType]) : null;
        foreach (var other in others) names[other] = null;
        return new(names);
    }

    public KnownSettings With(string name, KnownSettings section) =>
        new(new Dictionary<string, KnownSettings?>(Names, StringComparer.OrdinalIgnoreCase) { [name] = section });

    /// <summary>Checks these sections; others are not ours, unless they look like one of them.</summary>
    /// <exception cref="ChatLoopException">Invalid: names a setting that there is not, and the nearest one that there is.</exception>
    public void Check(IConfiguration configuration)
    {
        foreach (var section in configuration.GetChildren().Where(s => s.GetChildren().Any()))
        {
            if (Names.TryGetValue(section.Key, out var known)) known!.CheckSection(section);
            else if (Nearest(section.Key, Names.Keys, section.Key.Length > 5 ? MostEdits : 1) is { } meant)
                throw ChatLoopException.Invalid($"{section.Key} is no section of the settings: did you mean {meant}?");
        }
    }

    private void CheckSection(IConfigurationSection section)
    {
        foreach (var setting in section.GetChildren())
        {
            if (!Names.TryGetValue(setting.Key, out var known))
            {
                var meant = Nearest(setting.Key, Names.Keys, int.MaxValue);
                throw ChatLoopException.Invalid($"{setting.Path} is no setting: did you mean {section.Path}:{meant}? src/ChatApi/appsettings.json has all of them.");
            }
            known?.CheckSection(setting);
        }
    }

    private static bool IsSection(Type type) => type is { IsClass: true, IsAbstract: false } && type.Namespace!.StartsWith("ChatLoop.", StringComparison.Ordinal);

    private static string? Nearest(string name, IEnumerable<string> names, int mostEdits) => names
        .Select(known => (Known: known, Edits: Edits(name.ToUpperInvariant(), known.ToUpperInvariant())))
        .Where(n => n.Edits <= mostEdits).OrderBy(n => n.Edits).Select(n => n.Known).FirstOrDefault();

    /// <summary>Levenshtein's distance.</summary>
    private static int Edits(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (row[j], diagonal) = (Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)), row[j]);
        }
        return row[^1];
    }
}
