using System.Net;
using ChatLoop.Contracts.Conversations;
using ChatLoop.EndToEnd.Tests.Service;

namespace ChatLoop.EndToEnd.Tests.Cluster;

/// <summary>A visitor whose page tries again where the service answers that it is busy, as the web client does.</summary>
public sealed class PatientUser(ChatUser user) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public ChatUser User => user;

    /// <summary>How often it had to try again.</summary>
    public int Retries { get; private set; }

    public async Task<string> NewConversation(CancellationToken cancellationToken) =>
        (await Try(() => user.NewConversation(cancellationToken), cancellationToken)).ConversationId;

    /// <summary>Sends a message and reads its answer to the end. The request's id is the same in each try: it is sent once.</summary>
    public async Task<string> Ask(string conversationId, string text, string? parentTurnId, CancellationToken cancellationToken)
    {
        var request = new { requestId = ChatUser.NewId(), text, parentTurnId };
        var run = await Try(() => user.Post<RunReceipt>($"/api/v1/conversations/{conversationId}/messages", request, cancellationToken), cancellationToken);
        return await Try(() => user.Read(conversationId, run.RunId, cancellationToken), cancellationToken);
    }

    public Task<ConversationSnapshot> Conversation(string id, CancellationToken cancellationToken) =>
        Try(() => user.Conversation(id, cancellationToken), cancellationToken);

    public async Task<T> Try<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (RefusedException refused) when (refused.Status is HttpStatusCode.ServiceUnavailable)
            {
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException)
            {
            }
            Retries++;
            await Task.Delay(Pause, cancellationToken);
        }
    }

    public void Dispose() => user.Dispose();
}
