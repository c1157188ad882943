using ChatLoop.Model.Decoding;
using ChatLoop.Model.Kernels;
using ChatLoop.Model.Transformers;

namespace ChatLoop.Engine.Bench;

/// <summary>Sequences that decode together after a context, by our kernels.</summary>
internal sealed class KernelDecoding : IDisposable
{
    /// <summary>Tokens of a sequence's context that run in one step.</summary>
    private const int Piece = 16;

    private readonly CpuDecoder _decoder;
    private readonly PagedKeyValueCache _cache;
    private readonly StepToken[] _tokens;
    private readonly int _context;
    private readonly int _steps;

    /// <param name="context">In tokens, a multiple of 16.</param>
    /// <param name="steps">Tokens of each sequence that are decoded at a time.</param>
    /// <param name="rounds">Times that so many tokens are decoded before all begins anew.</param>
    public KernelDecoding(
        TransformerWeights weights, ThreadTeam team, int sequences, DecodingPrecision precision, int context, int steps, int rounds)
    {
        (_context, _steps) = (context, steps);
        _decoder = new CpuDecoder(weights, team, sequences * Piece, sequences, precision);
        _cache = new PagedKeyValueCache(weights.Config, sequences, context + steps * rounds);
        _tokens = [.. Enumerable.Range(7, sequences).Select(t => new StepToken(_cache.Add(), t))];
    }

    /// <summary>Every sequence anew, with its context.</summary>
    public void Begin()
    {
        for (var i = 0; i < _tokens.Length; i++)
        {
            _cache.Remove(_tokens[i].Slot);
            _tokens[i] = _tokens[i] with { Slot = _cache.Add() };
        }
        StepToken[] piece = [.. _tokens.SelectMany(t => Enumerable.Repeat(t with { GivesLogits = false }, Piece))];
        for (var done = 0; done < _context; done += Piece) _decoder.Step(piece, _cache);
    }

    public void Decode()
    {
        for (var step = 0; step < _steps; step++) _decoder.Step(_tokens, _cache);
    }

    public void Dispose()
    {
        _decoder.Dispose();
        _cache.Dispose();
    }
}
