using System.Globalization;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Transformers;
using Xunit.Sdk;

namespace ChatLoop.Model.Tests.Generation;

/// <summary>
/// Whatever the schedule, an answer is the one generated alone. The seeds are fixed: sums of a batch are rounded otherwise than those of one
/// row, and a token that is a tie but for that could fail a run in many. CHATLOOP_SCHEDULES asks for more of them.
/// </summary>
public sealed class BatchSchedulingTests : IDisposable
{
    private static readonly int Schedules = int.Parse(Environment.GetEnvironmentVariable("CHATLOOP_SCHEDULES") ?? "60", CultureInfo.InvariantCulture);

    /// <summary>The same weights twice: swaps between them change versions and nothing else.</summary>
    private readonly Transformer[] _transformers = [.. Enumerable.Range(0, 2).Select(_ => new Transformer(TinyPolicy.Weights(seed: 1, endsAnswers: true)))];

    [Fact]
    public void Every_answer_is_the_one_generated_alone()
    {
        for (var seed = 0; seed < Schedules; seed++)
        {
            try
            {
                Check(new Random(seed));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw new XunitException($"The schedule of seed {seed} failed: {e.Message}", e);
            }
        }
    }

    private void Check(Random random)
    {
        var schedule = Schedule.Of(random);
        using var run = new ScheduleRun(schedule, _transformers, random);
        run.ToTheEnd();
        foreach (var (arrival, answer) in schedule.Arrivals.Zip(run.Answers))
        {
            var alone = Alone(arrival);
            var tokens = answer.Tokens;
            if (answer.Removed) alone = alone[..tokens.Count];
            else Assert.Equal(alone[^1].Finish, tokens[^1].Finish);
            Assert.Equal(alone.Select(t => t.Token.Id), tokens.Select(t => t.Token.Id));
            Assert.All(alone.Zip(tokens), t => Assert.Equal(t.First.Token.LogProbability, t.Second.Token.LogProbability, 1e-4));
            Assert.All(tokens, t => Assert.Equal(arrival.Alternatives == 0, t.Token.Alternatives is null));
        }
    }

    private List<SequenceToken> Alone(Arrival arrival)
    {
        using var generator = new BatchGenerator(_transformers[0], 1, slots: 1, Schedule.Capacity, [TinyPolicy.EndOfTurn]);
        generator.Admit(arrival.Prompt, arrival.Sampling, arrival.Seed);
        List<SequenceToken> tokens = [];
        while (generator.Active > 0) tokens.AddRange(generator.Step());
        return tokens;
    }

    public void Dispose()
    {
        foreach (var transformer in _transformers) transformer.Dispose();
    }
}
