using ChatLoop.Model.Tensors;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Ppo;

/// <summary>
/// Fits the critic's head to returns by ridge regression on the states of its trunk. A reward model was trained at the last token of
/// whole answers; what its head says in the middle of one is off by several deviations, and advantages against it are noise until the
/// critic has unlearned it. The penalty is the one that predicts the returns of unseen answers best.
/// </summary>
public static class CriticCalibration
{
    private const int Folds = 4;

    /// <summary>Of the mean square of a state's features, so that it does not depend on their unit.</summary>
    private static readonly double[] Penalties = [1e-3, 1e-2, 1e-1, 1, 10, 100];

    /// <param name="states">One row per token, [N, D].</param>
    /// <param name="returns">Of each token, N.</param>
    /// <param name="answerOf">The answer that each token belongs to, N: an answer is never both fitted and tested on.</param>
    /// <returns>Weight, [1, D], and bias, [1]; the caller owns both.</returns>
    public static (Tensor Weight, Tensor Bias) Fit(Tensor states, double[] returns, int[] answerOf)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var mean = returns.Average();
        var features = states.to(ScalarType.Float64);
        var centre = features.mean([0], keepdim: true);
        var centred = features - centre;
        var targets = tensor(returns.Select(r => r - mean).ToArray()).unsqueeze(1);
        var unit = (centred * centred).sum().item<double>() / centred.shape[1];
        var penalty = Penalties.MinBy(p => Error(centred, targets, answerOf, p * unit));
        var weight = Ridge(centred, targets, penalty * unit).transpose(0, 1);
        var bias = tensor(new[] { mean }) - centre.mv(weight.squeeze(0));
        return (weight.to(ScalarType.Float32).contiguous().MoveToOuterDisposeScope(), bias.to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    /// <summary>w = (X'X + penalty I)^-1 X'y, [D, 1].</summary>
    private static Tensor Ridge(Tensor features, Tensor targets, double penalty)
    {
        var gram = features.transpose(0, 1).mm(features);
        return linalg.solve(gram.Plus(eye(gram.shape[0], dtype: ScalarType.Float64).Times(penalty)), features.transpose(0, 1).mm(targets));
    }

    /// <summary>Sum of squares over answers that were not fitted.</summary>
    private static double Error(Tensor features, Tensor targets, int[] answerOf, double penalty)
    {
        using var scope = NewDisposeScope();
        return Enumerable.Range(0, Folds).Sum(fold =>
        {
            var (fitted, unseen) = (Rows(answerOf, a => a % Folds != fold), Rows(answerOf, a => a % Folds == fold));
            if (unseen.shape[0] == 0 || fitted.shape[0] == 0) return 0;
            var weight = Ridge(features.index_select(0, fitted), targets.index_select(0, fitted), penalty);
            var error = features.index_select(0, unseen).mm(weight) - targets.index_select(0, unseen);
            return (error * error).sum().item<double>();
        });
    }

    private static Tensor Rows(int[] answerOf, Func<int, bool> wanted) =>
        tensor(answerOf.Index().Where(a => wanted(a.Item)).Select(a => (long)a.Index).ToArray());
}
