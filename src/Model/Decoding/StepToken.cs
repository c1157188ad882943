namespace ChatLoop.Model.Decoding;

/// <summary>A token that a step runs, after those that its sequence has already.</summary>
/// <param name="Slot">Of the sequence.</param>
/// <param name="GivesLogits">Whether the logits of the token after it are wanted: not within a prompt.</param>
public readonly record struct StepToken(int Slot, int Id, bool GivesLogits = true);
