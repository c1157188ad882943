using ChatLoop.Model.Transformers;

namespace ChatLoop.Model.Decoding;

/// <summary>
/// Runs tokens of several sequences together and remembers their keys and values: by kernels of our own on the processor
/// (<see cref="KernelDecoder"/>), by tensor operations for whatever these do not compute (<see cref="TensorDecoder"/>). Not thread-safe.
/// </summary>
internal interface IBatchDecoder : IDisposable
{
    /// <summary>Tokens of one step.</summary>
    int MostTokens { get; }

    /// <summary>Of those, tokens after the last one of a sequence that give logits as well, over all sequences.</summary>
    int MostGuesses { get; }

    /// <summary>Whether a sequence with this prompt that grows to so many tokens can be added.</summary>
    bool HasRoomFor(ReadOnlySpan<int> prompt, int tokens);

    /// <summary>Whether a sequence added later would begin with more of its prompt, once one with this other prompt has run it.</summary>
    bool WouldShare(ReadOnlySpan<int> prompt, ReadOnlySpan<int> other);

    /// <summary>Adds a sequence, perhaps with the beginning of its prompt, never with all of it.</summary>
    /// <param name="tokens">It will not grow beyond.</param>
    /// <returns>Its slot, until it is removed.</returns>
    int Add(ReadOnlySpan<int> prompt, int tokens);

    /// <summary>Tokens of a sequence that have run.</summary>
    int Length(int slot);

    /// <summary>A sequence's tokens so far may serve as the beginning of others.</summary>
    void Remember(int slot);

    /// <summary>Takes the last tokens of a sequence back, none of them of what it was added with or remembered.</summary>
    void Shorten(int slot, int tokens);

    void Remove(int slot);

    /// <summary>Runs tokens; each sequence grows by its own, which lie side by side.</summary>
    void Step(ReadOnlySpan<StepToken> tokens);

    /// <summary>The last step's logits of the index-th token that gives them, [V]; overwritten by the next step.</summary>
    ReadOnlySpan<float> Logits(int index);

    /// <summary>Takes other weights of the same shape; sequences keep what they remember, and no later one takes it over.</summary>
    /// <param name="weights">As <see cref="DecodingOptions.Prepare"/> made them; owned from then on.</param>
    void Use(Transformer transformer, DecoderWeights? weights);
}
