using System.Globalization;
using ChatLoop.EndToEnd.Tests.Service;

namespace ChatLoop.EndToEnd.Tests.Faults;

/// <summary>
/// Random faults in every part of a cluster of real processes while people chat, judge, and versions are trained and swapped; then a check
/// of all that was acknowledged. CHATLOOP_FAULTS=1-100 (first and last seed) runs others than the default ones: bench/faults.sh.
/// </summary>
public sealed class FaultTests(FaultyCluster cluster, ITestOutputHelper output) : IClassFixture<FaultyCluster>
{
    private const int People = 4;
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(4);

    public static TheoryData<int> Seeds => SeedRange.FromEnvironment("CHATLOOP_FAULTS", "1-20");

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Nothing_acknowledged_is_lost_doubled_or_mixed_up(int seed)
    {
        using var guard = new CancellationTokenSource(Guard);
        var cancel = guard.Token;
        var schedule = FaultSchedule.Of(seed, cluster.Kinds);
        output.WriteLine(schedule.ToString());
        try
        {
            await cluster.Recover(cancel);
            var people = await Task.WhenAll(Enumerable.Range(0, People).Select(i => Visit(seed, i, cancel)));
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var chats = people.Select((person, i) => ChatUntil(person, people[(i + 1) % People], ending.Token, cancel)).ToArray();

            await Task.WhenAll(schedule.Faults.Select(async fault =>
            {
                await Task.Delay(fault.At, cancel);
                await cluster.Suffer(fault, cancel);
            }));
            await cluster.Recover(cancel);
            await ending.CancelAsync();
            await Task.WhenAll(chats);
            // Once everything is mended, everybody gets an answer again.
            await Task.WhenAll(people.Select(p => p.Chat(cancel)));

            await HistoryCheck.Run(cluster, people, cancel);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{people.Sum(p => p.Conversations.Count)} conversations, {people.Sum(p => p.Acknowledged.Count)} judgements"));
            foreach (var person in people) person.Dispose();
        }
        catch (Exception failed)
        {
            throw new Xunit.Sdk.XunitException($"{schedule}\n{failed}\n{cluster.Logs}", failed);
        }
    }

    private async Task<Person> Visit(int seed, int index, CancellationToken cancel)
    {
        var servers = cluster.WebServers.Select(w => w.Address).ToArray();
        while (true)
        {
            try
            {
                var user = await ChatUser.Visit(servers[index % servers.Length], cancel);
                return new(user, string.Create(CultureInfo.InvariantCulture, $"P{seed}x{index}"), servers, new Random(seed * 100 + index));
            }
            catch (HttpRequestException)
            {
                // Busy: the silo of the users that it asks is just coming up.
                await Task.Delay(200, cancel);
            }
        }
    }

    private static async Task ChatUntil(Person person, Person other, CancellationToken ending, CancellationToken cancel)
    {
        while (!ending.IsCancellationRequested)
        {
            await person.Chat(cancel);
            await person.Pry(other, cancel);
        }
    }
}
