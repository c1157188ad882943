namespace ChatLoop.Model.Constraints;

/// <summary>One answer's way through a constraint. Not thread-safe.</summary>
public sealed class ConstrainedAnswer(TokenConstraint constraint)
{
    private ConstraintState _state = constraint.Start;

    /// <summary>Rules out every token that cannot come next: minus infinity. The end is among the others where the answer may end.</summary>
    /// <param name="logits">Of the whole vocabulary, and of whatever pads it.</param>
    public void Apply(Span<float> logits)
    {
        var allowed = constraint.AllowedAt(_state);
        for (var id = 0; id < logits.Length; id++)
        {
            if (id / 64 >= allowed.Length || (allowed[id / 64] & (1UL << (id % 64))) == 0) logits[id] = float.NegativeInfinity;
        }
    }

    /// <summary>The answer's next token, one that was allowed.</summary>
    public void Append(int token)
    {
        if (!constraint.IsEnd(token)) _state = constraint.After(_state, token);
    }
}
