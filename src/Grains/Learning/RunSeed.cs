using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using ChatLoop.Trainer.Feedback;

namespace ChatLoop.Grains.Learning;

/// <summary>
/// A run's seed is made of what the run learns from and nothing else: not of how many runs there were, nor of what was said and taken back
/// before. So a service that forgot a user trains as one that never saw that user (ADR 0031).
/// </summary>
internal static class RunSeed
{
    /// <param name="parentHash">Of the weights that the run starts from.</param>
    public static long Of(long seed, string parentHash, FeedbackBatch batch)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(new { Seed = seed, Parent = parentHash, batch.Training, batch.HeldOut });
        return BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(content));
    }
}
