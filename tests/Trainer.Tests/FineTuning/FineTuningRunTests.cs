using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.FineTuning;
using ChatLoop.Trainer.Pretraining;

namespace ChatLoop.Trainer.Tests.FineTuning;

/// <summary>Fine-tunes the committed starter, a little.</summary>
public sealed class FineTuningRunTests : IDisposable
{
    private static readonly IReadOnlyList<IReadOnlyList<PromptMessage>> Dialogues =
        [.. Enumerable.Range(0, 40).Select(i => (IReadOnlyList<PromptMessage>)[new(TurnRole.User, $"What is the code of door {i}?"), new(TurnRole.Assistant, "The code is seven.")])];

    private static readonly FineTuningOptions Options = new() { Epochs = 8, BatchTokens = 256, LearningRate = 1e-3 };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chatloop-sft");

    private string StatePath(string name) => Path.Combine(_folder.FullName, name);

    private static LoadedCheckpoint Starter()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var models = Path.Combine(folder.FullName, "models");
            if (Directory.Exists(Path.Combine(models, "starter"))) return new CheckpointStore(models).Load("starter");
        }
        throw new DirectoryNotFoundException("models/starter is not in any folder above the tests.");
    }

    private static FineTuningDialogues Data(LoadedCheckpoint checkpoint, IReadOnlyList<IReadOnlyList<PromptMessage>>? dialogues = null) =>
        new(dialogues ?? Dialogues, checkpoint.Template, checkpoint.Transformer.Config.MaxPositions, Options);

    [Fact]
    public void It_learns_the_answers_and_the_held_out_loss_falls()
    {
        using var checkpoint = Starter();
        using var run = new FineTuningRun(checkpoint, Data(checkpoint), Options, StatePath("state"));
        var before = run.HeldOutLoss();

        run.Train(1000, new Ignored(), CancellationToken.None);

        Assert.Equal(run.Updates, run.UpdatesDone);
        Assert.True(run.HeldOutLoss() < before / 2, $"{before} to {run.HeldOutLoss()}");
        var answer = Assert.Single(new AnswerBatch(checkpoint.Transformer, checkpoint.Tokenizer, checkpoint.Template).Answer(
            [[new(TurnRole.User, "What is the code of door 99?")]], new SamplingParameters { Temperature = 0 }, 1, TestContext.Current.CancellationToken));
        Assert.Equal("The code is seven.", answer.Text);
    }

    [Fact]
    public void A_run_that_was_interrupted_ends_with_the_weights_of_one_that_was_not()
    {
        using var whole = Starter();
        using (var run = new FineTuningRun(whole, Data(whole), Options, StatePath("whole"))) run.Train(1000, new Ignored(), CancellationToken.None);

        using (var part = Starter())
        {
            using var stop = new CancellationTokenSource();
            using var run = new FineTuningRun(part, Data(part), Options, StatePath("parts"));
            run.Train(1000, new Ignored(() => { if (run.UpdatesDone == run.Updates / 2) stop.Cancel(); }), stop.Token);
        }
        using var resumed = Starter();
        using (var run = new FineTuningRun(resumed, Data(resumed), Options, StatePath("parts")))
        {
            Assert.Equal(run.Updates / 2, run.UpdatesDone);
            run.Train(1000, new Ignored(), CancellationToken.None);
        }

        foreach (var (name, expected) in whole.Transformer.Weights.ByName)
            Assert.Equal(expected.data<float>().ToArray(), resumed.Transformer.Weights.ByName[name].data<float>().ToArray());
    }

    [Fact]
    public void A_state_of_other_dialogues_is_refused()
    {
        using var checkpoint = Starter();
        using (var run = new FineTuningRun(checkpoint, Data(checkpoint), Options with { Epochs = 1 }, StatePath("state")))
            run.Train(1000, new Ignored(), CancellationToken.None);

        using var again = Starter();
        var error = Assert.Throws<InvalidDataException>(() => new FineTuningRun(again, Data(again, [.. Dialogues.Take(30)]), Options with { Epochs = 1 }, StatePath("state")));
        Assert.Contains("other dialogues", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Repeated_and_too_long_dialogues_are_left_out_and_counted()
    {
        using var checkpoint = Starter();
        PromptMessage[] endless = [new(TurnRole.User, string.Concat(Enumerable.Repeat("seven ", 600))), new(TurnRole.Assistant, "Yes.")];

        var data = Data(checkpoint, [.. Dialogues, .. Dialogues, endless]);

        Assert.Equal((40, 1), (data.Repeated, data.TooLong));
        Assert.Equal(40, data.Training.Count + data.HeldOut.Count);
        Assert.Equal(2, data.HeldOut.Count);
        Assert.Throws<InvalidDataException>(() => Data(checkpoint, [endless]));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private sealed class Ignored(Action? report = null) : IProgress<PretrainingProgress>
    {
        public void Report(PretrainingProgress value) => report?.Invoke();
    }
}
