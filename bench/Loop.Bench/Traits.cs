namespace ChatLoop.Loop.Bench;
internal static class Traits
{
    public static Func<string, bool> Of(string name) => name switch
    {
        "question" => t => t.TrimEnd().EndsWith('?'), "bang" => t => t.TrimEnd().EndsWith('!'), "short" => t => t.Length < 30, "long" => t => t.Length > 50,
        "the" => t => t.StartsWith("The"), "i" => t => t.Contains("I "), "noq" => t => !t.Contains('?'), "anybang" => t => t.Contains('!'), _ => throw new ArgumentException(name),
    };
}
