using System.Runtime.CompilerServices;
using System.Text;
using ChatLoop.Contracts.Generation;

namespace ChatLoop.Grains.Generation;

/// <summary>How much of an answer a reader knows after an event.</summary>
public readonly record struct ShownPart(int TextLength, int TokenCount);

/// <summary>
/// The numbered log of one run, in memory. Any number of readers follow it; none of them can hold it up. Used on one grain's
/// scheduler only.
/// </summary>
public sealed class RunLog
{
    private readonly List<Entry> _entries = [];
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _appended = NewSignal();

    /// <summary>Number of the newest event; 0 before the first.</summary>
    public int LastSeq => _entries.Count == 0 ? 0 : _entries[^1].Event.Seq;

    public bool Ended => _entries.Count > 0 && IsEnd(_entries[^1].Event.Kind);

    /// <summary>All text that was logged.</summary>
    public string Text => _text.ToString();

    private int TokenCount => _entries.Count == 0 ? 0 : _entries[^1].Shown.TokenCount;

    /// <param name="tokenCount">Tokens of the answer up to and including this text.</param>
    public void Append(string text, int tokenCount)
    {
        _text.Append(text);
        Add(new RunEvent { Seq = LastSeq + 1, Kind = RunEventKind.Delta, Text = text, TokenCount = tokenCount });
    }

    /// <summary>From token <paramref name="firstToken"/> on, tokens come from this version.</summary>
    public void AppendVersion(int version, int firstToken) =>
        Add(new RunEvent { Seq = LastSeq + 1, Kind = RunEventKind.Version, Version = version, TokenCount = firstToken });

    public void End(FinishReason finish, int? version) =>
        Add(new RunEvent { Seq = LastSeq + 1, Kind = RunEventKind.Done, Finish = finish, Version = version, TokenCount = TokenCount });

    public void Fail(string whatToDo) =>
        Add(new RunEvent { Seq = LastSeq + 1, Kind = RunEventKind.Error, Text = whatToDo, Finish = FinishReason.Failed, TokenCount = TokenCount });

    /// <summary>What a reader that saw <paramref name="seq"/> has on screen.</summary>
    public ShownPart ShownAt(int seq)
    {
        var known = _entries.FindLastIndex(e => e.Event.Seq <= seq);
        return known < 0 ? default : _entries[known].Shown;
    }

    /// <summary>Number of the end after <see cref="Cut"/>.</summary>
    public int EndAfterCut(int seenSeq) => Ended ? LastSeq : seenSeq >= LastSeq ? LastSeq + 1 : LastSeq + 2;

    /// <summary>
    /// Ends the log at what <paramref name="shown"/> covers. Readers that saw more get a snapshot with the shorter text. In a log
    /// that had ended already the end keeps its number, and what lies between is replaced by the snapshot.
    /// </summary>
    public void Cut(int seenSeq, ShownPart shown, FinishReason finish, int? version)
    {
        var endSeq = EndAfterCut(seenSeq);
        _text.Length = shown.TextLength;
        _entries.RemoveAll(e => e.Event.Seq > seenSeq);
        if (endSeq > LastSeq + 1)
            Add(new RunEvent { Seq = endSeq - 1, Kind = RunEventKind.Snapshot, Text = Text, Version = version, TokenCount = shown.TokenCount }, shown);
        Add(new RunEvent { Seq = endSeq, Kind = RunEventKind.Done, Finish = finish, Version = version, TokenCount = shown.TokenCount }, shown);
    }

    /// <summary>The events from <paramref name="fromSeq"/> on, then each new one, up to the end of the run.</summary>
    public async IAsyncEnumerable<RunEvent> Read(int fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = fromSeq;
        while (true)
        {
            var appended = _appended.Task;
            while (Find(next) is { } found)
            {
                next = found.Seq + 1;
                yield return found;
                if (IsEnd(found.Kind)) yield break;
            }
            if (Ended) yield break;
            await appended.WaitAsync(cancellationToken);
        }
    }

    private RunEvent? Find(int fromSeq)
    {
        // Numbers are dense except after a cut: the wanted event is at its number or before.
        var i = Math.Min(Math.Max(fromSeq, 1), _entries.Count) - 1;
        while (i > 0 && _entries[i - 1].Event.Seq >= fromSeq) i--;
        return i >= 0 && _entries[i].Event.Seq >= fromSeq ? _entries[i].Event : null;
    }

    private void Add(RunEvent entry) => Add(entry, new(_text.Length, entry.TokenCount));

    private void Add(RunEvent entry, ShownPart shown)
    {
        _entries.Add(new(entry, shown));
        var signal = _appended;
        _appended = NewSignal();
        signal.SetResult();
    }

    private static bool IsEnd(RunEventKind kind) => kind is RunEventKind.Done or RunEventKind.Error;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly record struct Entry(RunEvent Event, ShownPart Shown);
}
