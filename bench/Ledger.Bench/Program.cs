using ChatLoop.Ledger.Bench;

// Usage: dotnet run --project bench/Ledger.Bench -c Release -- [callers] [events]
var callers = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 256;
var events = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 20_000;

await using var service = await BenchService.Start();
Console.WriteLine($"{Environment.ProcessorCount} cores, {callers} callers, {events:N0} events, answers of {BenchService.AnswerTokens} tokens, data in {service.Folder}");
Load.PrintHeader();
var submissions = await service.Prepare(callers);
await Load.Run("store (EF Core, group commit)", callers, events, (caller, i) => service.ThroughStore(submissions[caller], i));
await Load.Run("ledger grain, checks and all", callers, events, (caller, i) => service.ThroughGrain(submissions[caller], i));
await Load.Run("one caller, ledger grain", 1, Math.Max(1, events / 100), (_, i) => service.ThroughGrain(submissions[0], i));
service.CheckAllThere(2 * events + Math.Max(1, events / 100));
