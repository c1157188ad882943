using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Generation;
using ChatLoop.EndToEnd.Tests.Cluster;
using ChatLoop.EndToEnd.Tests.Service;

namespace ChatLoop.Service.Bench;

/// <summary>
/// How long a version goes on answering after somebody called it back: three serving silos and two web servers, on which people ask without
/// a pause. From the call to the last piece of text by the version that is no longer live, as the readers see it.
/// </summary>
internal static class RollBack
{
    private const int People = 12, Times = 40;
    private const string Password = "three brown walnuts";
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(6);

    public static async Task Run((string, string)[] noLimits, CancellationToken cancel)
    {
        await using var cluster = await RunningCluster.Start(["serve", "serve", "serve", "train"], webServers: 2, cancel,
            [.. noLimits, .. QuickRuns.Settings, ("Identity:Admin:Name", "boss"), ("Identity:Admin:Password", Password), ("Logging:LogLevel:Default", "Error")]);
        using var boss = await ChatUser.Visit(cluster.WebServers[0].Address, cancel);
        await boss.Post<JsonElement?>("/api/v1/session/sign-in", new { name = "boss", password = Password }, cancel);
        await TrainOne(cluster.WebServers[0], boss, cancel);

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        ConcurrentDictionary<int, long> lastText = [];
        var asking = Enumerable.Range(0, People).Select(i => Ask(cluster.WebServers[i % 2].Address, lastText, ending.Token)).ToArray();
        List<double> seconds = [];
        for (var (i, old) = (0, 2); i < Times; i++, old = 3 - old)
        {
            var called = Stopwatch.GetTimestamp();
            await boss.Post<CheckpointRecord>($"/api/v1/checkpoints/{3 - old}/live", new { reason = "Rolled back." }, cancel);
            await Task.Delay(Watched, cancel);
            seconds.Add(Math.Max(0, Stopwatch.GetElapsedTime(called, lastText.GetValueOrDefault(old, called)).TotalSeconds));
        }
        await ending.CancelAsync();
        await Task.WhenAll(asking);
        Console.WriteLine($"roll back: last text of the version called back after a median of {seconds.Order().ElementAt(Times / 2):F2} s, "
            + $"at worst {seconds.Max():F2} s, over {Times} times ({People} people asking, 3 serving silos, 2 web servers, one machine)");
    }

    private static async Task TrainOne(ChatLoopService server, ChatUser boss, CancellationToken cancel)
    {
        using var user = await ChatUser.Visit(server.Address, cancel);
        var rater = new ScriptedRater(user, new Random(1));
        while ((await boss.Learning(cancel)).Checkpoints.All(c => c.WentLiveAt is null || c.Parent is null)) await rater.JudgeDecidedPair(cancel);
    }

    private static async Task Ask(Uri server, ConcurrentDictionary<int, long> lastText, CancellationToken cancel)
    {
        try
        {
            using var user = await ChatUser.Visit(server, cancel);
            while (true)
            {
                var conversation = await user.NewConversation(cancel);
                var run = await user.Send(conversation.ConversationId, "Tell me about Japan.", null, null, cancel);
                int? version = null;
                await foreach (var next in user.Events(conversation.ConversationId, run.RunId, cancel))
                {
                    if (next.Kind is RunEventKind.Version or RunEventKind.Snapshot) version = next.Version;
                    if (next is { Kind: RunEventKind.Delta } && version is { } writer) lastText[writer] = Stopwatch.GetTimestamp();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Measured.
        }
    }
}
