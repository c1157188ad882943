namespace ChatLoop.Scaling.Bench;

/// <summary>
/// The same cluster event by event: conversations that send at random times, each on the silo that its key gives; engines that share their
/// throughput among what they write and keep the rest waiting in line; one database that takes one write after the other.
/// </summary>
internal sealed class ClusterSimulation(ClusterShape shape, int seed)
{
    private readonly Random _random = new(seed);
    private readonly Engine[] _engines = [.. Enumerable.Range(0, shape.Silos).Select(_ => new Engine(shape))];
    private double _databaseFreeAt;
    private double _answerSeconds, _writeSeconds;
    private long _answers, _writes;

    public (double AnswerSeconds, double WriteSeconds) Run(double seconds, double warmUp)
    {
        var now = 0.0;
        while (now < seconds)
        {
            now += Exponential(1 / shape.MessageRate);
            var engine = _engines[_random.Next(shape.Silos)];
            foreach (var time in engine.AdvanceTo(now)) Ended(time, now, warmUp);
            engine.Add(now, Exponential(shape.TokensPerAnswer));
            for (var i = 0; i < shape.WritesPerAnswer; i++) Write(now, warmUp);
        }
        return (_answerSeconds / _answers, _writeSeconds / _writes);
    }

    private void Ended(double answerSeconds, double now, double warmUp)
    {
        if (now < warmUp) return;
        _answerSeconds += answerSeconds;
        _answers++;
    }

    private void Write(double now, double warmUp)
    {
        // All writes of an answer at once, which is the worst case.
        _databaseFreeAt = Math.Max(now, _databaseFreeAt) + Exponential(1 / shape.DatabaseWrites);
        if (now < warmUp) return;
        _writeSeconds += _databaseFreeAt - now;
        _writes++;
    }

    private double Exponential(double mean) => -Math.Log(1 - _random.NextDouble()) * mean;

    private sealed class Engine(ClusterShape shape)
    {
        private readonly List<(double Asked, double Left)> _answers = [];
        private double _now;

        /// <summary>Those that ended until then: the seconds that each took.</summary>
        public IEnumerable<double> AdvanceTo(double time)
        {
            while (_answers.Count > 0)
            {
                var writing = Math.Min(_answers.Count, shape.LargestBatch);
                var each = shape.Throughput(writing) / writing;
                var next = Enumerable.Range(0, writing).MinBy(i => _answers[i].Left);
                var until = Math.Min(time, _now + (_answers[next].Left / each));
                for (var i = 0; i < writing; i++) _answers[i] = _answers[i] with { Left = _answers[i].Left - ((until - _now) * each) };
                _now = until;
                if (until >= time) break;
                yield return _now - _answers[next].Asked;
                _answers.RemoveAt(next);
            }
            _now = time;
        }

        public void Add(double asked, double tokens) => _answers.Add((asked, tokens));
    }
}
