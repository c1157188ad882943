using System.Diagnostics;
using System.IO.Pipes;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Feedback;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Tests.Runs;

namespace ChatLoop.Trainer.Tests.ResumePoints;

/// <summary>kill -9 of a process that trains, at random moments: the next one ends in the weights of a training that was left alone.</summary>
public sealed class KilledProcessTests
{
    private const string Root = "CHATLOOP_TEST_ROOT", Pipe = "CHATLOOP_TEST_PIPE", BatchFile = "batch.json";
    private const int Kills = 4, MostReports = 9;

    private static CancellationToken Guard => TestContext.Current.CancellationToken;

    private static LearningOptions Options { get; } = LoopFixture.Options with
    {
        Workers = 1,
        RewardModel = LoopFixture.Options.RewardModel with { Epochs = 4, Folds = 2 },
        Ppo = LoopFixture.Options.Ppo with { Iterations = 4, Answers = 32, PlateauIterations = 4 },
        ReferenceAnswers = 16,
    };

    [Fact]
    public async Task A_process_that_is_killed_again_and_again_ends_in_the_same_weights()
    {
        using var fixture = new LoopFixture();
        FeedbackBatchFile.Write(Path.Combine(fixture.Store.Root, BatchFile), fixture.Batch(pairs: 24, seed: 2));
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var killed = 0;
        for (var i = 0; i < Kills; i++)
            if (await RunUntil(fixture.Store.Root, random.Next(2, MostReports))) killed++;
        Assert.False(await RunUntil(fixture.Store.Root, int.MaxValue));

        var (rewardModel, policy) = (fixture.Store.ReadManifest("reward"), fixture.Store.ReadManifest("policy"));
        fixture.Store.Delete("reward");
        fixture.Store.Delete("policy");
        await Train(fixture.Store.Root, new ProgressLog());

        var line = $"seed {seed}, {killed} kills";
        TestContext.Current.SendDiagnosticMessage(line);
        Assert.True(killed > 0, line);
        Assert.True(fixture.Store.ReadManifest("reward").SameFiles(rewardModel), line);
        Assert.True(fixture.Store.ReadManifest("policy").SameFiles(policy), line);
        Assert.Equal([BatchFile, "policy", "reward", LoopFixture.Starter],
            Directory.EnumerateFileSystemEntries(fixture.Store.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>What the killed processes do; not a test of its own.</summary>
    [Fact(Explicit = true)]
    public async Task Train_in_a_process_of_its_own()
    {
        if (Environment.GetEnvironmentVariable(Root) is not { } root) return;
        await using var pipe = new NamedPipeClientStream(".", Environment.GetEnvironmentVariable(Pipe)!, PipeDirection.Out);
        await pipe.ConnectAsync(Guard);
        await using var lines = new StreamWriter(pipe) { AutoFlush = true };
        await Train(root, new Lines(lines));
    }

    private static async Task Train(string root, IProgress<TrainingProgress> progress)
    {
        using var trainer = new LoopTrainer(new CheckpointStore(root), Options);
        var batch = FeedbackBatchFile.Read(Path.Combine(root, BatchFile));
        await trainer.TrainRewardModel(new("run-1", batch, LoopFixture.Starter, "reward", 5), progress, Guard);
        await trainer.TrainPolicy(new("run-1", batch, LoopFixture.Starter, LoopFixture.Starter, "reward", "policy", 5), progress, Guard);
    }

    /// <summary>Starts a process that trains and kills it once it has reported so often. False if it ended first.</summary>
    private static async Task<bool> RunUntil(string root, int reports)
    {
        var name = $"chatloop-{Guid.NewGuid():N}";
        await using var pipe = new NamedPipeServerStream(name, PipeDirection.In);
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!,
            ["-explicit", "only", "-method", $"*.{nameof(KilledProcessTests)}.{nameof(Train_in_a_process_of_its_own)}"])
        {
            Environment = { [Root] = root, [Pipe] = name },
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(Guard);
        var exit = process.WaitForExitAsync(Guard);
        if (await Task.WhenAny(pipe.WaitForConnectionAsync(Guard), exit) == exit) Assert.Fail($"The process did not train: {await output}");
        using var lines = new StreamReader(pipe);
        for (var seen = 0; seen < reports; seen++)
        {
            if (await lines.ReadLineAsync(Guard) is not null) continue;
            await exit;
            Assert.True(process.ExitCode == 0, await output);
            return false;
        }
        process.Kill();
        await exit;
        return true;
    }

    private sealed class Lines(StreamWriter lines) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => lines.WriteLine(value.Detail);
    }
}
