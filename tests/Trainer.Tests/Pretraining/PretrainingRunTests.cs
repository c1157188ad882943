using ChatLoop.Trainer.Corpus;
using ChatLoop.Trainer.Pretraining;

namespace ChatLoop.Trainer.Tests.Pretraining;

public sealed class PretrainingRunTests : IDisposable
{
    private static readonly CorpusContent Content = CorpusContent.Load();

    private static readonly PretrainingOptions Tiny = new()
    {
        Tokens = 4_000,
        FineTuningTokens = 2_000,
        BatchTokens = 512,
        PoolDialogues = 32,
        WarmUpTokens = 1_000,
        VocabularySize = 300,
        TokenizerDialogues = 50,
        HiddenSize = 16,
        IntermediateSize = 24,
        Layers = 1,
        Heads = 2,
        KeyValueHeads = 1,
        MaxPositions = 512,
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chatloop-pretraining");

    private string StatePath(string name) => Path.Combine(_folder.FullName, name);

    [Fact]
    public void A_run_that_was_interrupted_ends_with_the_weights_of_one_that_was_not()
    {
        using var whole = new PretrainingRun(Tiny, Content, StatePath("whole"));
        whole.Train(1000, new Reports(_ => { }), CancellationToken.None);

        Interrupt(Tiny, StatePath("parts"), afterUpdates: 7);
        Interrupt(Tiny, StatePath("parts"), afterUpdates: 9);
        using var resumed = new PretrainingRun(Tiny, Content, StatePath("parts"));
        resumed.Train(1000, new Reports(_ => { }), CancellationToken.None);

        Assert.True(resumed.IsComplete);
        Assert.Equal(whole.Tokens, resumed.Tokens);
        foreach (var (name, expected) in whole.Transformer.Weights.ByName)
            Assert.Equal(expected.data<float>().ToArray(), resumed.Transformer.Weights.ByName[name].data<float>().ToArray());
    }

    [Fact]
    public void The_number_of_threads_does_not_change_the_weights()
    {
        using var two = new PretrainingRun(Tiny, Content, StatePath("two"), threads: 2);
        using var one = new PretrainingRun(Tiny, Content, StatePath("one"), threads: 1);
        two.Train(1000, new Reports(_ => { }), CancellationToken.None);
        one.Train(1000, new Reports(_ => { }), CancellationToken.None);

        foreach (var (name, expected) in one.Transformer.Weights.ByName)
            Assert.Equal(expected.data<float>().ToArray(), two.Transformer.Weights.ByName[name].data<float>().ToArray());
    }

    [Fact]
    public void Training_lowers_the_loss()
    {
        List<double> losses = [];
        using var run = new PretrainingRun(Tiny with { Tokens = 25_000, FineTuningTokens = 0, LearningRate = 1e-2 }, Content, StatePath("state"));

        run.Train(1000, new Reports(p => losses.Add(p.Loss)), CancellationToken.None);

        Assert.True(losses.TakeLast(5).Average() < losses.Take(5).Average() - 1, $"from {losses[0]} to {losses[^1]}");
    }

    [Fact]
    public void A_run_may_be_lengthened_before_fine_tuning_but_not_changed()
    {
        Interrupt(Tiny, StatePath("state"), afterUpdates: 3);

        using (var longer = new PretrainingRun(Tiny with { Tokens = 9_000 }, Content, StatePath("state"))) Assert.True(longer.Tokens > 0);
        var error = Assert.Throws<InvalidDataException>(() => new PretrainingRun(Tiny with { LearningRate = 1e-4 }, Content, StatePath("state")));
        Assert.Contains("other options", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_that_was_cut_short_is_refused()
    {
        Interrupt(Tiny, StatePath("state"), afterUpdates: 1);
        using (var file = File.OpenWrite(StatePath("state"))) file.SetLength(file.Length / 2);

        var error = Assert.Throws<InvalidDataException>(() => new PretrainingRun(Tiny, Content, StatePath("state")));
        Assert.Contains("cut short", error.Message, StringComparison.Ordinal);
    }

    private static void Interrupt(PretrainingOptions options, string statePath, int afterUpdates)
    {
        using var stop = new CancellationTokenSource();
        using var run = new PretrainingRun(options, Content, statePath);
        var updates = 0;
        run.Train(1000, new Reports(_ =>
        {
            if (++updates == afterUpdates) stop.Cancel();
        }), stop.Token);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private sealed class Reports(Action<PretrainingProgress> report) : IProgress<PretrainingProgress>
    {
        public void Report(PretrainingProgress value) => report(value);
    }
}
