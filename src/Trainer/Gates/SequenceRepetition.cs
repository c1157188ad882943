namespace ChatLoop.Trainer.Gates;

/// <summary>
/// Share of an answer's n-grams that it has said before, averaged over answers (Welleck et al. 2020, "Neural text generation with
/// unlikelihood training", seq-rep-n): <c>1 - |distinct n-grams| / |n-grams|</c>.
/// </summary>
public static class SequenceRepetition
{
    /// <returns>In [0, 1); an answer shorter than n repeats nothing. NaN without answers.</returns>
    public static double Of<T>(IReadOnlyCollection<IReadOnlyList<T>> answers, int n) where T : notnull =>
        answers.Select(a => a.Count < n ? 0 : 1 - (double)NGram.Of(a, n).Distinct().Count() / (a.Count - n + 1)).DefaultIfEmpty(double.NaN).Average();
}
