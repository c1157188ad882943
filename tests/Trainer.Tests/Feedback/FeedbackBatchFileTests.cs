using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Trainer.Feedback;

namespace ChatLoop.Trainer.Tests.Feedback;

public sealed class FeedbackBatchFileTests
{
    [Fact]
    public void A_batch_comes_back_as_it_was_written()
    {
        using var folder = new TemporaryFolder();
        var answer = new RatedAnswer
        {
            TurnId = "t1",
            Text = "Héllo \"you\"?",
            Tokens = [5, 6, 1],
            LogProbabilities = [-0.5f, -1.25f, -3e-7f],
            Versions = [new(0, 1), new(2, 2)],
            Sampling = new() { Temperature = 0.7, Seed = 9 },
            Finish = FinishReason.EndOfTurn,
        };
        IReadOnlyList<PromptMessage> prompt = [new(TurnRole.User, "hi"), new(TurnRole.Assistant, "hello"), new(TurnRole.User, "and?")];
        var batch = new FeedbackBatch
        {
            RunId = "run-1",
            Training = new()
            {
                Pairs = [new("f1", "ann", prompt, answer, answer with { TurnId = "t2", Finish = FinishReason.Length }, 0.5, BothBad: true)],
                Thumbs = [new("f2", "bob", prompt, answer, true)],
                Rankings = [new("f3", "ann", prompt, [answer, answer, answer], [2, 1, 2])],
                Ratings = [new("f4", "bob", prompt, answer, 4)],
            },
            HeldOut = new()
            {
                Corrections = [new("f5", "ann", prompt, answer, "Better.")],
                Demonstrations = [new("f6", "bob", prompt, "Written.", Suggestion: null)],
                Comments = [new("f7", "ann", prompt, answer, "Too long.")],
            },
        };

        FeedbackBatchFile.Write(folder["batches/run-1.json"], batch);
        var read = FeedbackBatchFile.Read(folder["batches/run-1.json"]);

        Assert.Equivalent(batch, read, strict: true);
        Assert.Equal(["f1", "f2", "f3", "f4", "f5", "f6", "f7"], read.FeedbackIds);
        Assert.Single(Directory.EnumerateFiles(folder["batches"]));
    }

    [Fact]
    public void A_damaged_file_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["batch.json"], "{\"runId\": \"x\"");

        Assert.Contains(folder["batch.json"], Assert.Throws<ChatLoopException>(() => FeedbackBatchFile.Read(folder["batch.json"])).Message);
        Assert.Equal(ChatLoop.Contracts.Errors.ErrorCode.NotFound, Assert.Throws<ChatLoopException>(() => FeedbackBatchFile.Read(folder["none.json"])).Code);
    }
}
