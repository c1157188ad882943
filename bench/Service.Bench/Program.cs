using System.Diagnostics;
using System.Globalization;
using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using ChatLoop.EndToEnd.Tests.Service;
using ChatLoop.Service.Bench;

// Figures of the real service with the starter model, each measured from outside over HTTP on this machine:
//   dotnet run --project bench/Service.Bench -c Release                   speed, feedback rate, last vote to live
//   dotnet run --project bench/Service.Bench -c Release -- votes          from each vote to an answer that used it, smallest batch
//   dotnet run --project bench/Service.Bench -c Release -- soak [minutes]  memory under chat, feedback and training, 60 minutes
//   dotnet run --project bench/Service.Bench -c Release -- load [clients]  many SignalR clients on three silos, 1000 clients
//   dotnet run --project bench/Service.Bench -c Release -- rollback        from the call to the last text of the version called back
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
(string, string)[] noLimits =
    [("RateLimits:Calls:Burst", "1000000"), ("RateLimits:Answers:Burst", "1000000"), ("RateLimits:NewVisitors:Burst", "100000")];
var minutes = args is ["soak", var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 60;
using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(minutes + 20));
var cancel = guard.Token;
if (args is ["load", ..])
{
    await ClientLoad.Run(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1000, noLimits, cancel);
    return;
}
if (args is ["rollback"])
{
    await RollBack.Run(noLimits, cancel);
    return;
}
if (args is ["votes"])
{
    await using var learner = await ChatLoopService.Start(cancel, [.. noLimits, .. VoteToAnswer.Settings]);
    await VoteToAnswer.Run(learner, cancel);
    return;
}
await using var service = await ChatLoopService.Start(cancel, noLimits);
if (args is ["soak", ..])
{
    await Soak.Run(service, TimeSpan.FromMinutes(minutes), cancel);
    return;
}
await Speed(service, cancel);
await FeedbackThroughput(service, cancel);
await VoteToLive(service, cancel);

static async Task Speed(ChatLoopService service, CancellationToken cancel)
{
    using var user = await ChatUser.Visit(service.Address, cancel);
    List<double> firstToken = [], perSecond = [], whole = [];
    for (var i = 0; i < 21; i++)
    {
        var conversation = await user.NewConversation(cancel);
        var clock = Stopwatch.StartNew();
        var run = await user.Send(conversation.ConversationId, "What is the capital of France?", null, null, cancel);
        double? first = null;
        await foreach (var runEvent in user.Events(conversation.ConversationId, run.RunId, cancel))
            if (runEvent.Text.Length > 0) first ??= clock.Elapsed.TotalMilliseconds;
        var total = clock.Elapsed.TotalMilliseconds;
        var tokens = (await user.Conversation(conversation.ConversationId, cancel)).Turns[^1].TokenCount;
        if (i == 0) continue;
        firstToken.Add(first ?? total);
        whole.Add(total);
        // Tokens travel in groups, and the first group of a short answer holds most of it: only the whole answer is a fair clock.
        perSecond.Add(1000.0 * tokens / total);
    }
    Console.WriteLine($"first token: median {Median(firstToken):F1} ms, worst {firstToken.Max():F1} ms (20 answers, one chat)");
    Console.WriteLine($"one chat: median {Median(perSecond):F0} tokens per second from sending to the last token, {Median(whole):F1} ms an answer");
}

static async Task FeedbackThroughput(ChatLoopService service, CancellationToken cancel)
{
    const int Raters = 32, EventsEach = 200;
    var raters = await Task.WhenAll(Enumerable.Range(0, Raters).Select(async _ =>
    {
        var user = await ChatUser.Visit(service.Address, cancel);
        var conversation = await user.NewConversation(cancel);
        var run = await user.Send(conversation.ConversationId, "Hello!", null, null, cancel);
        await user.Read(conversation.ConversationId, run.RunId, cancel);
        return (User: user, conversation.ConversationId, run.AnswerTurnId);
    }));
    var clock = Stopwatch.StartNew();
    await Task.WhenAll(raters.Select(async rater =>
    {
        for (var i = 0; i < EventsEach; i++)
            await rater.User.Judge(new FeedbackSubmission
            {
                FeedbackId = ChatUser.NewId(),
                Kind = FeedbackKind.Thumb,
                ConversationId = rater.ConversationId,
                TurnId = rater.AnswerTurnId,
                Thumb = i % 2 == 0 ? Thumb.Up : Thumb.Down,
            }, cancel);
    }));
    var seconds = clock.Elapsed.TotalSeconds;
    Console.WriteLine($"feedback: {Raters * EventsEach / seconds:F0} durable events per second over HTTP ({Raters} raters at once, {Raters * EventsEach} events; the client shares the cores)");
    foreach (var rater in raters) rater.User.Dispose();
}

static async Task VoteToLive(ChatLoopService service, CancellationToken cancel)
{
    using var user = await ChatUser.Visit(service.Address, cancel);
    var rater = new ScriptedRater(user, new Random(1));
    LearningSnapshot learning;
    var given = 0;
    do
    {
        await rater.JudgeOnePair(cancel);
        given++;
        learning = await user.Learning(cancel);
    }
    while (learning.Trainer.Phase == LearningPhase.Collecting && !learning.NextRun.IsMetBy(learning.Feedback));
    var clock = Stopwatch.StartNew();
    var snapshot = await LearningFeed.WaitFor(service, s => s.Trainer.Phase == LearningPhase.Collecting && s.Checkpoints.Count > 1, cancel);
    Console.WriteLine($"last vote to {(snapshot.Checkpoints[^1].Stage == CheckpointStage.Live ? "live" : "rejected")} checkpoint: {clock.Elapsed.TotalSeconds:F1} s after {given} pairs ({snapshot.Trainer.LastOutcome})");
}

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
