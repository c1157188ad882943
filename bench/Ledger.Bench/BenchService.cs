using System.Runtime.CompilerServices;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Generation;
using ChatLoop.Contracts.Users;
using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Feedback.Postgres;
using ChatLoop.Grains.Learning;
using ChatLoop.Model.Generation;
using ChatLoop.Silo.Hosting;
using ChatLoop.Trainer.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ChatLoop.Ledger.Bench;

/// <summary>A silo with real storage, in a temporary folder or on PostgreSQL, and an engine that answers at once.</summary>
internal sealed class BenchService(IHost host, string folder, FeedbackStore? elsewhere) : IAsyncDisposable
{
    public const int AnswerTokens = 60;

    public string Folder => folder;

    private FeedbackStore Store => host.Services.GetRequiredService<FeedbackStore>();

    /// <param name="database">Connection string of an empty PostgreSQL database; null for SQLite.</param>
    public static async Task<BenchService> Start(string? database)
    {
        var folder = Directory.CreateTempSubdirectory("chatloop-bench-").FullName;
        var builder = Host.CreateApplicationBuilder(database is null ? [] : ["--Cluster:Storage=PostgreSql", $"--Cluster:ConnectionString={database}"]);
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(siloPort: 21_911, gatewayPort: 31_911);
            silo.Services.AddSingleton(_ => DataFolder.Open(folder));
            silo.Services.AddSingleton<IPolicyEngine, InstantEngine>();
            silo.Services.AddSingleton<ILoopTrainer, NoTrainer>();
            silo.AddChatLoopGrains();
        });
        var host = builder.Build();
        await host.StartAsync();
        var elsewhere = database is null ? null : new FeedbackStore(
            new PostgresLedger(host.Services.GetRequiredService<NpgsqlDataSource>()), new LearningSignal(), TimeProvider.System);
        return new(host, folder, elsewhere);
    }

    /// <summary>One user with one finished answer and consent per caller.</summary>
    public async Task<IReadOnlyList<(string User, FeedbackSubmission Thumb, RatedContext Context)>> Prepare(int callers)
    {
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        return await Task.WhenAll(Enumerable.Range(0, callers).Select(async caller =>
        {
            var user = $"user{caller}";
            await grains.GetGrain<IUserGrain>(user).SetConsent(TrainingConsent.Granted);
            var conversation = grains.GetGrain<IConversationGrain>(Guid.NewGuid().ToString());
            await conversation.Create(user, title: null);
            var receipt = await conversation.Send(user, new SendMessage("first", "How are you today?", ParentTurnId: null, Sampling: null));
            await foreach (var _ in conversation.Watch(user, receipt.RunId, fromSeq: 1, CancellationToken.None)) { }
            var thumb = new FeedbackSubmission
            {
                FeedbackId = "",
                Kind = FeedbackKind.Thumb,
                ConversationId = conversation.GetPrimaryKeyString(),
                TurnId = receipt.AnswerTurnId,
                Thumb = Thumb.Up,
            };
            return (user, thumb, await conversation.GetRatedAnswer(user, receipt.AnswerTurnId));
        }));
    }

    /// <summary>One conversation with a message and its answer, read to its end by somebody.</summary>
    public async Task Chat(string user)
    {
        var conversation = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IConversationGrain>(Guid.NewGuid().ToString());
        await conversation.Create(user, title: null);
        var receipt = await conversation.Send(user, new SendMessage("first", "How are you today?", ParentTurnId: null, Sampling: null));
        await foreach (var _ in conversation.Watch(user, receipt.RunId, fromSeq: 1, CancellationToken.None)) { }
    }

    public async Task<int> ActiveConversations()
    {
        var statistics = await host.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics();
        return statistics.Where(s => s.GrainType.Contains("ConversationGrain", StringComparison.Ordinal)).Sum(s => s.ActivationCount);
    }

    public Task ThroughStore((string User, FeedbackSubmission Thumb, RatedContext Context) from, int i) =>
        Store.Record(from.User, from.Thumb with { FeedbackId = $"s{i}" }, from.Context);

    /// <summary>Half of the callers write through a store of their own, as those of another silo do.</summary>
    public Task ThroughTwoStores((string User, FeedbackSubmission Thumb, RatedContext Context) from, int caller, int i) =>
        (caller % 2 == 0 ? Store : elsewhere!).Record(from.User, from.Thumb with { FeedbackId = $"t{i}" }, from.Context);

    public Task ThroughGrain((string User, FeedbackSubmission Thumb, RatedContext Context) from, int i)
    {
        var ledger = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IFeedbackLedgerGrain>(FeedbackLedgerShards.ShardOf(from.User));
        return ledger.Record(from.User, from.Thumb with { FeedbackId = Guid.NewGuid().ToString() });
    }

    public async Task CheckAllThere(int events)
    {
        var counts = await Store.ReadCounts();
        Console.WriteLine($"{counts.LastSequence:N0} ledger events");
        if (counts.LastSequence < events || counts != await Store.Recount()) throw new InvalidOperationException("Acknowledged events are missing.");
    }

    public async ValueTask DisposeAsync()
    {
        elsewhere?.Dispose();
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private sealed class InstantEngine : IPolicyEngine
    {
        public int? LiveVersion => 1;

        public async IAsyncEnumerable<GeneratedChunk> Generate(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            for (var i = 0; i < AnswerTokens; i++) yield return new(" word", [new(i, -1.2345f, 1)], Finish: null);
            yield return new("", [], FinishReason.EndOfTurn);
        }

        public Task Swap(int version, string checkpointFolder, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class NoTrainer : ILoopTrainer
    {
        public Task<RewardModelReport> TrainRewardModel(RewardModelJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<PolicyReport> TrainPolicy(PolicyJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<GateOutcome> Judge(GateJob job, IProgress<TrainingProgress> progress, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task Abandon(string outputFolder, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
