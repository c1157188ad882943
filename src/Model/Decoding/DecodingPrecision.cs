namespace ChatLoop.Model.Decoding;

/// <summary>What a decoder multiplies with.</summary>
public enum DecodingPrecision
{
    /// <summary>The weights where they are, so that their changes are seen and a model takes its memory once.</summary>
    AsStored,
    /// <summary>
    /// A copy of the matrices in 8 bits a weight (symmetric, a Float32 scale for each output and 64 inputs): faster and smaller, but
    /// another policy, if a near one. Its log-probabilities are not those that training recomputes; changes of the weights are not seen.
    /// </summary>
    Int8,
}
