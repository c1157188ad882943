namespace ChatLoop.Model.ChatTemplates;

/// <summary>Templates for folders that bring none.</summary>
internal static class BuiltInTemplates
{
    /// <summary>The starter's: a token before each message says who speaks, and one ends it.</summary>
    public const string Starter =
        """
        {%- for message in messages -%}
        {%- if message.role == 'user' -%}
        <|user|>{{ message.content }}<|end|>
        {%- elif message.role == 'assistant' -%}
        <|assistant|>{% generation %}{{ message.content }}<|end|>{% endgeneration %}
        {%- else -%}
        {{ raise_exception('this model knows the roles user and assistant, not ' + message.role) }}
        {%- endif -%}
        {%- endfor -%}
        {%- if add_generation_prompt -%}<|assistant|>{%- endif -%}
        """;

    /// <summary>
    /// For base models, which know no chat format: a transcript, which they continue in kind. Answers are on lines of their own, so that
    /// a word at the beginning of one is the same token as elsewhere; the text's own end token ends them.
    /// </summary>
    public const string Transcript =
        """
        {{- bos_token -}}
        {%- for message in messages -%}
        {%- if message.role == 'system' -%}
        {{ message.content + '\n\n' }}
        {%- elif message.role == 'assistant' -%}
        {{ 'Assistant:\n' }}{% generation %}{{ message.content + eos_token }}{% endgeneration %}{{ '\n\n' }}
        {%- else -%}
        {{ (message.role | capitalize) + ':\n' + message.content + '\n\n' }}
        {%- endif -%}
        {%- endfor -%}
        {%- if add_generation_prompt -%}{{ 'Assistant:\n' }}{%- endif -%}
        """;

    /// <summary>A base model goes on with the next speaker instead of ending its answer.</summary>
    public static readonly string[] TranscriptStops = ["\nUser:", "\nAssistant:", "\nTool:"];
}
