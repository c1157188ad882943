namespace ChatLoop.Contracts.Checkpoints;

/// <summary>How far a version has come on a serving silo.</summary>
public enum ServingMilestone
{
    /// <summary>The engine has it: the next token comes from it.</summary>
    Live,
    /// <summary>The first token of an answer came from it.</summary>
    Answered,
}
