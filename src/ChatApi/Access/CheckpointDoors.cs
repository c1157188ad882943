using Microsoft.AspNetCore.Authorization;

namespace ChatLoop.ChatApi.Access;

/// <summary>The policies of all calls under /checkpoints at once, so that none that changes the served model can be added without one.</summary>
public static class CheckpointDoors
{
    private const string Checkpoints = "/checkpoints";

    public static RouteGroupBuilder RequireDoorsOfCheckpoints(this RouteGroupBuilder api)
    {
        // Last, when each endpoint's address is whole.
        ((IEndpointConventionBuilder)api).Finally(endpoint =>
        {
            if (endpoint is RouteEndpointBuilder { RoutePattern.RawText: { } path } && IsOfCheckpoints(path))
                endpoint.Metadata.Add(new AuthorizeAttribute(OnlyReads(endpoint) ? Doors.ReadLearning : Doors.ServedModel));
        });
        return api;
    }

    private static bool IsOfCheckpoints(string path) => path.StartsWith($"{ApiPaths.Version1}{Checkpoints}", StringComparison.OrdinalIgnoreCase);

    private static bool OnlyReads(EndpointBuilder endpoint) =>
        endpoint.Metadata.OfType<HttpMethodMetadata>().LastOrDefault()?.HttpMethods is { Count: > 0 } methods
        && methods.All(method => HttpMethods.IsGet(method) || HttpMethods.IsHead(method));
}
