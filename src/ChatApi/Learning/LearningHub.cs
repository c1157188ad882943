using ChatLoop.ChatApi.Access;
using ChatLoop.Contracts.Learning;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace ChatLoop.ChatApi.Learning;

/// <summary>The learning page's connection.</summary>
[Authorize(Policy = Doors.ReadLearning)]
public sealed class LearningHub(IGrainFactory grains) : Hub
{
    /// <summary>The learning page's view now, then after every change.</summary>
    public IAsyncEnumerable<LearningSnapshot> Watch(CancellationToken cancellationToken) =>
        grains.GetGrain<ILearningGrain>(ModelName.Default).Watch(cancellationToken);
}
