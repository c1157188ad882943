using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Rollouts;

/// <summary>Interim decode loop.</summary>
public static class RolloutSampler
{
    public static IReadOnlyList<Rollout> Sample(Transformer policy, IReadOnlyList<IReadOnlyList<int>> prompts, int endOfTurn, int maxAnswerTokens, IReadOnlyList<long> seeds, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        var result = new Rollout[prompts.Count];
        var capacity = Math.Min(policy.Config.MaxPositions, prompts.Max(p => p.Count) + maxAnswerTokens);
        using var cache = new KeyValueCache(policy.Config, prompts.Count, capacity);
        var slots = new List<int>();
        var answers = prompts.Select(_ => new List<int>()).ToArray();
        var logs = prompts.Select(_ => new List<float>()).ToArray();
        var random = seeds.Select(s => new Random((int)s)).ToArray();
        for (var i = 0; i < prompts.Count; i++)
        {
            using var scope = NewDisposeScope();
            var slot = cache.Add();
            slots.Add(i);
            var h = policy.Hidden(tensor(prompts[i].Select(t => (long)t).ToArray()).view(1, -1), cache, slot);
            Draw(policy.Logits(h[0, -1].unsqueeze(0)), [i]);
        }
        while (true)
        {
            for (var s = slots.Count - 1; s >= 0; s--)
            {
                var i = slots[s];
                if (answers[i][^1] == endOfTurn || answers[i].Count >= maxAnswerTokens || prompts[i].Count + answers[i].Count >= capacity)
                {
                    cache.Remove(s);
                    slots[s] = slots[^1];
                    slots.RemoveAt(slots.Count - 1);
                    result[i] = new(new(prompts[i], answers[i]), logs[i]);
                }
            }
            if (slots.Count == 0) break;
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var h = policy.Hidden(tensor(slots.Select(i => (long)answers[i][^1]).ToArray()).view(-1, 1), cache);
            Draw(policy.Logits(h.squeeze(1)), slots);
        }
        return result;

        void Draw(Tensor logits, IReadOnlyList<int> rows)
        {
            var lp = logits.log_softmax(-1);
            var v = (int)lp.shape[1];
            var all = lp.data<float>().ToArray();
            for (var r = 0; r < rows.Count; r++)
            {
                var u = random[rows[r]].NextDouble();
                var c = 0.0;
                var pick = v - 1;
                for (var k = 0; k < v; k++)
                {
                    c += Math.Exp(all[r * v + k]);
                    if (c > u) { pick = k; break; }
                }
                answers[rows[r]].Add(pick);
                logs[rows[r]].Add(all[r * v + pick]);
            }
        }
    }
}
