using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Preferences;

/// <summary>What tells DPO, IPO and KTO apart: the loss of a judgement.</summary>
internal interface IPreferenceObjective
{
    /// <summary>Called before a minibatch's losses, without gradients.</summary>
    void Prepare(Transformer policy, IReadOnlyList<PreferenceExample> minibatch, CancellationToken cancellationToken);

    /// <summary>Loss of each example of a micro-batch, [N], differentiable; what the curves show is added to the totals.</summary>
    Tensor Losses(Transformer policy, IReadOnlyList<PreferenceExample> microBatch, PreferenceTotals totals);
}

/// <summary>Sums over a minibatch's answers, chosen and rejected; ties are neither.</summary>
internal sealed class PreferenceTotals(double beta)
{
    private readonly List<(double LogPolicy, double LogRatio)> _chosen = [], _rejected = [];
    private int _right;
    private int _decided;

    public double Loss { get; set; }
    /// <summary>KTO's z0; NaN for the others.</summary>
    public double ReferencePoint { get; set; } = double.NaN;

    public void Add(bool chosen, double logPolicy, double logReference) =>
        (chosen ? _chosen : _rejected).Add((logPolicy, logPolicy - logReference));

    /// <param name="right">Whether the policy has moved more towards the chosen answer than towards the rejected one.</param>
    public void AddPair(bool right) => (_right, _decided) = (_right + (right ? 1 : 0), _decided + 1);

    /// <summary>TRL's names: rewards are beta times the log-ratio to the reference, logps whole answers' log-probabilities.</summary>
    public IReadOnlyList<(string Curve, double Value)> Curves
    {
        get
        {
            var (chosen, rejected) = (beta * Mean(_chosen, a => a.LogRatio), beta * Mean(_rejected, a => a.LogRatio));
            return
            [
                ("loss", Loss),
                ("rewards/margins", chosen - rejected),
                ("rewards/accuracies", _decided == 0 ? double.NaN : (double)_right / _decided),
                ("rewards/chosen", chosen),
                ("rewards/rejected", rejected),
                ("logps/chosen", Mean(_chosen, a => a.LogPolicy)),
                ("logps/rejected", Mean(_rejected, a => a.LogPolicy)),
                ("kl", ReferencePoint),
            ];
        }
    }

    private static double Mean(List<(double LogPolicy, double LogRatio)> answers, Func<(double LogPolicy, double LogRatio), double> number) =>
        answers.Count == 0 ? double.NaN : answers.Average(number);
}
