using ChatLoop.Contracts.Generation;
using ChatLoop.Model.Constraints;
using ChatLoop.Model.Generation;
using ChatLoop.Model.Sampling;
using ChatLoop.Model.Tokenizers;

namespace ChatLoop.Model.Tests.Constraints;

/// <summary>A model without sense: every token is about as likely as any other, the end a little more, so that answers get one.</summary>
internal sealed class RandomWriter
{
    private const int MostTokens = 400;
    private const float EndLogit = 6;

    private readonly Tokenizer _tokenizer;
    private readonly ConstraintCompiler _compiler;
    private readonly TokenSampler _sampler = new();
    private readonly int _end;

    public RandomWriter(Tokenizer tokenizer, int end)
    {
        (_tokenizer, _end) = (tokenizer, end);
        _compiler = new(tokenizer, [end]);
    }

    /// <summary>One answer as the engine would show it; null when it was cut.</summary>
    public string? Write(SamplingParameters parameters, long seed)
    {
        var random = new SeededRandom(seed);
        var constraint = _compiler.Begin(parameters);
        var text = new AnswerText(_tokenizer, []);
        var written = "";
        // Rows are padded beyond the vocabulary, as embeddings are.
        var logits = new float[_tokenizer.VocabularySize + 3];
        for (var i = 0; i < MostTokens; i++)
        {
            for (var id = 0; id < logits.Length; id++) logits[id] = (float)(4 * random.NextDouble());
            logits[_end] = EndLogit;
            logits[^1] = 50;
            var token = _sampler.Sample(logits, new(parameters, random, Constraint: constraint)).Id;
            if (token == _end) return written + text.End(cut: false);
            constraint!.Append(token);
            written += text.Append(token);
        }
        return null;
    }
}
