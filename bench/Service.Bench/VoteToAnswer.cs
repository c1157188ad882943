using ChatLoop.Contracts.Learning;
using ChatLoop.EndToEnd.Tests.Service;

namespace ChatLoop.Service.Bench;

/// <summary>
/// From each vote to the first answer by a version that used it, at the smallest batch that the gate can believe: eight new pairs, once
/// eight chose a side. Votes of a run that the gate stopped count up to the version that used them at last. Somebody asks twice a second
/// meanwhile. Prints what the service itself has measured.
/// </summary>
internal static class VoteToAnswer
{
    private const int PairsPerRun = 8;
    private const int LiveRuns = 3;
    private const int MostRuns = 12;

    public static (string, string)[] Settings { get; } =
        [("Learning:PairsPerRun", $"{PairsPerRun}"), ("Learning:DecidedShare", "1")];

    public static async Task Run(ChatLoopService service, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var asking = Ask(service, stop.Token);
        using var user = await ChatUser.Visit(service.Address, cancel);
        var rater = new ScriptedRater(user, new Random(1));
        var snapshot = await user.Learning(cancel);
        for (var run = 1; run <= MostRuns && Learned(snapshot) < LiveRuns; run++)
        {
            while (snapshot.Trainer.Phase == LearningPhase.Collecting && !snapshot.NextRun.IsMetBy(snapshot.Feedback))
            {
                await rater.JudgeOnePair(cancel);
                snapshot = await user.Learning(cancel);
            }
            snapshot = await LearningFeed.WaitFor(service, s => s.Trainer.Phase == LearningPhase.Collecting && !s.NextRun.IsMetBy(s.Feedback), cancel);
            Console.WriteLine($"  {snapshot.Trainer.LastOutcome}");
        }
        snapshot = await LearningFeed.WaitFor(service, s => s.Latency.ToAnswer?.Judgements == s.Latency.ToLive?.Judgements, cancel);
        Print("live", snapshot.Latency.ToLive, Learned(snapshot));
        Print("answered", snapshot.Latency.ToAnswer, Learned(snapshot));
        foreach (var line in (await user.Http.GetStringAsync(ChatUser.Relative("/metrics"), cancel)).Split('\n'))
            if (line.StartsWith("chatloop_feedback_to_live_seconds_count", StringComparison.Ordinal) || line.Contains("le=\"60\"", StringComparison.Ordinal)) Console.WriteLine($"  {line}");
        await stop.CancelAsync();
        await asking;
    }

    private static int Learned(LearningSnapshot snapshot) => snapshot.Checkpoints.Count(c => c is { Parent: not null, WentLiveAt: not null });

    private static void Print(string stage, LatencyQuantiles? seconds, int versions) => Console.WriteLine(seconds is null
        ? $"vote to {stage}: nothing went live"
        : $"vote to {stage}: p50 {seconds.Median:F1} s, p95 {seconds.P95:F1} s over {seconds.Judgements} votes that {versions} versions used (Learning:PairsPerRun={PairsPerRun}, DecidedShare=1)");

    private static async Task Ask(ChatLoopService service, CancellationToken cancel)
    {
        using var user = await ChatUser.Visit(service.Address, cancel);
        var conversation = await user.NewConversation(cancel);
        try
        {
            while (true)
            {
                var run = await user.Send(conversation.ConversationId, "Hello!", null, null, cancel);
                await user.Read(conversation.ConversationId, run.RunId, cancel);
                await Task.Delay(TimeSpan.FromMilliseconds(500), cancel);
            }
        }
        catch (OperationCanceledException)
        {
            // The runs are over.
        }
    }
}
