using System.Collections;

namespace ChatLoop.Trainer.Tests.ResumePoints;

/// <summary>Stands for a kill in the middle of model work: the tokens of prompts can be read so often, and then no more.</summary>
internal sealed class Fuse(long reads)
{
    private long _reads;

    public long Reads => Interlocked.Read(ref _reads);

    public void Read()
    {
        if (Interlocked.Increment(ref _reads) > reads) throw new KilledException();
    }
}

internal sealed class KilledException : Exception;

internal sealed class FailingPrompt(IReadOnlyList<int> tokens, Fuse fuse) : IReadOnlyList<int>
{
    public int Count => tokens.Count;

    public int this[int index]
    {
        get
        {
            fuse.Read();
            return tokens[index];
        }
    }

    public IEnumerator<int> GetEnumerator()
    {
        fuse.Read();
        return tokens.GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
