using System.Globalization;
using ChatLoop.Ledger.Bench;
using ChatLoop.Stores;

// Usage: dotnet run --project bench/Ledger.Bench -c Release -- [callers] [events] [sqlite|postgres]
// ... -- idle [conversations: 10000] [sqlite|postgres]: memory of conversations that nobody uses just now
// postgres starts a server of its own that waits for the disk at each commit, as the default is.
var onPostgres = args is [.., var last] && last.Equals("postgres", StringComparison.OrdinalIgnoreCase);
await using var server = onPostgres ? await PostgresServer.Start(isDurable: true) : null;
await using var service = await BenchService.Start(server is null ? null : await server.CreateDatabase());
if (args is ["idle", ..])
{
    await IdleConversations.Run(service, args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10_000);
    return;
}
var callers = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 256;
var events = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 20_000;
Console.WriteLine($"{(onPostgres ? "PostgreSQL" : "SQLite")}, {Environment.ProcessorCount} cores, {callers} callers, {events:N0} events, answers of {BenchService.AnswerTokens} tokens, data in {service.Folder}");
Load.PrintHeader();
var submissions = await service.Prepare(callers);
await Load.Run("store (group commit)", callers, events, (caller, i) => service.ThroughStore(submissions[caller], i));
if (onPostgres) await Load.Run("two stores, as of two silos", callers, events, (caller, i) => service.ThroughTwoStores(submissions[caller], caller, i));
await Load.Run("ledger grain, checks and all", callers, events, (caller, i) => service.ThroughGrain(submissions[caller], i));
var alone = Math.Max(1, events / 100);
await Load.Run("one caller, ledger grain", 1, alone, (_, i) => service.ThroughGrain(submissions[0], i));
await service.CheckAllThere((onPostgres ? 3 : 2) * events + alone);
