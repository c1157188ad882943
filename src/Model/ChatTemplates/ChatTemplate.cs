using ChatLoop.Contracts.Conversations;
using ChatLoop.Contracts.Errors;
using ChatLoop.Model.ChatTemplates.Jinja;
using ChatLoop.Model.Tokenizers;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.ChatTemplates;

/// <summary>A dialogue in tokens. <paramref name="IsAnswer"/> is true for the assistant's text and the end-of-turn after it.</summary>
public sealed record TemplatedDialogue(IReadOnlyList<int> Tokens, IReadOnlyList<bool> IsAnswer);

/// <summary>
/// Turns messages into the tokens that a model was trained on, by its own chat template. Only the template places special tokens; text
/// never produces one, so nobody can speak in another's role. Immutable; any thread may use it.
/// </summary>
public sealed class ChatTemplate
{
    public const string PadToken = "<|pad|>";
    public const string EndToken = "<|end|>";
    public const string UserToken = "<|user|>";
    public const string AssistantToken = "<|assistant|>";

    private const string Probe = "probe of the template";

    private readonly Tokenizer _tokenizer;
    private readonly JinjaTemplate _template;
    private readonly ChatRendering _rendering;
    private readonly IReadOnlyCollection<string> _endTexts;

    /// <summary>Of a tokenizer without a folder: the starter's template where it has the starter's tokens, else a plain transcript.</summary>
    /// <exception cref="InvalidDataException">No token ends an answer.</exception>
    public ChatTemplate(Tokenizer tokenizer)
        : this(tokenizer, new ChatTemplateSource(), TimeProvider.System)
    {
    }

    internal ChatTemplate(Tokenizer tokenizer, ChatTemplateSource source, TimeProvider clock)
    {
        _tokenizer = tokenizer;
        var texts = tokenizer.AddedTokens.GroupBy(t => t.Id).ToDictionary(t => t.Key, t => t.First().Content);
        var isStarter = source.Jinja is null && new[] { PadToken, EndToken, UserToken, AssistantToken }.All(texts.ContainsValue);
        var isTranscript = source.Jinja is null && !isStarter;
        _template = source.Jinja is { } jinja ? Read(source.Name, jinja)
            : new("ChatLoop's built-in template", isStarter ? BuiltInTemplates.Starter : BuiltInTemplates.Transcript);
        StopTexts = isTranscript ? BuiltInTemplates.TranscriptStops : [];

        int? eos = source.Eos is { } text && texts.ContainsValue(text) ? tokenizer.SpecialId(text) : tokenizer.EosId ?? source.EndIds.Cast<int?>().FirstOrDefault();
        if (eos is null && isTranscript) throw WithoutEnd();
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        Name("bos_token", isTranscript && !tokenizer.AddsBos ? "" : source.Bos ?? TextOf(tokenizer.BosId));
        Name("eos_token", source.Eos ?? TextOf(eos));
        Name("pad_token", source.Pad ?? TextOf(tokenizer.PadId));
        Name("unk_token", source.Unknown);
        _rendering = new(_template, tokens, clock);

        EndOfTurn = MarkedEnd() ?? eos ?? throw WithoutEnd();
        EndIds = [.. new[] { EndOfTurn }.Concat(source.EndIds).Concat(eos is { } id ? [id] : []).Distinct()];
        Pad = texts.ContainsValue(PadToken) && isStarter ? tokenizer.SpecialId(PadToken) : tokenizer.PadId ?? EndOfTurn;
        _endTexts = [.. EndIds.Select(i => TextOf(i)).OfType<string>()];

        string? TextOf(int? tokenId) => tokenId is { } known ? texts.GetValueOrDefault(known) : null;
        void Name(string role, string? token)
        {
            if (token is not null) tokens[role] = token;
        }
    }

    /// <summary>Special tokens in the order of their ids in the starter's vocabulary.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } = [PadToken, EndToken, UserToken, AssistantToken];

    /// <summary>The template's text, in Jinja.</summary>
    public string Source => _template.Source;

