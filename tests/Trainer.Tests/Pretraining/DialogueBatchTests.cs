using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Transformers;
using ChatLoop.Trainer.Pretraining;

namespace ChatLoop.Trainer.Tests.Pretraining;

public sealed class DialogueBatchTests
{
    private static readonly TransformerConfig Config = new()
    {
        VocabularySize = 12,
        HiddenSize = 8,
        IntermediateSize = 8,
        Layers = 1,
        Heads = 2,
        KeyValueHeads = 1,
        MaxPositions = 16,
    };

    private static readonly TemplatedDialogue Short = new([2, 7, 1, 3, 8, 1], [false, false, false, false, true, true]);
    private static readonly TemplatedDialogue Long = new([2, 5, 6, 1, 3, 9, 10, 11, 1], [false, false, false, false, false, true, true, true, true]);

    [Fact]
    public void The_loss_is_the_mean_over_all_answer_tokens_whatever_the_padding()
    {
        using var transformer = new Transformer(TransformerWeights.Initialise(Config, 3));
        double LossOf(params TemplatedDialogue[] dialogues)
        {
            using var loss = new DialogueBatch(dialogues, pad: 0, userWeight: 0).Loss(transformer);
            return loss.item<float>();
        }

        // 2 and 4 answer tokens.
        Assert.Equal((2 * LossOf(Short) + 4 * LossOf(Long)) / 6, LossOf(Short, Long), 1e-5);
    }

    [Fact]
    public void Untrained_weights_expect_every_token_about_alike()
    {
        using var transformer = new Transformer(TransformerWeights.Initialise(Config, 3));
        using var loss = new DialogueBatch([Short, Long], pad: 0, userWeight: 0).Loss(transformer);

        Assert.Equal(Math.Log(12), loss.item<float>(), 0.05);
    }

    [Fact]
    public void Users_text_counts_by_its_weight()
    {
        using var transformer = new Transformer(TransformerWeights.Initialise(Config, 3));
        double LossAt(double userWeight)
        {
            using var loss = new DialogueBatch([Short], pad: 0, userWeight).Loss(transformer);
            return loss.item<float>();
        }

        // Short predicts 5 tokens, 2 of them answer. The mean over all, less the answers' share, is the mean over the other 3.
        var others = (5 * LossAt(1) - 2 * LossAt(0)) / 3;
        Assert.Equal((2 * LossAt(0) + 3 * 0.5 * others) / (2 + 3 * 0.5), LossAt(0.5), 1e-5);
    }
}
