using ChatLoop.Contracts.Learning;

namespace ChatLoop.Trainer.Rewards.Comments;

/// <summary>What became of the comments in a run.</summary>
public sealed record CommentReading
{
    /// <summary>Comments beside a thumb or a rating of the same answer: what reading is learned from.</summary>
    public int WordedVerdicts { get; init; }
    /// <summary>Comments without one: what they say has to be read.</summary>
    public int Alone { get; init; }
    /// <summary>Share of <see cref="Verdicts"/> that the words were rightly told to be praise or complaint for; NaN where nothing was read.</summary>
    public double Accuracy { get; init; } = double.NaN;
    /// <summary>The share that is right by always saying the commoner of the two; NaN where nothing was read.</summary>
    public double Chance { get; init; } = double.NaN;
    /// <summary>Cross-validated verdicts that the accuracy is over.</summary>
    public int Verdicts { get; init; }
    /// <summary>What a comment weighs beside a thumb, 0 to 1 (<see cref="ReaderSkill.Weight"/>).</summary>
    public double Weight { get; init; }

    /// <summary>Comments that teach the reward model.</summary>
    public int Read => Weight > 0 ? Alone : 0;

    /// <summary>Curve points; what is not a number is left out.</summary>
    public IReadOnlyList<MetricPoint> Points(int step) => Alone == 0 ? [] :
    [
        .. new (string Name, double Value)[]
        {
            ("reward_model/comments_read", Read), ("reward_model/comment_verdicts", WordedVerdicts),
            ("reward_model/comment_accuracy", Accuracy), ("reward_model/comment_weight", Weight),
        }.Where(p => double.IsFinite(p.Value)).Select(p => new MetricPoint(p.Name, step, p.Value)),
    ];

    /// <summary>One line for people.</summary>
    public string InWords => this switch
    {
        { Alone: 0 } => "no comments to read",
        { Verdicts: 0 } => $"{Alone} comments not read: too few of {WordedVerdicts} thumbs and ratings with words",
        { Weight: 0 } => $"{Alone} comments teach nothing: the reader was right about {Accuracy:P0} of {Verdicts}, guessing would be about {Chance:P0}",
        _ => $"{Alone} comments read: right about {Accuracy:P0} of {Verdicts}, each weighs {Weight:P0} of a thumb",
    };
}