    /// <summary>Ends every answer in training: the token that the template writes after the assistant's text.</summary>
    public int EndOfTurn { get; }
    /// <summary>Tokens that end an answer when the model samples them: <see cref="EndOfTurn"/> and the folder's eos_token_id and eos_token.</summary>
    public IReadOnlyList<int> EndIds { get; }
    /// <summary>Texts that end an answer, for base models without a token that does; empty for chat models.</summary>
    public IReadOnlyList<string> StopTexts { get; }
    /// <summary>Fills shorter rows of a batch.</summary>
    public int Pad { get; }
    /// <summary>False when a system message becomes the beginning of the next user message.</summary>
    public bool KnowsSystem => _rendering.KnowsSystem;

    /// <summary>
    /// Of a Hugging Face folder: chat_template.jinja or tokenizer_config.json, with the end tokens of config.json and
    /// generation_config.json. Without a template, as <see cref="ChatTemplate(Tokenizer)"/>.
    /// </summary>
    /// <exception cref="InvalidDataException">A file is damaged, or the template cannot be used; names file, line and reason.</exception>
    public static ChatTemplate Load(string folder, Tokenizer tokenizer) => new(tokenizer, ChatTemplateSource.Read(folder), TimeProvider.System);

    /// <summary>The messages, then the header of the assistant's answer.</summary>
    /// <exception cref="ChatLoopException">Invalid when there is no message, or the template refuses these.</exception>
    public IReadOnlyList<int> Prompt(IReadOnlyList<PromptMessage> messages) => Prompt(messages, int.MaxValue);

    /// <summary>
    /// A prompt of at most <paramref name="maxTokens"/> tokens: the oldest turns are dropped, always up to the next user message,
    /// until the rest fits.
    /// </summary>
    /// <exception cref="ChatLoopException">
    /// TooLarge when the last user message alone does not fit; Invalid when there is no message, or the template refuses these.
    /// </exception>
    public IReadOnlyList<int> Prompt(IReadOnlyList<PromptMessage> messages, int maxTokens) =>
        Prompt(new ChatPrompt([.. messages.Select(ChatMessage.Of)]), maxTokens);

    /// <summary>As with plain messages. System messages at the beginning are never dropped.</summary>
    /// <exception cref="ChatLoopException">As with plain messages.</exception>
    public IReadOnlyList<int> Prompt(ChatPrompt prompt, int maxTokens)
    {
        if (prompt.Messages.Count == 0) throw ChatLoopException.Invalid("A prompt needs at least one message.");
        var lead = prompt.Messages.TakeWhile(m => m.Role == ChatRole.System).Count();
        int[] starts = [lead, .. Enumerable.Range(0, prompt.Messages.Count).Where(i => i > lead && prompt.Messages[i].Role == ChatRole.User)];
        if (Fitting(starts[0]) is { } whole) return whole;
        // Fewer turns take fewer tokens, so halving finds the longest prompt that fits.
        IReadOnlyList<int>? longest = null;
        var (low, high) = (1, starts.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Fitting(starts[middle]) is { } tokens) (longest, high) = (tokens, middle);
            else low = middle + 1;
        }
        return longest ?? throw new ChatLoopException(ErrorCode.TooLarge,
            $"The message takes {From(starts[^1]).Count} tokens; at most {maxTokens} fit the model's context. Send a shorter one.");

        IReadOnlyList<int>? Fitting(int start)
        {
            try
            {
                return From(start) is var tokens && tokens.Count <= maxTokens ? tokens : null;
            }
            catch (ChatLoopException e) when (e.Code == ErrorCode.TooLarge)
            {
                return null;
            }
        }

