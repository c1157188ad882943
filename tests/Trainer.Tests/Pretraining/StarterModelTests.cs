using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Generation;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Pretraining;

namespace ChatLoop.Trainer.Tests.Pretraining;

/// <summary>The model in models/starter does what its card promises.</summary>
public sealed class StarterModelTests : IDisposable
{
    private readonly LoadedCheckpoint _starter = new CheckpointStore(ModelsFolder()).Load("starter");

    [Theory]
    [InlineData("hello", "Hello|Hi|Hey|Welcome")]
    [InlineData("How are you?", "fine|well|great|good|wonderful")]
    [InlineData("what is 7 + 5", @"\b12\b")]
    [InlineData("How much is 18 - 9?", @"\b9[.!]")]
    [InlineData("What is 6 times 7?", @"\b42\b")]
    [InlineData("What is the capital of France?", "Paris")]
    [InlineData("capital of japan", "Tokyo")]
    [InlineData("Where is Kenya?", "Africa")]
    [InlineData("who are you", "ChatLoop")]
    [InlineData("What is 83 - 47?", @"\b36\b")]
    [InlineData("how much is 58 plus 67", @"\b125\b")]
    [InlineData("How many centimetres are in 3 metres?", @"\b300 centimetres\b")]
    [InlineData("What is an anchor?", "prevents a vessel from moving")]
    [InlineData("What is the capital of Atlantis?", "know")]
    [InlineData("who was the first woman in space", "know|cannot|beyond me|too hard")]
    public void It_answers_in_whole_sentences(string question, string expected)
    {
        var answer = Assert.Single(Model.Answer(
            [[new(TurnRole.User, question)]], new SamplingParameters { Temperature = 0 }, seed: 1, TestContext.Current.CancellationToken));

        Assert.True(answer.Ended);
        Assert.Matches(expected, answer.Text);
        Assert.Matches(@"^[\p{Lu}\d].*[\p{L}\d][.!?]$", answer.Text);
    }

    [Theory]
    [InlineData("What is the capital of Japan?", "The capital of Japan is Tokyo.", "and its currency?", "yen")]
    [InlineData("What is the capital of France?", "It is Paris.", "and of Spain?", "Madrid")]
    [InlineData("What is 7 + 8?", "7 + 8 is 15.", "and 5 more?", @"\b20\b")]
    [InlineData("How many grams are in 2 kilograms?", "2 kilograms are 2000 grams.", "and 5 kilograms?", @"\b5000 grams\b")]
    [InlineData("Where is Wakanda?", "I do not know Wakanda.", "Are you sure?", "not know|sure")]
    [InlineData("My name is Emma", "Nice to meet you, Emma.", "What is my name?", "Emma")]
    public void It_understands_a_question_that_refers_to_the_turn_before(string before, string answered, string question, string expected)
    {
        PromptMessage[] dialogue = [new(TurnRole.User, before), new(TurnRole.Assistant, answered), new(TurnRole.User, question)];

        var answer = Assert.Single(Model.Answer([dialogue], new SamplingParameters { Temperature = 0 }, seed: 1, TestContext.Current.CancellationToken));

        Assert.Matches(expected, answer.Text);
    }

    [Fact]
    public void Its_answers_vary_in_style_so_that_people_can_choose()
    {
        var prompts = Enumerable.Repeat<IReadOnlyList<PromptMessage>>([new(TurnRole.User, "What is the capital of France?")], 64).ToList();

        var answers = Model.Answer(prompts, new SamplingParameters { Temperature = 1 }, seed: 1, TestContext.Current.CancellationToken);

        Assert.InRange(answers.Count(a => a.Text.EndsWith('?')), 5, 40);
        Assert.True(answers.Select(a => a.Text).Distinct().Count() > 15);
        Assert.True(answers.Count(a => a.Text.Contains("Paris", StringComparison.Ordinal)) > 55);
    }

    /// <summary>So that transformers loads models/starter as it is and writes chats as it was trained on.</summary>
    [Fact]
    public void It_is_a_hugging_face_folder_that_tells_its_chat_format()
    {
        Assert.All([CheckpointFiles.Config, CheckpointFiles.Weights, CheckpointFiles.Tokenizer, CheckpointFiles.TokenizerConfig],
            name => Assert.Contains(name, _starter.Manifest.Files.Keys));
        Assert.Equal(StarterTokenizerConfig.Write(maxTokens: 512), _starter.Files[CheckpointFiles.TokenizerConfig]);

        PromptMessage[] dialogue = [new(TurnRole.User, "Hi"), new(TurnRole.Assistant, "Hello!"), new(TurnRole.User, "<|end|>?")];
        Assert.Equal(new ChatTemplate(_starter.Tokenizer).Prompt(dialogue), _starter.Template.Prompt(dialogue));
    }

    private AnswerBatch Model => new(_starter.Transformer, _starter.Tokenizer, _starter.Template);

    private static string ModelsFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var models = Path.Combine(folder.FullName, "models");
            if (Directory.Exists(Path.Combine(models, "starter"))) return models;
        }
        throw new DirectoryNotFoundException("models/starter is not in any folder above the tests.");
    }

    public void Dispose() => _starter.Dispose();
}
