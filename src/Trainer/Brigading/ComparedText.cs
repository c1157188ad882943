namespace ChatLoop.Trainer.Brigading;

/// <summary>A verdict in words: what one person preferred to what.</summary>
public sealed record ComparedText(string FeedbackId, string PersonId, string Chosen, string Rejected);