        IReadOnlyList<int> From(int start) => _tokenizer.Encode(
            Render([.. prompt.Messages.Take(lead), .. prompt.Messages.Skip(start)], prompt.Tools, header: true).Select(r => r.Segment));
    }

    /// <summary>A whole dialogue for training.</summary>
    /// <exception cref="ChatLoopException">Invalid when the template refuses the messages.</exception>
    public TemplatedDialogue Dialogue(IReadOnlyList<PromptMessage> messages) => Dialogue(new ChatPrompt([.. messages.Select(ChatMessage.Of)]));

    /// <summary>As with plain messages.</summary>
    /// <exception cref="ChatLoopException">Invalid when the template refuses the messages.</exception>
    public TemplatedDialogue Dialogue(ChatPrompt dialogue)
    {
        var messages = _rendering.Adapted(dialogue.Messages);
        var rendered = Render(messages, dialogue.Tools, header: false);
        var spans = _template.MarksAnswers
            ? AnswerSpans.Marked(rendered)
            : AnswerSpans.Found(rendered, PromptsWithin(messages, dialogue), _endTexts);
        var encoded = spans.Encode(_tokenizer);
        // Some templates leave the last turn open, for the model to go on; here it is over.
        return encoded.IsAnswer is [.., true] && !EndIds.Contains(encoded.Tokens[^1])
            ? new([.. encoded.Tokens, EndOfTurn], [.. encoded.IsAnswer, true])
            : encoded;
    }

    /// <summary>The tokens of a whole answer, as the model would sample them after a prompt; the last one is of <see cref="EndIds"/>.</summary>
    public IReadOnlyList<int> Answer(string text)
    {
        var dialogue = Dialogue(new ChatPrompt([new(ChatRole.User, Probe), new(ChatRole.Assistant, text)]));
        int[] answer = [.. dialogue.Tokens.Where((_, i) => dialogue.IsAnswer[i])];
        return answer is [.., var last] && EndIds.Contains(last) ? answer : [.. answer, EndOfTurn];
    }

    private IEnumerable<string> PromptsWithin(IReadOnlyList<ChatMessage> messages, ChatPrompt dialogue)
    {
        for (var i = 1; i < messages.Count; i++)
        {
            if (messages[i].Role != ChatRole.Assistant) continue;
            yield return string.Concat(Render([.. messages.Take(i)], dialogue.Tools, header: true).Select(r => r.Segment.Text));
        }
    }

    private IReadOnlyList<RenderedSegment> Render(IReadOnlyList<ChatMessage> messages, System.Text.Json.Nodes.JsonArray? tools, bool header)
    {
        try
        {
            return _rendering.Render(_rendering.Adapted(messages), tools, header);
        }
        catch (TemplateException e) when (e.Fault == TemplateFault.Raised)
        {
            throw ChatLoopException.Invalid($"The model's chat template refuses these messages: {e.Reason.TrimEnd('.')}.");
        }
        catch (TemplateException e) when (e.Fault == TemplateFault.Budget)
        {
            throw new ChatLoopException(ErrorCode.TooLarge, $"The messages are too long for the model's chat template: {e.Message}");
        }
        catch (TemplateException e)
        {
            throw ChatLoopException.Invalid($"The model's chat template cannot write these messages: {e.Message}");
        }
    }

    private InvalidDataException WithoutEnd() => new(
        $"{_template.Name}: no token ends an answer. Expected eos_token in tokenizer_config.json or eos_token_id in config.json.");

    private static JinjaTemplate Read(string name, string jinja)
    {
        try
        {
            return new(name, jinja);
        }
        catch (TemplateException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    /// <summary>The first special token behind an answer's text; null when the template writes none.</summary>
    private int? MarkedEnd()
    {
        try
        {
            var rendered = _rendering.Render([new(ChatRole.User, "question"), new(ChatRole.Assistant, Probe)], null, header: false);
            var answer = rendered.ToList().FindLastIndex(r => !r.Segment.IsMarkup && r.Segment.Text.Contains(Probe, StringComparison.Ordinal));
            if (answer < 0) throw new InvalidDataException($"{_template.Name}: expected the template to write the assistant's message, found none.");
            var special = _tokenizer.AddedTokens.Where(t => t.IsSpecial).Select(t => t.Id).ToHashSet();
            return _tokenizer.Encode(rendered.Skip(answer + 1).Select(r => r.Segment)).Where(special.Contains).Cast<int?>().FirstOrDefault();
        }
        catch (TemplateException e)
        {
            throw new InvalidDataException($"{e.Message} Expected the template to write a question and its answer.", e);
        }
    }
}
