using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Runs;

namespace ChatLoop.Trainer.ResumePoints;

/// <summary>
/// Tells jobs apart: everything that decides what a step computes. A resume point goes on under the same identity only, because any
/// other would end in weights that no uninterrupted run gives.
/// </summary>
internal static class JobIdentity
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <param name="job">With its batch, folders and seed.</param>
    /// <param name="inputs">The checkpoints that the step starts from.</param>
    /// <returns>SHA-256 in lower-case hex.</returns>
    public static string Of<T>(T job, LearningOptions options, params IReadOnlyList<CheckpointManifest> inputs)
    {
        var identity = new
        {
            // Another build of the trainer may compute something else.
            Builds = new[] { typeof(JobIdentity), typeof(CheckpointStore) }.Select(t => t.Module.ModuleVersionId),
            Job = job,
            Options = options,
            Inputs = inputs.Select(i => i.Files),
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(identity, Json)));
    }
}
