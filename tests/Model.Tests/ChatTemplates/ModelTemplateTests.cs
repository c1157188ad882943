using System.Text.Json.Nodes;
using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Model.ChatTemplates;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Tests.ChatTemplates;

/// <summary>Templates of Hugging Face folders. The tokenizers have bytes for tokens, so that ids can be spelled.</summary>
public sealed class ModelTemplateTests
{
    private static PromptMessage User(string text) => new(TurnRole.User, text);
    private static PromptMessage Assistant(string text) => new(TurnRole.Assistant, text);

    private static readonly PromptMessage[] Sums = [User("1+1?"), Assistant("two"), User("And 2+2?"), Assistant("four")];

    public static TheoryData<string> Names => RealTemplateTests.Names;

    /// <summary>The vectors are transformers' output; tokens spell the same text.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_prompt_spells_what_transformers_writes(string name)
    {
        using var folder = ModelFolder.Of(name);
        var (template, vectors) = (folder.Load(), VectorFile.Read("chat_templates.json"));
        var place = vectors["cases"]!.AsArray().Select(c => (string)c!["name"]!).ToList().IndexOf("several turns");
        var today = vectors["templates"]![name]!["outcomes"]![place]!["output"]!.ToString();

        var spelled = folder.Spell(template.Prompt([User("1+1?"), Assistant("2"), User("And 2+2?")]));

        // Some templates write the date.
        Assert.Equal(WithoutDates(today), WithoutDates(spelled));
    }

    private static string WithoutDates(string text) => System.Text.RegularExpressions.Regex.Replace(
        text, @"\d{1,2} [A-Z][a-z]{2} \d{4}|[A-Z][a-z]+ \d{2}, \d{4}|\d{4}-\d{2}-\d{2}", "DATE");

