using System.Collections.Concurrent;
using System.Globalization;
using ChatLoop.Contracts.Errors;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Limits;

/// <summary>
/// Counts the streams that each user reads at once. SignalR's limit on parallel invocations does not see them: an invocation
/// that returns a stream ends as soon as the stream starts.
/// </summary>
public sealed class OpenStreams(IOptions<RateLimits> limits)
{
    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);

    /// <summary>What to tell a user who reads too many.</summary>
    public ChatLoopException Full => new(ErrorCode.Busy, string.Create(CultureInfo.InvariantCulture,
        $"You follow {limits.Value.OpenStreams} answers at once, which is the limit (RateLimits:OpenStreams). Close a tab and try again."));

    /// <summary>A place for one more stream, to dispose when it ends; null when the user reads too many already.</summary>
    public IDisposable? TryEnter(string userId)
    {
        if (_open.AddOrUpdate(userId, 1, static (_, count) => count + 1) <= limits.Value.OpenStreams) return new Place(this, userId);
        Leave(userId);
        return null;
    }

    private void Leave(string userId)
    {
        while (_open.TryGetValue(userId, out var count))
        {
            var left = count == 1
                ? _open.TryRemove(KeyValuePair.Create(userId, count))
                : _open.TryUpdate(userId, count - 1, count);
            if (left) return;
        }
    }

    private sealed class Place(OpenStreams streams, string userId) : IDisposable
    {
        private OpenStreams? _streams = streams;

        public void Dispose() => Interlocked.Exchange(ref _streams, null)?.Leave(userId);
    }
}
