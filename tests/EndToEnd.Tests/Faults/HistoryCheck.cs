using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Learning;
using Npgsql;

namespace ChatLoop.EndToEnd.Tests.Faults;

/// <summary>What must hold of everything that was acknowledged, whatever broke meanwhile.</summary>
public static class HistoryCheck
{
    public static async Task Run(FaultyCluster cluster, IReadOnlyList<Person> people, CancellationToken cancel)
    {
        var snapshot = await people[0].Try(people[0].User.Learning, cancel);
        var served = VersionsMovedByDecisions(snapshot);
        foreach (var person in people)
        {
            await EachFeedbackIsThereOnce(person, snapshot, cancel);
            await EachConversationIsItsOwners(person, served, cancel);
        }
        await TrainingTookEffectOnce(cluster, snapshot, cancel);
    }

    private static HashSet<int> VersionsMovedByDecisions(LearningSnapshot snapshot)
    {
        var live = Assert.Single(snapshot.Checkpoints, c => c.Stage == CheckpointStage.Live);
        var moves = snapshot.Decisions.Where(d => d.Action == RegistryAction.Move && d.Stage == CheckpointStage.Live).ToArray();
        Assert.Equal(live.Version, moves[^1].Version);
        Assert.Equal(snapshot.Checkpoints.Count, snapshot.Checkpoints.Select(c => c.RunId).Distinct().Count());
        return [.. moves.Select(m => m.Version)];
    }

    private static async Task EachFeedbackIsThereOnce(Person person, LearningSnapshot snapshot, CancellationToken cancel)
    {
        var kept = await person.Try(person.User.MyFeedback, cancel);
        Assert.Equal(kept.Count, kept.Select(k => k.Submission.FeedbackId).Distinct().Count());
        Assert.Equal(kept.Count, kept.Select(k => k.Sequence).Distinct().Count());
        var byId = kept.ToDictionary(k => k.Submission.FeedbackId);
        foreach (var (id, acknowledged) in person.Acknowledged)
        {
            Assert.True(byId.TryGetValue(id, out var found), $"{person.Name}'s feedback {id} was acknowledged and is gone.");
            Assert.Equal((acknowledged.Sequence, acknowledged.Submission), (found.Sequence, found.Submission));
            if (found.LearnedInVersion is { } version)
                Assert.NotNull(snapshot.Checkpoints.Single(c => c.Version == version).WentLiveAt);
        }
        Assert.All(kept, k => Assert.NotEqual(FeedbackState.Withdrawn, k.State));
    }

    private static async Task EachConversationIsItsOwners(Person person, HashSet<int> served, CancellationToken cancel)
    {
        foreach (var (id, seen) in person.Conversations)
        {
            var turns = (await person.Try(c => person.User.Conversation(id, c), cancel)).Turns;
            foreach (var turn in turns.Where(t => t.Role == TurnRole.User))
                Assert.StartsWith($"Hello, I am {person.Name}, ", turn.Text, StringComparison.Ordinal);
            Assert.Equal(turns.Count(t => t.Role == TurnRole.User), turns.Where(t => t.Role == TurnRole.User).Select(t => t.Text).Distinct().Count());
            foreach (var was in seen)
            {
                Assert.Equal(was.Message, turns.Single(t => t.TurnId == was.UserTurnId).Text);
                var answer = turns.Single(t => t.TurnId == was.AnswerTurnId);
                Assert.NotEqual(TurnStatus.Generating, answer.Status);
                if (answer.Status == TurnStatus.Complete && was.Answer is { } read) Assert.Equal(read, answer.Text);
            }
            Assert.All(turns.SelectMany(t => t.Versions), v => Assert.Contains(v.Version, served));
        }
    }

    /// <summary>Asks the database itself: what each run did to the ledger, and that nothing is missing in its numbers.</summary>
    private static async Task TrainingTookEffectOnce(FaultyCluster cluster, LearningSnapshot snapshot, CancellationToken cancel)
    {
        await using var database = NpgsqlDataSource.Create(cluster.Database);
        Assert.Equal(0L, await Count("""SELECT max("Sequence") - count(*) FROM ledger.events"""));
        Assert.Equal(0L, await Count("""SELECT count(*) - count(DISTINCT "FeedbackId") FROM ledger.judgements"""));
        foreach (var made in snapshot.Checkpoints.Where(c => c.Parent is not null))
        {
            var ended = await Count("""SELECT count(*) FROM ledger.ended_batches WHERE "RunId" = $1""", made.RunId);
            var members = await Count("""SELECT count(*) FROM ledger.batch_members WHERE "RunId" = $1""", made.RunId);
            Assert.InRange(ended, 0, 1);
            Assert.Equal(made.FeedbackCount, members);
        }

        async Task<long> Count(string sql, params string[] arguments)
        {
            await using var command = database.CreateCommand(sql);
            foreach (var argument in arguments) command.Parameters.AddWithValue(argument);
            return (long)(await command.ExecuteScalarAsync(cancel))!;
        }
    }
}
