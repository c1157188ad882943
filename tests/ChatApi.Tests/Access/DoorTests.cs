using System.Reflection;
using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Tests.Service;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace ChatLoop.ChatApi.Tests.Access;

/// <summary>Every way into the service has a decided policy. A new one fails here until somebody has decided who may use it.</summary>
public sealed class DoorTests(ChatLoopServer server) : IClassFixture<ChatLoopServer>
{
    private const string Open = "open to everybody";

    internal static readonly Dictionary<string, string> Decided = new(StringComparer.Ordinal)
    {
        ["GET /api/v1/me"] = Doors.Me,
        ["PUT /api/v1/me/consent"] = Doors.Feedback,
        ["GET /api/v1/me/feedback"] = Doors.Feedback,
        ["POST /api/v1/me/withdrawals"] = Doors.Feedback,
        ["DELETE /api/v1/conversations/{conversationId}/feedback"] = Doors.Feedback,
        ["GET /api/v1/me/api-keys"] = Doors.OwnAccount,
        ["POST /api/v1/me/api-keys"] = Doors.OwnAccount,
        ["DELETE /api/v1/me/api-keys/{keyId}"] = Doors.OwnAccount,
        ["GET /api/v1/session"] = Open,
        ["POST /api/v1/session/sign-up"] = Open,
        ["POST /api/v1/session/sign-in"] = Open,
        ["POST /api/v1/session/sign-out"] = Open,
        ["POST /api/v1/session/set-up"] = Open,
        ["POST /api/v1/session/sign-out-everywhere"] = Doors.OwnAccount,
        ["POST /api/v1/session/password"] = Doors.OwnAccount,
        ["GET /api/v1/accounts"] = Doors.Accounts,
        ["POST /api/v1/accounts"] = Doors.Accounts,
        ["PATCH /api/v1/accounts/{userId}"] = Doors.Accounts,
        ["PUT /api/v1/accounts/{userId}/password"] = Doors.Accounts,
        ["GET /api/v1/conversations"] = Doors.Chat,
        ["POST /api/v1/conversations"] = Doors.Chat,
        ["GET /api/v1/conversations/{conversationId}"] = Doors.Chat,
        ["PATCH /api/v1/conversations/{conversationId}"] = Doors.Chat,
        ["DELETE /api/v1/conversations/{conversationId}"] = Doors.Chat,
        ["POST /api/v1/conversations/{conversationId}/messages"] = Doors.Chat,
        ["POST /api/v1/conversations/{conversationId}/answers"] = Doors.Chat,
        ["GET /api/v1/conversations/{conversationId}/runs/{runId}/events"] = Doors.Chat,
        ["POST /api/v1/conversations/{conversationId}/runs/{runId}/stop"] = Doors.Chat,
        ["PUT /api/v1/feedback/{feedbackId}"] = Doors.Feedback,
        ["DELETE /api/v1/feedback/{feedbackId}"] = Doors.Feedback,
        ["GET /api/v1/feedback/{feedbackId}/effect"] = Doors.Feedback,
        ["GET /api/v1/review/votes"] = Doors.Review,
        ["POST /api/v1/review/votes"] = Doors.Review,
        ["GET /api/v1/learning"] = Doors.ReadLearning,
        ["POST /api/v1/checkpoints/{version:int}/live"] = Doors.ServedModel,
        ["POST /api/v1/checkpoints/{version:int}/stop"] = Doors.ServedModel,
        ["POST /api/v1/checkpoints/{version:int}/pin"] = Doors.ServedModel,
        ["POST /api/v1/checkpoints/{version:int}/unpin"] = Doors.ServedModel,
        ["* /hubs/chat"] = Doors.Chat,
        ["* /hubs/chat/negotiate"] = Doors.Chat,
        ["* /hubs/learning"] = Doors.ReadLearning,
        ["* /hubs/learning/negotiate"] = Doors.ReadLearning,
        ["GET /openapi/{documentName}.json"] = Open,
        ["GET /openapi/v1.json"] = Open,
        ["* /health"] = Open,
        ["* /livez"] = Open,
        ["* /readyz"] = Open,
        // Its own guard lets this machine alone in (MetricsTests).
        ["* /metrics"] = Open,
    };

    private static readonly Dictionary<string, string> DecidedForHubs = new(StringComparer.Ordinal)
    {
        ["ChatHub.Watch"] = Doors.Chat,
        ["ChatHub.Stop"] = Doors.Chat,
        ["LearningHub.Watch"] = Doors.ReadLearning,
    };

    [Fact]
    public void Every_endpoint_has_a_decided_policy()
    {
        var actual = server.Services.GetRequiredService<IEnumerable<EndpointDataSource>>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(endpoint => Names(endpoint).Select(name => (name, Policy(endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>()))))
            .Distinct().Where(a => Decided.GetValueOrDefault(a.name) != a.Item2);
        Assert.Equal([], actual);
    }

    [Fact]
    public void Every_hub_method_has_a_decided_policy()
    {
        var methods = typeof(Doors).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Hub)) && !t.IsAbstract)
            .SelectMany(hub => hub.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(m => m.GetBaseDefinition() == m && !m.IsSpecialName)
                .Select(m => ($"{hub.Name}.{m.Name}", Policy([.. hub.GetCustomAttributes<AuthorizeAttribute>(), .. m.GetCustomAttributes<AuthorizeAttribute>()]))));
        Assert.Equal(DecidedForHubs.Select(d => (d.Key, d.Value)).Order(), methods.Order());
    }

    [Theory]
    [InlineData(true, Role.Visitor, Doors.Chat, Role.Visitor)]
    [InlineData(true, Role.Reviewer, Doors.ReadLearning, Role.Reviewer)]
    [InlineData(false, Role.Visitor, Doors.Chat, Role.User)]
    [InlineData(false, Role.Visitor, Doors.Me, Role.User)]
    [InlineData(false, Role.Visitor, Doors.ReadLearning, Role.User)]
    [InlineData(false, Role.Admin, Doors.ReadLearning, Role.Admin)]
    [InlineData(false, Role.Visitor, Doors.ServedModel, Role.Admin)]
    public void Settings_raise_what_a_door_asks_for(bool visitors, Role learningPage, string door, Role least) =>
        Assert.Equal(least, Doors.All(new IdentitySettings { Visitors = visitors, LearningPage = learningPage })[door].Least);

    private static string Policy(IReadOnlyList<IAuthorizeData> data) => data.Count == 0 ? Open : string.Join(" and ", data.Select(d => d.Policy).Distinct());

    private static IEnumerable<string> Names(RouteEndpoint endpoint)
    {
        var path = "/" + endpoint.RoutePattern.RawText!.Trim('/');
        var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods;
        return methods is { Count: > 0 } ? methods.Select(method => $"{method} {path}") : [$"* {path}"];
    }
}
