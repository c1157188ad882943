using System.Text.Json;

namespace ChatLoop.Trainer.ResumePoints;

/// <param name="Gradients">Which parameters have a gradient, if only of zeros.</param>
internal sealed record OptimizerProgress(long Steps, IReadOnlyList<bool> Gradients);

/// <summary>The manifest of one resume point. It is written last and names its tensors' file: without it there is no resume point.</summary>
/// <param name="Job">See <see cref="JobIdentity"/>.</param>
/// <param name="File">Of the tensors, in the same folder; null where there are none.</param>
/// <param name="Length">Of that file, in bytes.</param>
/// <param name="Sha256">Of that file, lower-case hex.</param>
/// <param name="Progress">How far the training is, in its own terms.</param>
internal sealed record ResumePoint(
    string Job, string? File, long Length, string Sha256, IReadOnlyDictionary<string, OptimizerProgress> Optimizers, JsonElement Progress);
