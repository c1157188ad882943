using System.Text;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Model.Generation;

namespace ChatLoop.Grains.Generation;

/// <summary>
/// An answer while it is being written: takes the engine's chunks and logs them in bursts, so that a reader gets a few dozen
/// events a second and not one per token. What was not logged yet is not part of the answer. Used on one grain's scheduler only.
/// </summary>
public sealed class AnswerDraft(RunLog log, TimeProvider clock)
{
    /// <summary>The text of this long is sent as one event; within the 20 to 50 ms that a reader does not notice.</summary>
    public static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(30);

    private readonly List<GeneratedToken> _tokens = [];
    private readonly List<VersionSpan> _versions = [];
    private readonly StringBuilder _waiting = new();
    private int _logged;
    private long? _lastFlush;
    private Task? _flushing;

    /// <summary>How the answer was chosen, once it was; null for one that is shown as it is sampled.</summary>
    public ChosenCandidate? Chosen { get; set; }

    /// <summary>The version of the newest token.</summary>
    public int? Version => _versions.Count == 0 ? null : _versions[^1].Version;

    public void Add(GeneratedChunk chunk)
    {
        foreach (var token in chunk.Tokens)
        {
            if (token.Version != Version) BeginVersion(token.Version);
            _tokens.Add(token);
        }
        _waiting.Append(chunk.Text);
        if (chunk.Finish is not null || _lastFlush is not { } last || clock.GetElapsedTime(last) >= Burst) Flush();
        else _flushing ??= FlushLater(Burst - clock.GetElapsedTime(last));
    }

    /// <summary>The stored form of the first part of the answer.</summary>
    public StoredAnswer Take(ShownPart part) => new()
    {
        Text = log.Text[..part.TextLength],
        Tokens = [.. _tokens.Take(part.TokenCount).Select(t => t.Id)],
        LogProbabilities = [.. _tokens.Take(part.TokenCount).Select(t => t.LogProbability)],
        Versions = [.. _versions.Where(v => v.FirstToken < part.TokenCount)],
        LastSeq = log.LastSeq,
        Candidates = Chosen?.Of ?? 0,
        Seed = Chosen?.Seed,
    };

    /// <summary>The stored form of all that was logged.</summary>
    public StoredAnswer TakeLogged() => Take(new(log.Text.Length, _logged));

    /// <summary>Logs what waits. The first token is logged at once.</summary>
    public void Flush()
    {
        if (log.Ended) return;
        _logged = _tokens.Count;
        if (_waiting.Length == 0) return;
        log.Append(_waiting.ToString(), _tokens.Count);
        _waiting.Clear();
        _lastFlush = clock.GetTimestamp();
    }

    private void BeginVersion(int version)
    {
        Flush();
        _versions.Add(new(_tokens.Count, version));
        log.AppendVersion(version, _tokens.Count);
    }

    private async Task FlushLater(TimeSpan delay)
    {
        await Task.Delay(delay, clock);
        _flushing = null;
        Flush();
    }
}
