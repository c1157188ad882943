using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Grains.Tests.Cluster;
using static ChatLoop.Grains.Tests.Cluster.Reading;

namespace ChatLoop.Grains.Tests.Conversations;

/// <summary>Creating, sending, branching and the refusals on the way.</summary>
public sealed class RequestTests : IAsyncLifetime
{
    private const string User = "ada";
    private GrainCluster _cluster = null!;
    private IConversationGrain _conversation = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await GrainCluster.Start();
        _conversation = _cluster.Conversation(NewId());
        await _conversation.Create(User, title: null);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Repeated_request_gets_the_first_receipt_and_starts_nothing()
    {
        var message = new SendMessage(NewId(), "Hello!", ParentTurnId: null, Sampling: null);
        var receipts = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _conversation.Send(User, message)));

        Assert.Single(receipts.Distinct());
        Assert.Equal(2, (await _conversation.GetSnapshot(User)).Turns.Count);
        await _cluster.Deactivate(_conversation);
        Assert.Equal(receipts[0], await _conversation.Send(User, message));
        await Refuses(ErrorCode.Conflict, () => _conversation.Send(User, message with { Text = "Other" }));
    }

    [Fact]
    public async Task Receipt_means_that_both_turns_survive_a_kill()
    {
        var receipt = await _conversation.Say(User, "Hello!");

        await using var later = await _cluster.AfterKill();

        var turns = (await later.Conversation(_conversation.GetPrimaryKeyString()).GetSnapshot(User)).Turns;
        Assert.Equal([receipt.UserTurnId, receipt.AnswerTurnId], turns.Select(t => t.TurnId));
        Assert.Equal("Hello!", turns[0].Text);
    }

    [Fact]
    public async Task Editing_and_regenerating_add_branches_and_the_prompt_is_the_branch()
    {
        var first = await _conversation.Say(User, "Hello!");
        await Finish(first, "Hi.");
        var second = await _conversation.Say(User, "How are you?", first.AnswerTurnId);
        await Finish(second, "Fine.");
        var edited = await _conversation.Say(User, "Who are you?", first.AnswerTurnId);
        var answer = await _cluster.Engine.NextAnswer(Guard);
        answer.Say("A model.").End();
        await _conversation.ReadAll(User, edited.RunId);
        var again = await _conversation.Answer(User, new AnswerRequest(NewId(), edited.UserTurnId, null, null));
        await Finish(again, "ChatLoop.");

        Assert.Equal(["Hello!", "Hi.", "Who are you?"], answer.Request.Messages.Select(m => m.Text));
        var turns = (await _conversation.GetSnapshot(User)).Turns;
        Assert.Equal(["Hello!", "Hi.", "How are you?", "Fine.", "Who are you?", "A model.", "ChatLoop."], turns.Select(t => t.Text));
        Assert.Equal(edited.UserTurnId, turns[^1].ParentTurnId);
    }

    [Theory]
    [InlineData("", ErrorCode.Invalid, "Write a message first")]
    [InlineData("  \n\t", ErrorCode.Invalid, "Write a message first")]
    [InlineData(null, ErrorCode.Invalid, "Write a message first")]
    public async Task Empty_message_is_refused(string? text, ErrorCode code, string says)
    {
        var error = await Refuses(code, () => _conversation.Say(User, text!));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Empty((await _conversation.GetSnapshot(User)).Turns);
    }

    [Fact]
    public async Task Message_may_be_8000_characters_and_no_longer()
    {
        await _conversation.Say(User, new string('x', 8000));
        var error = await Refuses(ErrorCode.TooLarge, () => _conversation.Say(User, new string('x', 8001)));
        Assert.Contains("8,000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_without_sampling_is_sampled_as_the_models_makers_advise()
    {
        _cluster.Engine.DefaultSampling = new() { Temperature = 0.6, TopP = 0.9, TopK = 20 };
        var advised = await _conversation.Send(User, new SendMessage(NewId(), "One", null, Sampling: null));
        var own = await _conversation.Send(User, new SendMessage(NewId(), "Two", null, new() { Temperature = 1.5 }));

        var sampling = (await _conversation.TurnOf(User, advised.AnswerTurnId)).Sampling!;
        Assert.Equal((0.6, 0.9, 20), (sampling.Temperature, sampling.TopP, sampling.TopK));
        Assert.NotNull(sampling.Seed);
        sampling = (await _conversation.TurnOf(User, own.AnswerTurnId)).Sampling!;
        Assert.Equal((1.5, 1, 0), (sampling.Temperature, sampling.TopP, sampling.TopK));
    }

    [Fact]
    public async Task Sampling_out_of_range_is_refused_by_name()
    {
        var error = await Refuses(ErrorCode.Invalid, () => _conversation.Send(User,
            new SendMessage(NewId(), "Hello!", null, new SamplingParameters { TopP = 1.5 })));
        Assert.Contains("topP", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_seed_is_kept_and_a_missing_one_is_drawn()
    {
        var seeded = await _conversation.Send(User, new SendMessage(NewId(), "One", null, new SamplingParameters { Seed = 7 }));
        var drawn = await _conversation.Say(User, "Two");

        Assert.Equal(7, (await _conversation.TurnOf(User, seeded.AnswerTurnId)).Sampling!.Seed);
        Assert.InRange((await _conversation.TurnOf(User, drawn.AnswerTurnId)).Sampling!.Seed!.Value, 0, (1L << 53) - 1);
    }

    [Fact]
    public async Task Parent_must_be_a_finished_answer_of_this_conversation()
    {
        var receipt = await _conversation.Say(User, "Hello!");
        await Refuses(ErrorCode.NotFound, () => _conversation.Say(User, "x", "nowhere"));
        await Refuses(ErrorCode.Invalid, () => _conversation.Say(User, "x", receipt.UserTurnId));
        await Refuses(ErrorCode.Conflict, () => _conversation.Say(User, "x", receipt.AnswerTurnId));
        await Refuses(ErrorCode.Conflict, () => _conversation.Answer(User, new AnswerRequest(NewId(), receipt.UserTurnId, null, null)));
        await Refuses(ErrorCode.Invalid, () => _conversation.Answer(User, new AnswerRequest(NewId(), receipt.AnswerTurnId, null, null)));
    }

    [Fact]
    public async Task Conversation_of_another_user_does_not_exist()
    {
        var receipt = await _conversation.Say(User, "Hello!");
        const string stranger = "eve";
        await Refuses(ErrorCode.NotFound, () => _conversation.GetSnapshot(stranger));
        await Refuses(ErrorCode.NotFound, () => _conversation.Create(stranger, null));
        await Refuses(ErrorCode.NotFound, () => _conversation.Say(stranger, "x"));
        await Refuses(ErrorCode.NotFound, () => _conversation.Stop(stranger, receipt.RunId, 1));
        await Refuses(ErrorCode.NotFound, () => _conversation.Rename(stranger, "x"));
        await Refuses(ErrorCode.NotFound, () => _conversation.Delete(stranger));
        await Refuses(ErrorCode.NotFound, () => _conversation.GetRatedAnswer(stranger, receipt.AnswerTurnId));
        await Refuses(ErrorCode.NotFound, () => _conversation.ReadAll(stranger, receipt.RunId));
        await Refuses(ErrorCode.NotFound, () => _conversation.ReadAll(User, "no-run"));
        await Refuses(ErrorCode.NotFound, () => _cluster.Conversation(NewId()).GetSnapshot(User));
    }

    [Fact]
    public async Task Title_comes_from_the_first_message_or_the_user()
    {
        await _conversation.Say(User, "  What is the capital   of France, and what else should one know about the place before a visit?");
        Assert.Equal("What is the capital of France, and what else should one know…", (await _conversation.GetSnapshot(User)).Title);
        await _conversation.Rename(User, "  France ");
        Assert.Equal("France", (await _conversation.GetSnapshot(User)).Title);
        await Refuses(ErrorCode.Invalid, () => _conversation.Rename(User, " "));
        await Refuses(ErrorCode.Invalid, () => _conversation.Rename(User, new string('x', 201)));
    }

    [Fact]
    public async Task List_shows_the_users_own_newest_first_and_survives_a_restart()
    {
        var second = _cluster.Conversation(NewId());
        await second.Create(User, "Second");
        await _cluster.Conversation(NewId()).Create("eve", "Hers");
        await _conversation.Rename(User, "First");

        await _cluster.Restart();

        Assert.Equal(["First", "Second"], (await _cluster.Index(User).List()).Select(c => c.Title));
    }

    [Fact]
    public async Task Deleted_conversation_is_gone_its_run_ends_and_its_text_is_not_on_disk()
    {
        const string secret = "my hovercraft is full of eels";
        var receipt = await _conversation.Say(User, secret);
        var answer = await _cluster.Engine.NextAnswer(Guard);
        answer.Say("Oh.");
        await _conversation.ReadUntil(User, receipt.RunId, e => e.Kind == RunEventKind.Delta);
        var reader = _conversation.ReadAll(User, receipt.RunId);

        await _conversation.Delete(User);

        await answer.Cancelled.WaitAsync(Guard);
        Assert.Equal(RunEventKind.Error, (await reader)[^1].Kind);
        await Refuses(ErrorCode.NotFound, () => _conversation.GetSnapshot(User));
        await Refuses(ErrorCode.NotFound, () => _conversation.Create(User, null));
        Assert.Empty(await _cluster.Index(User).List());
        await _conversation.Delete(User);
        await _cluster.Restart();
        Assert.DoesNotContain(secret, await File.ReadAllTextAsync(Path.Combine(_cluster.Folder, "grains.db"), Guard), StringComparison.Ordinal);
    }

    private async Task Finish(RunReceipt receipt, string text)
    {
        (await _cluster.Engine.NextAnswer(Guard)).Say(text).End();
        await _conversation.ReadAll(User, receipt.RunId);
    }
}
