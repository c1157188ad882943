using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.Pretraining;

/// <summary>
/// Dialogues as right-padded rows, [B, T], with the places where a next token is predicted. Answers weigh 1, everything else
/// a given weight; places without weight are left out of the output projection.
/// </summary>
public sealed class DialogueBatch
{
    private readonly long[] _inputs;
    private readonly List<long> _places = [];
    private readonly List<long> _targets = [];
    private readonly List<float> _weights = [];

    public DialogueBatch(IReadOnlyList<TemplatedDialogue> dialogues, int pad, double userWeight)
    {
        (Rows, Length) = (dialogues.Count, dialogues.Max(d => d.Tokens.Count) - 1);
        Tokens = dialogues.Sum(d => d.Tokens.Count);
        _inputs = new long[Rows * Length];
        Array.Fill(_inputs, pad);
        for (var row = 0; row < Rows; row++)
        {
            var (tokens, isAnswer) = (dialogues[row].Tokens, dialogues[row].IsAnswer);
            for (var t = 0; t + 1 < tokens.Count; t++)
            {
                _inputs[row * Length + t] = tokens[t];
                var weight = isAnswer[t + 1] ? 1 : userWeight;
                if (weight <= 0) continue;
                _places.Add(row * Length + t);
                _targets.Add(tokens[t + 1]);
                _weights.Add((float)weight);
            }
        }
        Weight = _weights.Sum(w => (double)w);
    }

    public int Rows { get; }
    /// <summary>T: the longest dialogue less its last token, which predicts nothing.</summary>
    public int Length { get; }
    /// <summary>Tokens without padding.</summary>
    public long Tokens { get; }
    /// <summary>The weights of all predicted tokens together.</summary>
    public double Weight { get; }

    /// <summary>Batches of similar length: as many rows as fit <paramref name="batchTokens"/> when all are as long as the longest.</summary>
    public static List<IReadOnlyList<TemplatedDialogue>> Cut(IEnumerable<TemplatedDialogue> dialogues, int batchTokens)
    {
        List<IReadOnlyList<TemplatedDialogue>> batches = [];
        List<TemplatedDialogue> batch = [];
        foreach (var dialogue in dialogues.OrderBy(d => d.Tokens.Count))
        {
            if (batch.Count > 0 && (batch.Count + 1) * dialogue.Tokens.Count > batchTokens)
            {
                batches.Add(batch);
                batch = [];
            }
            batch.Add(dialogue);
        }
        if (batch.Count > 0) batches.Add(batch);
        return batches;
    }

    /// <summary>Weighted mean cross-entropy per predicted token in nats, a scalar. Differentiable.</summary>
    public Tensor Loss(Transformer transformer) => Loss(transformer, Weight);

    /// <summary>The weighted sum of cross-entropies over <paramref name="totalWeight"/>: this batch's part of the mean over several. Differentiable.</summary>
    public Tensor Loss(Transformer transformer, double totalWeight)
    {
        using var scope = NewDisposeScope();
        var hidden = transformer.Hidden(tensor(_inputs).view(Rows, Length));
        var wanted = hidden.view(-1, hidden.shape[^1]).index_select(0, tensor(_places.ToArray()));
        var each = nn.functional.cross_entropy(transformer.Logits(wanted), tensor(_targets.ToArray()), reduction: nn.Reduction.None);
        var weights = tensor(_weights.Select(w => (float)(w / totalWeight)).ToArray());
        return each.dot(weights).MoveToOuterDisposeScope();
    }
}
