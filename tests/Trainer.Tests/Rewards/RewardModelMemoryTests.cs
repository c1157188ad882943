using ChatLoop.Model.Tests;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.Tests.Rewards;

[Collection(LiveTensors.Name)]
public sealed class RewardModelMemoryTests
{
    [Fact]
    public void An_epoch_over_all_kinds_leaves_no_tensor_behind()
    {
        Judgement[] judgements =
        [
            .. Enumerable.Range(0, 32).Select(i => RatedLetters.Comparison(i % 2 == 0 ? JudgementKind.Pair : JudgementKind.Ranking, i)),
            .. Enumerable.Range(32, 16).Select(i => RatedLetters.Comparison(JudgementKind.Correction, i)),
            .. Enumerable.Range(48, 16).Select(RatedLetters.Tie),
            .. Enumerable.Range(64, 32).Select(i => RatedLetters.Pointwise(i % 2 == 0 ? JudgementKind.Thumb : JudgementKind.Rating, i / 2)),
        ];
        using var policy = LetterPolicy.Weights(3);
        using var workers = new TrainingWorkers(1, 1);
        var counts = new List<long>();

        var (model, _) = new RewardModelTrainer(new() { Folds = 1000 }, LetterPolicy.Rollouts, workers).Train(
            policy, judgements, [], seed: 1, (_, _, _) => counts.Add(LiveTensors.Count()), TestContext.Current.CancellationToken);

        model.Dispose();
        // The first epoch makes the gradients; the last report comes after the fit was disposed.
        Assert.Single(counts.Skip(1).SkipLast(1).Distinct());
    }
}
