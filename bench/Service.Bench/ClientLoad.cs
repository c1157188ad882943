using System.Collections.Concurrent;
using System.Diagnostics;
using ChatLoop.ChatApi.Hubs;
using ChatLoop.Contracts.Generation;
using ChatLoop.EndToEnd.Tests.Service;
using ChatLoop.Stores;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace ChatLoop.Service.Bench;

/// <summary>
/// Many people at once: each holds a SignalR connection of its own and asks now and then, on three serving silos and two web servers with
/// PostgreSQL and Redis, all on this machine, which the clients share.
/// </summary>
internal static class ClientLoad
{
    private const int Silos = 3, WebServers = 2;
    private const double SecondsBetweenQuestions = 60;
    private static readonly TimeSpan Measured = TimeSpan.FromMinutes(3);
    private static readonly string[] Questions = ["What is the capital of France?", "How are you?", "12 + 30 =", "Tell me about Japan.", "What is an ocean?"];

    public static async Task Run(int clients, (string, string)[] noLimits, CancellationToken cancel)
    {
        await using var postgres = await PostgresServer.Start(isDurable: true);
        await using var redis = await RedisServer.Start("127.0.0.1");
        (string, string)[] settings =
        [
            ("Cluster:Clustering", "PostgreSql"), ("Cluster:Storage", "PostgreSql"), ("Cluster:ConnectionString", await postgres.CreateDatabase()),
            ("Cluster:Redis", redis.ConnectionString), ("Logging:LogLevel:Default", "Error"), .. noLimits,
        ];
        List<ChatLoopService> processes = [];
        try
        {
            processes.AddRange(await Task.WhenAll(Enumerable.Range(0, Silos).Select(_ => ChatLoopService.StartSilo(cancel, [.. settings, ("Silo:Roles", "serve")]))));
            var servers = await Task.WhenAll(Enumerable.Range(0, WebServers).Select(_ => ChatLoopService.Start(cancel, [.. settings, ("Silo:Roles", "none")])));
            processes.AddRange(servers);
            await Measure(clients, [.. servers.Select(s => s.Address)], cancel);
        }
        finally
        {
            foreach (var process in processes) await process.DisposeAsync();
        }
    }

    private static async Task Measure(int clients, Uri[] servers, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var people = new ConcurrentBag<Client>();
        await Parallel.ForEachAsync(Enumerable.Range(0, clients), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancel },
            async (i, c) => people.Add(await Client.Connect(servers[i % servers.Length], c)));
        Console.WriteLine($"{people.Count} clients connected in {clock.Elapsed.TotalSeconds:F0} s");

        ConcurrentBag<double> first = [], whole = [];
        ConcurrentBag<string> errors = [];
        clock.Restart();
        await Task.WhenAll(people.Select((person, i) => Ask(person, new Random(i))));
        var seconds = clock.Elapsed.TotalSeconds;
        Console.WriteLine($"{whole.Count} answers in {seconds:F0} s ({whole.Count / seconds:F1} a second), {errors.Count} errors, "
            + $"{people.Count(p => p.IsConnected)} still connected");
        Console.WriteLine($"first token: median {At(first, 0.5):F0} ms, p99 {At(first, 0.99):F0} ms; whole answer: median {At(whole, 0.5):F0} ms, p99 {At(whole, 0.99):F0} ms");
        foreach (var kind in errors.GroupBy(e => e)) Console.WriteLine($"{kind.Count()} x {kind.Key}");
        foreach (var person in people) await person.DisposeAsync();

        async Task Ask(Client person, Random random)
        {
            while (true)
            {
                // Poisson arrivals: times between are exponential.
                var pause = TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) * SecondsBetweenQuestions);
                if (clock.Elapsed + pause > Measured) return;
                await Task.Delay(pause, cancel);
                try
                {
                    var (token, end) = await person.Ask(Questions[random.Next(Questions.Length)], cancel);
                    first.Add(token);
                    whole.Add(end);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    errors.Add($"{error.GetType().Name}: {error.Message}");
                }
            }
        }
    }

    private static double At(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)];
    }

    /// <summary>A person with a page open.</summary>
    private sealed class Client(ChatUser user, HubConnection hub, string conversation) : IAsyncDisposable
    {
        private string? _lastTurn;

        public bool IsConnected => hub.State == HubConnectionState.Connected;

        public static async Task<Client> Connect(Uri server, CancellationToken cancel)
        {
            var user = await ChatUser.Visit(server, cancel);
            var conversation = await user.NewConversation(cancel);
            var hub = new HubConnectionBuilder().WithUrl(new Uri(server, "/hubs/chat"), options => options.Cookies = user.Cookies)
                .AddJsonProtocol(json => WireFormat.Apply(json.PayloadSerializerOptions)).Build();
            await hub.StartAsync(cancel);
            return new(user, hub, conversation.ConversationId);
        }

        /// <returns>Milliseconds from sending to the first text and to the end.</returns>
        public async Task<(double First, double Whole)> Ask(string question, CancellationToken cancel)
        {
            var clock = Stopwatch.StartNew();
            var run = await user.Send(conversation, question, _lastTurn, null, cancel);
            double? first = null;
            await foreach (var next in hub.StreamAsync<RunEvent>("Watch", conversation, run.RunId, 1, cancel))
            {
                if (next.Kind == RunEventKind.Error) throw new InvalidOperationException(next.Text);
                if (next.Text.Length > 0) first ??= clock.Elapsed.TotalMilliseconds;
            }
            _lastTurn = run.AnswerTurnId;
            return (first ?? clock.Elapsed.TotalMilliseconds, clock.Elapsed.TotalMilliseconds);
        }

        public async ValueTask DisposeAsync()
        {
            await hub.DisposeAsync();
            user.Dispose();
        }
    }
}
