using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace ChatLoop.Model.Kernels;

/// <summary>
/// Threads that share out the parts of one job after another, the caller among them. A token of a small model is a hundred jobs of
/// some microseconds: a worker spins between them, and sleeps once none has come for a while. Parts go to whoever is free, and a job
/// ends when its parts have: a thread that the system has taken off its core delays nobody unless it holds a part. Nothing is
/// allocated while it runs. One caller at a time; a part starts no job.
/// </summary>
public sealed class ThreadTeam : IDisposable
{
    /// <summary>Longer than what comes between two jobs of a decode step, shorter than anybody notices on an idle server's bill.</summary>
    private static readonly long SpinTicks = System.Diagnostics.Stopwatch.Frequency / 5_000;
    /// <summary>Pauses before the caller lets others run while it waits for the last parts.</summary>
    private const int PausesBeforeYield = 2_000;

    private readonly Thread[] _workers;
    private readonly object _gate = new();
    private Counters _counters;
    private ITeamJob? _job;
    private ExceptionDispatchInfo? _failure;
    private int _asleep;
    private volatile bool _stopping;

    /// <param name="threads">The caller's included.</param>
    public ThreadTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _workers = new Thread[threads - 1];
        for (var i = 0; i < _workers.Length; i++)
        {
            var worker = i + 1;
            _workers[i] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"decode {worker}" };
            _workers[i].Start();
        }
    }

    /// <summary>The caller's included.</summary>
    public int Threads => _workers.Length + 1;

    /// <summary>Workers that wait for a job without spinning.</summary>
    internal int Sleeping => Volatile.Read(ref _asleep);

    internal int Alive => _workers.Count(w => w.IsAlive);

    /// <summary>Does every part once, on any of the threads. Returns when all are done.</summary>
    /// <exception cref="Exception">What a part threw; parts that had not begun by then are left out.</exception>
    public void Run(ITeamJob job, int parts)
    {
        ObjectDisposedException.ThrowIf(_stopping, this);
        if (parts <= 1 || _workers.Length == 0)
        {
            for (var part = 0; part < parts; part++) job.Execute(part, 0);
            return;
        }
        _job = job;
        Volatile.Write(ref _counters.Unfinished, parts);
        // Every part of the last job is finished, so nobody else writes the ticket now.
        var generation = (_counters.Ticket >> 32) + 1;
        Interlocked.Exchange(ref _counters.Ticket, (generation << 32) | (uint)parts);
        if (Volatile.Read(ref _asleep) > 0) Wake();
        Work(0);
        WaitForOthers();
        _job = null;
        if (_failure is not { } failure) return;
        _failure = null;
        failure.Throw();
    }

    private void Serve(int worker)
    {
        while (WaitForWork()) Work(worker);
    }

    private void Work(int worker)
    {
        while (TryTake(out var part))
        {
            try
            {
                // A part that is taken keeps its job from ending, so this is the job that the part is of.
                if (Volatile.Read(ref _failure) is null) _job!.Execute(part, worker);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            }
            Interlocked.Decrement(ref _counters.Unfinished);
        }
    }

    /// <summary>Takes the job's number and the parts that are left in one: a thread that comes late cannot take part of another job.</summary>
    private bool TryTake(out int part)
    {
        while (true)
        {
            var ticket = Volatile.Read(ref _counters.Ticket);
            part = (int)(uint)ticket - 1;
            if (part < 0) return false;
            if (Interlocked.CompareExchange(ref _counters.Ticket, ticket - 1, ticket) == ticket) return true;
        }
    }

    private bool HasParts => (uint)Volatile.Read(ref _counters.Ticket) != 0;

    private void WaitForOthers()
    {
        for (var pauses = 0; Volatile.Read(ref _counters.Unfinished) > 0; pauses++)
        {
            if (pauses < PausesBeforeYield) Thread.SpinWait(1);
            else Thread.Yield();
        }
    }

    /// <summary>False when the team is disposed.</summary>
    private bool WaitForWork()
    {
        var until = System.Diagnostics.Stopwatch.GetTimestamp() + SpinTicks;
        while (!HasParts)
        {
            if (_stopping) return false;
            if (System.Diagnostics.Stopwatch.GetTimestamp() > until) Sleep();
            else Thread.SpinWait(8);
        }
        return true;
    }

    private void Sleep()
    {
        lock (_gate)
        {
            // A full fence: either the caller sees a sleeper, or this sees the caller's parts.
            Interlocked.Increment(ref _asleep);
            while (!HasParts && !_stopping) Monitor.Wait(_gate);
            Interlocked.Decrement(ref _asleep);
        }
    }

    private void Wake()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }

    public void Dispose()
    {
        _stopping = true;
        Wake();
        foreach (var worker in _workers) worker.Join();
    }

    /// <summary>Each on a cache line of its own, as every thread writes them.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Counters
    {
        /// <summary>The job's number in the upper half, the parts that nobody has taken in the lower.</summary>
        [FieldOffset(128)]
        public long Ticket;
        [FieldOffset(256)]
        public int Unfinished;
    }
}
