using System.Globalization;
using System.Net;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.EndToEnd.Tests.Service;

namespace ChatLoop.EndToEnd.Tests.Faults;

/// <summary>A message and its answer as the reader saw it to the end.</summary>
/// <param name="Answer">Null where it broke off with an error.</param>
public sealed record SeenTurn(string RequestId, string UserTurnId, string AnswerTurnId, string Message, string? Answer);

/// <summary>
/// Somebody who chats and judges while things break, and writes down what the service acknowledged. Sends some requests twice at once and
/// some again much later, as a bad network does.
/// </summary>
public sealed class Person(ChatUser user, string name, IReadOnlyList<Uri> webServers, Random random) : IDisposable
{
    private const double Doubled = 0.3, Late = 0.3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(40);

    private readonly List<FeedbackSubmission> _given = [];
    private int _messages, _server;

    public string Name => name;
    public ChatUser User => user;
    public Dictionary<string, List<SeenTurn>> Conversations { get; } = [];
    public Dictionary<string, FeedbackStatus> Acknowledged { get; } = [];

    /// <summary>One more conversation: two answers to a message, and a verdict on them, where none of the two broke off.</summary>
    public async Task Chat(CancellationToken cancel)
    {
        var conversation = (await Try(c => user.Post<ConversationSnapshot>("/api/v1/conversations", new { }, c), cancel)).ConversationId;
        var seen = Conversations[conversation] = [];
        var first = await Ask(conversation, seen, cancel);
        if (seen[^1].Answer is not { } answer) return;
        var request = new { requestId = ChatUser.NewId(), userTurnId = first.UserTurnId, compareWithTurnId = first.AnswerTurnId };
        try
        {
            var second = await Send<RunReceipt>($"/api/v1/conversations/{conversation}/answers", request, r => r.RunId, cancel);
            if (await Read(conversation, second.RunId, cancel) is not { } other) return;
            if (second.Comparison is not { } comparison)
            {
                await ExpectBrokenOff(conversation, second.AnswerTurnId, cancel);
                return;
            }
            await Judge(new()
            {
                FeedbackId = ChatUser.NewId(),
                Kind = FeedbackKind.Pair,
                ConversationId = conversation,
                ComparisonId = comparison.ComparisonId,
                Verdict = Longer(comparison, first.AnswerTurnId, answer, other),
            }, cancel);
        }
        catch (RefusedException refused) when (refused.Status is HttpStatusCode.BadRequest or HttpStatusCode.Conflict or HttpStatusCode.NotFound)
        {
            // Right only where there is nothing to compare.
            var turns = (await Try(c => user.Conversation(conversation, c), cancel)).Turns.Where(t => t.Role == TurnRole.Assistant);
            Assert.True(turns.Count(t => t.Status == TurnStatus.Complete) < 2, $"{refused.Message}, though both answers are whole.");
            return;
        }
        if (_given.Count > 1 && random.NextDouble() < Late) await Judge(_given[random.Next(_given.Count - 1)], cancel);
    }

    /// <summary>A request that is sent again, after its answer broke off, gets the receipt of that answer: its pair is void.</summary>
    private async Task ExpectBrokenOff(string conversation, string turnId, CancellationToken cancel)
    {
        var turns = (await Try(c => user.Conversation(conversation, c), cancel)).Turns;
        Assert.Contains(turns.Single(t => t.TurnId == turnId).Status, new[] { TurnStatus.Interrupted, TurnStatus.Failed });
    }

    /// <summary>A taste that can be learned, so that versions pass the gate.</summary>
    private static PairVerdict Longer(Comparison comparison, string firstTurnId, string first, string second)
    {
        if (first.Length == second.Length) return PairVerdict.Tie;
        return comparison.LeftTurnId == firstTurnId == (first.Length > second.Length) ? PairVerdict.Left : PairVerdict.Right;
    }

    /// <summary>Another person's conversation must look as if it did not exist, whatever is broken.</summary>
    public async Task Pry(Person other, CancellationToken cancel)
    {
        if (other.Conversations.Keys.FirstOrDefault() is not { } conversation) return;
        var answer = await Try(async c =>
        {
            using var response = await user.Http.GetAsync(ChatUser.Relative($"/api/v1/conversations/{conversation}"), c);
            return response.StatusCode == HttpStatusCode.ServiceUnavailable ? throw new HttpRequestException("Busy.") : response.StatusCode;
        }, cancel);
        Assert.Equal(HttpStatusCode.NotFound, answer);
    }

    /// <summary>Until the service answers: what a page does, on whichever web server is there.</summary>
    public async Task<T> Try<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancel)
    {
        while (true)
        {
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limited.CancelAfter(LongestCall);
            try
            {
                return await call(limited.Token);
            }
            catch (RefusedException refused) when (refused.Status is HttpStatusCode.ServiceUnavailable)
            {
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException or ObjectDisposedException || (broken is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                user.MoveTo(webServers[++_server % webServers.Count]);
            }
            await Task.Delay(Pause, cancel);
        }
    }

    public void Dispose() => user.Dispose();

    private async Task<RunReceipt> Ask(string conversation, List<SeenTurn> seen, CancellationToken cancel)
    {
        var message = string.Create(CultureInfo.InvariantCulture, $"Hello, I am {name}, and this is my message {++_messages}.");
        var request = new { requestId = ChatUser.NewId(), text = message, parentTurnId = (string?)null };
        var receipt = await Send<RunReceipt>($"/api/v1/conversations/{conversation}/messages", request, r => r.RunId, cancel);
        var answer = await Read(conversation, receipt.RunId, cancel);
        seen.Add(new(request.requestId, receipt.UserTurnId, receipt.AnswerTurnId, message, answer));
        return receipt;
    }

    /// <returns>Null where the answer broke off with an error.</returns>
    private async Task<string?> Read(string conversation, string runId, CancellationToken cancel)
    {
        try
        {
            return await Try(c => user.Read(conversation, runId, c), cancel);
        }
        catch (BrokenAnswerException)
        {
            return null;
        }
    }

    /// <summary>Sent twice at once now and then: both get the same receipt.</summary>
    private async Task<T> Send<T>(string path, object request, Func<T, string> idOf, CancellationToken cancel)
    {
        if (random.NextDouble() >= Doubled) return await Try(c => user.Post<T>(path, request, c), cancel);
        var both = await Task.WhenAll(Try(c => user.Post<T>(path, request, c), cancel), Try(c => user.Post<T>(path, request, c), cancel));
        Assert.Equal(idOf(both[0]), idOf(both[1]));
        return both[0];
    }

    private async Task Judge(FeedbackSubmission submission, CancellationToken cancel)
    {
        var status = await Try(c => user.Judge(submission, c), cancel);
        if (random.NextDouble() < Doubled) Assert.Equal(status.Sequence, (await Try(c => user.Judge(submission, c), cancel)).Sequence);
        if (Acknowledged.TryAdd(submission.FeedbackId, status)) _given.Add(submission);
        else Assert.Equal(Acknowledged[submission.FeedbackId].Sequence, status.Sequence);
    }
}
