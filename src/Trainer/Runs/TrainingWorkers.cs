using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using TorchSharp;

namespace ChatLoop.Trainer.Runs;

/// <summary>
/// Runs independent pieces of model work side by side, each on one thread with few intra-op threads. For small models that is
/// faster than many intra-op threads on one piece, whose barriers stall whenever another process wants the core. What a piece
/// computes does not depend on how many threads there are.
/// </summary>
public sealed class TrainingWorkers : IDisposable
{
    private readonly BlockingCollection<Action> _queue = [];
    private readonly Thread[] _threads;

    /// <param name="yielding">The threads yield to those that serve; false where nothing is served, or the calling thread would wait for them.</param>
    public TrainingWorkers(int count, int intraOpThreads, bool yielding = true)
    {
        Count = count;
        _threads = [.. Enumerable.Range(1, count - 1).Select(i => Start($"training worker {i}", intraOpThreads, yielding))];
    }

    /// <summary>How many pieces run at once, the calling thread's included.</summary>
    public int Count { get; }

    /// <summary>Runs all pieces and returns when the last one ends. The first failure is thrown once all have ended.</summary>
    public void Run(params IReadOnlyList<Action> pieces)
    {
        using var done = new CountdownEvent(pieces.Count);
        var remaining = new ConcurrentQueue<Action>(pieces);
        Exception? failure = null;
        for (var i = 1; i < Math.Min(Count, pieces.Count); i++) _queue.Add(Drain);
        Drain();
        done.Wait();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);

        void Drain()
        {
            while (remaining.TryDequeue(out var piece))
            {
                try
                {
                    piece();
                }
                catch (Exception exception)
                {
                    Interlocked.CompareExchange(ref failure, exception, null);
                }
                done.Signal();
            }
        }
    }

    /// <summary>Prepares the current thread for training: intra-op threads, and below-normal priority.</summary>
    public static void PrepareCurrentThread(int intraOpThreads)
    {
        torch.set_num_threads(intraOpThreads);
        Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        if (OperatingSystem.IsLinux()) _ = setpriority(ProcessScope, CurrentThread, BelowNormalNiceness);
    }

    public void Dispose()
    {
        _queue.CompleteAdding();
        foreach (var thread in _threads) thread.Join();
        _queue.Dispose();
    }

    private Thread Start(string name, int intraOpThreads, bool yielding)
    {
        var thread = new Thread(() =>
        {
            if (yielding) PrepareCurrentThread(intraOpThreads);
            else torch.set_num_threads(intraOpThreads);
            foreach (var work in _queue.GetConsumingEnumerable()) work();
        })
        { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    // .NET leaves thread priorities alone on Linux. There, niceness is a thread's own and 0 names the calling thread.
    private const int ProcessScope = 0, CurrentThread = 0, BelowNormalNiceness = 10;

    [DllImport("libc", EntryPoint = "setpriority")]
    private static extern int setpriority(int which, int who, int priority);
}
