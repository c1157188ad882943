using ChatLoop.Contracts.Learning;
using Microsoft.AspNetCore.SignalR;

namespace ChatLoop.ChatApi.Learning;

/// <summary>The learning page's connection.</summary>
public sealed class LearningHub(IGrainFactory grains) : Hub
{
    /// <summary>The learning page's view now, then after every change.</summary>
    public IAsyncEnumerable<LearningSnapshot> Watch(CancellationToken cancellationToken) =>
        grains.GetGrain<ILearningGrain>(ModelName.Default).Watch(cancellationToken);
}
