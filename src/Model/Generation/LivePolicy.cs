using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Decoding;

namespace ChatLoop.Model.Generation;

/// <summary>A checkpoint and the version that it is served as. Owns the checkpoint, and what is prepared of it until it is taken.</summary>
internal sealed class LivePolicy(int version, string folder, LoadedCheckpoint checkpoint, DecoderWeights? prepared) : IDisposable
{
    private DecoderWeights? _prepared = prepared;

    public int Version => version;
    public string Folder => folder;
    public LoadedCheckpoint Checkpoint => checkpoint;

    /// <summary>The weights for the kernels; whoever takes them owns them. Null where tensor operations decode.</summary>
    public DecoderWeights? TakePrepared()
    {
        var taken = _prepared;
        _prepared = null;
        return taken;
    }

    public void Dispose()
    {
        _prepared?.Dispose();
        checkpoint.Dispose();
    }
}
