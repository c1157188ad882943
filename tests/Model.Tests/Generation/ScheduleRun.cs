using ChatLoop.Model.Generation;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Tests.Generation;

/// <summary>
/// Plays a schedule on a batch, and checks at each step what holds for any: an answer that has begun gets one token a step until it ends, of the
/// version that is live in that step; who has left gets none; and the batch is as full as it says.
/// </summary>
internal sealed class ScheduleRun : IDisposable
{
    private readonly Schedule _schedule;
    private readonly IReadOnlyList<Transformer> _transformers;
    private readonly Random _random;
    private readonly BatchGenerator _generator;
    private readonly Answer[] _answers;
    /// <summary>In the batch, by its number there.</summary>
    private readonly Dictionary<int, Answer> _active = [];
    private int _swaps;

    public ScheduleRun(Schedule schedule, IReadOnlyList<Transformer> transformers, Random random)
    {
        (_schedule, _transformers, _random) = (schedule, transformers, random);
        _answers = [.. schedule.Arrivals.Select(a => new Answer(a))];
        _generator = new(transformers[0], version: 1, schedule.Slots, Schedule.Capacity, [TinyPolicy.EndOfTurn], schedule.PrefillTokens);
    }

    /// <summary>In the order of the schedule.</summary>
    public IReadOnlyList<Answer> Answers => _answers;

    public void ToTheEnd()
    {
        var waiting = new Queue<Answer>(_answers);
        var most = MostSteps();
        for (var step = 0; waiting.Count > 0 || _active.Count > 0; step++)
        {
            Assert.InRange(step, 0, most);
            if (_random.NextDouble() < _schedule.SwapEvery) Swap();
            while (!_generator.IsFull && waiting.TryPeek(out var next) && next.Arrival.Step <= step) Admit(waiting.Dequeue(), step);
            foreach (var (number, answer) in _active.Where(a => a.Value.LeavesAt == step).ToList()) Remove(number, answer);
            Step();
            Assert.Equal(_active.Count, _generator.Active);
        }
    }

    /// <summary>As many as it takes when one comes after the other: each step runs a whole piece of a prompt or gives a token.</summary>
    private int MostSteps() => 1 + _schedule.Arrivals[^1].Step
        + _schedule.Arrivals.Sum(a => 1 + (a.Prompt.Count - 1) / _schedule.PrefillTokens + a.Sampling.MaxTokens);

    private void Swap()
    {
        var (live, next) = (_transformers[_swaps % 2], _transformers[++_swaps % 2]);
        Assert.Same(live, _generator.SwapWeights(next, _generator.Version + _random.Next(1, 4)));
    }

    private void Admit(Answer answer, int step)
    {
        var arrival = answer.Arrival;
        answer.LeavesAt = step + arrival.RemovedAfter;
        _active.Add(_generator.Admit(arrival.Prompt, arrival.Sampling, arrival.Seed, arrival.Alternatives), answer);
    }

    private void Remove(int number, Answer answer)
    {
        Assert.True(_generator.Remove(number));
        Assert.False(_generator.Remove(number));
        answer.Removed = true;
        _active.Remove(number);
    }

    private void Step()
    {
        var begun = _active.Where(a => a.Value.Tokens.Count > 0).Select(a => a.Key).ToHashSet();
        foreach (var token in _generator.Step())
        {
            begun.Remove(token.Sequence);
            Assert.Equal(_generator.Version, token.Token.Version);
            // Nobody who has left is there, and nobody twice.
            var answer = _active[token.Sequence];
            if (token.Finish is not null) _active.Remove(token.Sequence);
            answer.Tokens.Add(token);
        }
        Assert.Empty(begun);
    }

    public void Dispose() => _generator.Dispose();

    internal sealed class Answer(Arrival arrival)
    {
        public Arrival Arrival => arrival;
        public int? LeavesAt { get; set; }
        public bool Removed { get; set; }
        public List<SequenceToken> Tokens { get; } = [];
    }
}
