using ChatLoop.Model.ChatTemplates;
using ChatLoop.Trainer.Corpus;

namespace ChatLoop.Trainer.Pretraining;

/// <summary>Where a stream of batches stands: the next dialogue to write, and the batch within the pool before it.</summary>
public readonly record struct StreamPosition(long PoolStart, int Batch);

/// <summary>
/// Cuts the endless corpus into batches of dialogues of similar length: a pool of dialogues without repetitions is sorted by length,
/// cut, and its batches shuffled. Every dialogue has its own row, padded on the right, so none sees another. Resumable from a
/// <see cref="StreamPosition"/>.
/// </summary>
public sealed class BatchSource(DialogueGenerator generator, ChatTemplate template, int batchTokens, int maxLength, int poolSize)
{
    private List<IReadOnlyList<TemplatedDialogue>> _batches = [];
    private long _nextPool;

    /// <summary>Set it to go on from an earlier position.</summary>
    public StreamPosition Position { get; private set; }

    public void Resume(StreamPosition position)
    {
        Position = position;
        _batches = [];
    }

    public DialogueBatch Next(double userWeight)
    {
        if (_batches.Count == 0) Fill(Position.PoolStart);
        if (Position.Batch == _batches.Count)
        {
            Position = new(_nextPool, 0);
            Fill(_nextPool);
        }
        var dialogues = _batches[Position.Batch];
        Position = Position with { Batch = Position.Batch + 1 };
        return new DialogueBatch(dialogues, template.Pad, userWeight);
    }

    private void Fill(long start)
    {
        List<TemplatedDialogue> pool = [];
        var seen = new DialogueSet();
        for (_nextPool = start; pool.Count < poolSize; _nextPool++)
        {
            var dialogue = generator.Generate(_nextPool);
            if (dialogue.IsHeldOut || !seen.Add(dialogue.Messages)) continue;
            var tokens = template.Dialogue(dialogue.Messages);
            if (tokens.Tokens.Count <= maxLength) pool.Add(tokens);
        }
        _batches = DialogueBatch.Cut(pool, batchTokens);
        new Random((int)(start & int.MaxValue)).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_batches));
    }
}