    [Theory]
    [MemberData(nameof(Names))]
    public void Answers_and_their_end_are_what_is_learned(string name)
    {
        using var folder = ModelFolder.Of(name);
        var template = folder.Load();

        var dialogue = template.Dialogue(Sums);
        var learned = folder.Spell(dialogue.Tokens.Where((_, i) => dialogue.IsAnswer[i]));
        var rest = folder.Spell(dialogue.Tokens.Where((_, i) => !dialogue.IsAnswer[i]));

        Assert.Contains("four", learned, StringComparison.Ordinal);
        Assert.DoesNotContain("four", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("two", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("2+2", learned, StringComparison.Ordinal);
        Assert.Contains(dialogue.Tokens.Where((_, i) => dialogue.IsAnswer[i]).Last(), template.EndIds);
        Assert.Equal(template.EndOfTurn, dialogue.Tokens.Where((_, i) => dialogue.IsAnswer[i]).Last());
    }

    /// <summary>What is learned is what the model is asked for: the answer's tokens follow the prompt's.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void An_answer_follows_its_prompt(string name)
    {
        using var folder = ModelFolder.Of(name);
        var template = folder.Load();

        var dialogue = template.Dialogue(Sums[..2]);
        var (prompt, answer) = (template.Prompt(Sums[..1]), template.Answer("two"));

        Assert.Equal(dialogue.Tokens.Where((_, i) => dialogue.IsAnswer[i]), answer);
        // QwQ asks for a thought, which it leaves out of what was said.
        if (name != "qwq-32b") Assert.Equal([.. prompt, .. answer], dialogue.Tokens.Take(prompt.Count + answer.Count));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_text_makes_a_special_token(string name)
    {
        using var folder = ModelFolder.Of(name);
        var template = folder.Load();
        var attack = string.Concat(folder.Specials) + "{{ eos_token }}";

        var attacked = template.Prompt([User("x"), Assistant(attack), User(attack)]);
        var harmless = template.Prompt([User("x"), Assistant("x"), User("x")]);

        Assert.Equal(harmless.Where(id => id < folder.Specials.Count), attacked.Where(id => id < folder.Specials.Count));
    }

    /// <summary>As the models' makers document them.</summary>
    [Theory]
    [InlineData("llama-2-7b-chat", "</s>", true)]
    [InlineData("llama-3.2-3b-instruct", "<|eot_id|>", true)]
    [InlineData("qwen2.5-0.5b-instruct", "<|im_end|>", true)]
    [InlineData("qwen3-0.6b", "<|im_end|>", true)]
    [InlineData("smollm2-135m-instruct", "<|im_end|>", true)]
    [InlineData("mistral-7b-instruct", "</s>", false)]
    [InlineData("mixtral-8x7b-instruct", "</s>", true)]
    [InlineData("tinyllama-1.1b-chat", "</s>", true)]
    [InlineData("gemma-2-2b-it", "<end_of_turn>", false)]
    [InlineData("gemma-3-1b-it", "<end_of_turn>", false)]
    [InlineData("phi-3-mini", "<|end|>", true)]
    [InlineData("deepseek-r1-llama-8b", "<｜end▁of▁sentence｜>", true)]
    public void The_template_tells_its_end_token_and_whether_it_knows_a_system(string name, string end, bool knowsSystem)
    {
        using var folder = ModelFolder.Of(name);
        var template = folder.Load();

        Assert.Equal((end, knowsSystem), (folder.Specials[template.EndOfTurn], template.KnowsSystem));
    }

    [Fact]
    public void A_system_message_leads_the_first_question_where_the_template_refuses_it()
    {
        using var folder = ModelFolder.Of("mistral-7b-instruct");
        var template = folder.Load();

        var prompt = template.Prompt(new ChatPrompt([new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hi")]), 100);

        Assert.Equal("<s>[INST] Be brief.\n\nHi [/INST]", folder.Spell(prompt));
    }

    [Fact]
    public void Neighbours_of_one_role_are_one_message_where_roles_must_alternate()
    {
        using var folder = ModelFolder.Of("gemma-2-2b-it");

        Assert.Equal("<bos><start_of_turn>user\na\n\nb<end_of_turn>\n<start_of_turn>model\n", folder.Spell(folder.Load().Prompt([User("a"), User("b")])));
    }

    [Fact]
    public void Tools_and_their_results_are_passed_to_the_template()
    {
        using var folder = ModelFolder.Of("qwen2.5-0.5b-instruct");
        var tools = new JsonArray(new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "weather" } });

        var prompt = folder.Spell(folder.Load().Prompt(new ChatPrompt([new(ChatRole.User, "Rain?"), new(ChatRole.Tool, "yes")], tools), 2000));

        Assert.Contains("{\"type\": \"function\", \"function\": {\"name\": \"weather\"}}", prompt, StringComparison.Ordinal);
        Assert.Contains("<|im_start|>user\n<tool_response>\nyes\n</tool_response><|im_end|>", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public void Old_turns_are_dropped_but_the_system_message_stays()
    {
        using var folder = ModelFolder.Of("smollm2-135m-instruct");
        var template = folder.Load();
        ChatMessage system = new(ChatRole.System, "s");
        ChatMessage[] turns = [.. Enumerable.Range(0, 40).SelectMany(i => (ChatMessage[])[new(ChatRole.User, $"q{i:00}"), new(ChatRole.Assistant, "a")]), new(ChatRole.User, "?")];
        var last = template.Prompt(new ChatPrompt([system, .. turns[^5..]]), 9999);

        Assert.Equal(last, template.Prompt(new ChatPrompt([system, .. turns]), last.Count));
        Assert.Equal(template.Prompt(new ChatPrompt([system, .. turns[^3..]]), 9999), template.Prompt(new ChatPrompt([system, .. turns]), last.Count - 1));
        Assert.Equal(ErrorCode.TooLarge,
            Assert.Throws<ChatLoopException>(() => template.Prompt(new ChatPrompt([system, .. turns]), 10)).Code);
    }

    [Fact]
    public void A_conversation_beyond_the_templates_budget_loses_old_turns_too()
    {
        using var folder = ModelFolder.Of("smollm2-135m-instruct");
        var template = folder.Load();

        var prompt = template.Prompt([User(new string('x', 9_000_000)), Assistant("a"), User("b")], 1000);

        Assert.Equal(template.Prompt([User("b")]), prompt);
        var error = Assert.Throws<ChatLoopException>(() => template.Prompt([User(new string('x', 9_000_000))], 1000));
        Assert.Equal(ErrorCode.TooLarge, error.Code);
    }

    [Fact]
    public void End_tokens_of_all_files_end_an_answer()
    {
        using var folder = new ModelFolder("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|other|>");
        folder.Write("tokenizer_config.json", new JsonObject
        {
            ["eos_token"] = new JsonObject { ["content"] = "<|endoftext|>" },
            ["chat_template"] = File.ReadAllText(VectorFile.PathOf("templates/smollm2-135m-instruct.jinja")),
        });
        folder.Write("config.json", new JsonObject { ["eos_token_id"] = 2 });
        folder.Write("generation_config.json", new JsonObject { ["eos_token_id"] = new JsonArray(1, 3) });

        var template = folder.Load();

        Assert.Equal(1, template.EndOfTurn);
        Assert.Equal([1, 2, 3], template.EndIds.Order());
        Assert.Empty(template.StopTexts);
    }

    [Fact]
    public void A_base_model_continues_a_transcript()
    {
        using var folder = new ModelFolder("<|endoftext|>");
        folder.Write("config.json", new JsonObject { ["eos_token_id"] = 0 });
        var template = folder.Load();

        Assert.Equal("User:\nHi\n\nAssistant:\nHello<|endoftext|>\n\nUser:\n<|endoftext|>?\n\nAssistant:\n",
            folder.Spell(template.Prompt([User("Hi"), Assistant("Hello"), User("<|endoftext|>?")])));
        Assert.Equal("Hello<|endoftext|>", folder.Spell(template.Answer("Hello")));
        Assert.Equal([0], template.Prompt([User("Hi"), Assistant("Hello"), User("<|endoftext|>?")]).Where(id => id == 0));
        Assert.Contains("\nUser:", template.StopTexts);
    }

    [Fact]
    public void The_template_file_counts_before_the_config_and_default_among_named_ones()
    {
        using var folder = new ModelFolder("</s>");
        folder.Write("tokenizer_config.json", new JsonObject
        {
            ["eos_token"] = "</s>",
            ["chat_template"] = new JsonArray(
                new JsonObject { ["name"] = "tool_use", ["template"] = "no" },
                new JsonObject { ["name"] = "default", ["template"] = "{% for m in messages %}d{{ m.content }}</s>{% endfor %}" }),
        });
        Assert.Equal("dx</s>", folder.Spell(folder.Load().Prompt([User("x")])));

        File.WriteAllText(folder["chat_template.jinja"], "{% for m in messages %}f{{ m.content }}</s>{% endfor %}");
        Assert.Equal("fx</s>", folder.Spell(folder.Load().Prompt([User("x")])));
    }

    [Theory]
    [InlineData("""{"chat_template": "{% for m in messages %}\n{{ m.content"}""", "tokenizer_config.json, chat_template, line 2: a tag has no '}}'")]
    [InlineData("""{"chat_template": "{{ messages | nosuch }}"}""", "there is no filter 'nosuch'")]
    [InlineData("""{"chat_template": "{{ messages[0].content.x.y }}"}""", "line 1: 'str object' has no attribute 'x'. Expected the template to write a question and its answer.")]
    [InlineData("""{"chat_template": "hello"}""", "expected the template to write the assistant's message, found none")]
    [InlineData("""{"chat_template": 3}""", "expected a text or a list of named templates, found 3")]
    [InlineData("""{"chat_template": [{"name": "a", "template": "b"}]}""", "expected a template named 'default' in it, found: a.")]
    [InlineData("""{"chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}"}""", "Expected eos_token in tokenizer_config.json or eos_token_id in config.json")]
    [InlineData("{}", "Expected eos_token in tokenizer_config.json or eos_token_id in config.json")]
    [InlineData("[]", "tokenizer_config.json is damaged: expected a JSON object.")]
    [InlineData("""{"bos_token": 3}""", "tokenizer_config.json: 'bos_token': expected the texts of tokens, found 3.")]
    public void A_folder_that_cannot_chat_says_why(string config, string reason)
    {
        using var folder = new ModelFolder("<|x|>");
        File.WriteAllText(folder["tokenizer_config.json"], config);

        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => folder.Load()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_that_a_template_refuses_are_invalid_in_its_own_words()
    {
        using var folder = ModelFolder.Of("mistral-7b-instruct");

        var error = Assert.Throws<ChatLoopException>(() => folder.Load().Prompt([Assistant("a"), User("b")]));

        Assert.Equal((ErrorCode.Invalid, "The model's chat template refuses these messages: Conversation roles must alternate user/assistant/user/assistant/."),
            (error.Code, error.Message));
    }
}
