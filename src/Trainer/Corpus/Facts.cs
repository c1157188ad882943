using System.Collections.ObjectModel;

namespace ChatLoop.Trainer.Corpus;

/// <summary>Draws the values that fill an intent's templates.</summary>
public interface IFactSource
{
    IReadOnlyDictionary<string, string> Draw(Random random);

    /// <summary>Values for a turn that goes on from the values of the turn before; null when nothing can follow them.</summary>
    IReadOnlyDictionary<string, string>? DrawAfter(IReadOnlyDictionary<string, string> previous, Random random) => Draw(random);
}

/// <summary>A table whose column headers are the values' names.</summary>
public sealed class FactTable(IReadOnlyList<IReadOnlyDictionary<string, string>> rows) : IFactSource
{
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Rows { get; } = rows;

    /// <summary>Of intents whose templates hold everything: one row without values.</summary>
    public static FactTable Nothing { get; } = new([new Dictionary<string, string>()]);

    public IReadOnlyDictionary<string, string> Draw(Random random) => Rows[random.Next(Rows.Count)];

    /// <summary>Tab-separated lines; the first one holds the headers, and lines that start with # are comments.</summary>
    public static FactTable FromTsv(IEnumerable<string> lines)
    {
        var cells = lines.Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split('\t')).ToList();
        return new([.. cells.Skip(1).Select(row => new ReadOnlyDictionary<string, string>(
            cells[0].Zip(row).ToDictionary(c => c.First, c => c.Second, StringComparer.Ordinal)))]);
    }

    /// <summary>One column of space-separated words.</summary>
    public static FactTable FromWords(string column, string words) =>
        new([.. words.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .Select(word => new Dictionary<string, string>(StringComparer.Ordinal) { [column] = word })]);
}
