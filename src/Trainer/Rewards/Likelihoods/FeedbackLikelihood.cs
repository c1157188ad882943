using ChatLoop.Model.Tensors;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace ChatLoop.Trainer.Rewards.Likelihoods;

/// <summary>
/// Negative log-likelihood of judgements of all kinds (docs/feedback-likelihoods.md), and what it learns beside the scores: the tie
/// parameter, the cut points of the stars and how generous each rater is with them. They start where they explain the judgements
/// if all answers were equal. Owns its parameters. Shapes: A answers, N judgements, K heads.
/// </summary>
public sealed class FeedbackLikelihood : IDisposable
{
    /// <summary>Fewer ratings tell a rater's generosity from the answers' worth not at all.</summary>
    private const int LeastRatings = 3;

    private readonly double _candour;
    private readonly Parameter _logTie;
    private readonly Parameter _firstCut;
    private readonly Parameter _logGaps;
    private readonly Parameter _generosity;
    private readonly Dictionary<string, int> _raters;

    public FeedbackLikelihood(IReadOnlyList<Judgement> training)
    {
        var outcomes = training.Where(j => j.Kind == JudgementKind.Pair).CountBy(j => j.Outcome).ToDictionary();
        var (ties, bothBad) = (outcomes.GetValueOrDefault(PairOutcome.Tie), outcomes.GetValueOrDefault(PairOutcome.BothBad));
        var decided = outcomes.GetValueOrDefault(PairOutcome.First) + outcomes.GetValueOrDefault(PairOutcome.Second);
        Judgement[] ratings = [.. training.Where(j => j.Kind == JudgementKind.Rating)];
        var cuts = CumulativeLogit.CutPointsOf([.. Enumerable.Range(1, CumulativeLogit.Stars).Select(s => ratings.Count(r => r.Level == s))]);
        // 0 is everybody who gave few ratings.
        _raters = ratings.CountBy(r => r.RaterId).Where(r => r.Value >= LeastRatings).Index().ToDictionary(r => r.Item.Key, r => r.Index + 1);
        _candour = Davidson.CandourOf(ties, bothBad);
        _logTie = Own([Math.Log(Davidson.TieOf(decided, ties + bothBad))]);
        _firstCut = Own([cuts[0]]);
        _logGaps = Own([.. cuts.Zip(cuts.Skip(1), (low, high) => Math.Log(high - low))]);
        _generosity = Own(new double[_raters.Count]);
    }

    public IEnumerable<Parameter> Parameters => [_logTie, _firstCut, _logGaps, _generosity];

    /// <summary>As they are now.</summary>
    public LikelihoodParameters Values
    {
        get
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            return new(_logTie.item<float>(), _candour, [.. CumulativeLogit.CutPoints(_firstCut, _logGaps).data<float>().Select(c => (double)c)]);
        }
    }

    /// <summary>Loss of each judgement by each head, [N, K].</summary>
    /// <param name="scores">By each head, of all judgements' answers in their order, [A, K].</param>
    public Tensor Losses(IReadOnlyList<Judgement> judgements, Tensor scores)
    {
        var starts = Starts(judgements);
        var parts = judgements.Index().GroupBy(j => LikelihoodOf(j.Item.Kind)).Select(group =>
        {
            int[] members = [.. group.Select(j => j.Index)];
            return (Members: members, Losses: group.Key([.. members.Select(i => judgements[i])], [.. members.Select(i => starts[i])], scores));
        }).ToList();
        var order = parts.SelectMany(p => p.Members).ToArray();
        return cat([.. parts.Select(p => p.Losses)]).index_select(0, Longs([.. Enumerable.Range(0, order.Length).Select(i => Array.IndexOf(order, i))]));
    }

    /// <summary>
    /// (2 * mean score)^2 of each comparison's answers, 0 for a pointwise judgement, [N, K]: (r1 + r2)^2 for a pair.
    /// </summary>
    public static Tensor Centring(IReadOnlyList<Judgement> judgements, Tensor scores)
    {
        var starts = Starts(judgements);
        return stack([.. judgements.Select((j, i) => j.IsComparison
            ? scores.narrow(0, starts[i], j.Answers.Count).mean([0]).Times(2).Squared()
            : zeros_like(scores.select(0, 0)))]);
    }

    /// <summary>Half the squared generosity of all raters: a normal prior of deviation 1.</summary>
    public Tensor Prior() => _generosity.Squared().sum().Over(2);

    public void RequireGradients(bool required)
    {
        foreach (var parameter in Parameters) parameter.requires_grad = required;
    }

    public void Dispose()
    {
        foreach (var parameter in Parameters) parameter.Dispose();
    }

    private delegate Tensor Likelihood(Judgement[] judgements, int[] starts, Tensor scores);

    private Likelihood LikelihoodOf(JudgementKind kind) => kind switch
    {
        JudgementKind.Pair => Pairs,
        JudgementKind.Ranking => Rankings,
        JudgementKind.Thumb or JudgementKind.Comment => Thumbs,
        JudgementKind.Rating => Ratings,
        _ => Choices,
    };

    private Tensor Pairs(Judgement[] pairs, int[] starts, Tensor scores)
    {
        var chosen = stack([.. Enum.GetValues<PairOutcome>().Select(o => Floats(pairs, p => p.Outcome == o ? 1 : 0))]);
        return Davidson.Loss(At(scores, starts), At(scores, starts, second: 1), chosen, _logTie, _candour);
    }

    private Tensor Rankings(Judgement[] rankings, int[] starts, Tensor scores) =>
        stack([.. rankings.Select((r, i) => DavidsonLuce.Loss(scores.narrow(0, starts[i], r.Answers.Count), r.Ranks, _logTie))]);

    private Tensor Thumbs(Judgement[] thumbs, int[] starts, Tensor scores) =>
        ThumbLikelihood.Loss(At(scores, starts), Floats(thumbs, t => t.Praise));

    private Tensor Ratings(Judgement[] ratings, int[] starts, Tensor scores)
    {
        var raters = Longs([.. ratings.Select(r => _raters.GetValueOrDefault(r.RaterId))]);
        var generosity = cat([zeros(1), _generosity]).index_select(0, raters).unsqueeze(-1);
        var stars = Longs([.. ratings.Select(r => r.Level)]).unsqueeze(-1);
        return CumulativeLogit.Loss(At(scores, starts).Plus(generosity), stars, CumulativeLogit.CutPoints(_firstCut, _logGaps));
    }

    private static Tensor Choices(Judgement[] choices, int[] starts, Tensor scores) =>
        BradleyTerry.Loss(At(scores, starts), At(scores, starts, second: 1), Floats(choices, _ => 1));

    private static int[] Starts(IReadOnlyList<Judgement> judgements)
    {
        var next = 0;
        return [.. judgements.Select(j => (next += j.Answers.Count) - j.Answers.Count)];
    }

    /// <summary>Scores of the judgements' first answers, or of those that many later, [N, K].</summary>
    private static Tensor At(Tensor scores, int[] starts, int second = 0) => scores.index_select(0, Longs([.. starts.Select(s => s + second)]));

    /// <summary>[N, 1].</summary>
    private static Tensor Floats(Judgement[] judgements, Func<Judgement, double> number) =>
        tensor(judgements.Select(j => (float)number(j)).ToArray()).unsqueeze(-1);

    private static Tensor Longs(int[] numbers) => tensor(numbers.Select(n => (long)n).ToArray());

    private static Parameter Own(double[] numbers)
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(tensor(numbers, dtype: ScalarType.Float32), requires_grad: false);
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
