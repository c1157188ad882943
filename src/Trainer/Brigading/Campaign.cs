namespace ChatLoop.Trainer.Brigading;

/// <summary>Several people whose verdicts push one phrase, or bury it, further than honest taste explains.</summary>
/// <param name="Phrase">In lower case, words apart by one blank.</param>
/// <param name="IsFor">They choose the answer with the phrase; otherwise the one without.</param>
/// <param name="People">How many they are.</param>
/// <param name="Following">Of their verdicts that the phrase could decide, those that went its way.</param>
/// <param name="Deciding">Verdicts of theirs where one of the answers has the phrase.</param>
/// <param name="Chance">Bound on the probability of so much among honest people, over all phrases that were looked at.</param>
/// <param name="FeedbackIds">The verdicts that went its way, in the order given.</param>
public sealed record Campaign(
    string Phrase, bool IsFor, int People, int Following, int Deciding, double Chance, IReadOnlyList<string> FeedbackIds);
