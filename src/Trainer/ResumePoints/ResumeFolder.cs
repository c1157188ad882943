using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using ChatLoop.Model.Checkpoints;
using static TorchSharp.torch;

namespace ChatLoop.Trainer.ResumePoints;

/// <summary>
/// Where one step keeps what it needs to go on after a kill as if nothing had happened: a folder beside the step's output, with a resume
/// point for each of its parts. A point appears whole or not at all: the tensors are written and flushed, then the manifest, then the
/// point before it goes. What belongs to another job or is damaged is left out, and said. Parts may be saved by several threads at once.
/// </summary>
public sealed class ResumeFolder
{
    private const string Suffix = ".resume", ManifestSuffix = ".json", TensorsSuffix = ".safetensors", TemporarySuffix = ".tmp";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly string _path;
    private readonly string _job;
    private readonly Action<string> _tell;

    /// <param name="output">Path of the step's output.</param>
    /// <param name="job">Which job's points may be gone on from.</param>
    /// <param name="tell">Gets a line for people when a point cannot be used or written.</param>
    public ResumeFolder(string output, string job, Action<string> tell) => (_path, _job, _tell) = (PathOf(output), job, tell);

    public static string PathOf(string output) => output + Suffix;

    /// <summary>Replaces the part's point. On a full disk it is left out: that is no reason for the step to fail.</summary>
    /// <param name="progress">How far the training is; goes through JSON.</param>
    public void Save<T>(string part, T progress, TrainingState? state = null)
    {
        try
        {
            Write(part, progress, state ?? new());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _tell($"the progress could not be saved ({e.Message}) and would be lost with the process");
        }
    }

    /// <summary>Goes on from the part's point: fills weights and optimisers. Null, and nothing filled, where there is none that can be used.</summary>
    public T? Load<T>(string part, TrainingState? state = null) where T : class
    {
        var manifest = Path.Combine(_path, part + ManifestSuffix);
        if (!File.Exists(manifest)) return null;
        try
        {
            var point = JsonSerializer.Deserialize<ResumePoint>(File.ReadAllBytes(manifest), Json) ?? throw new InvalidDataException("it is empty");
            if (point.Job != _job)
            {
                _tell("the saved progress belongs to another job and is left out");
                return null;
            }
            var progress = point.Progress.Deserialize<T>(Json) ?? throw new InvalidDataException("it holds no progress");
            Fill(state ?? new(), point);
            return progress;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or JsonException)
        {
            _tell($"the saved progress is damaged and is left out ({e.Message})");
            return null;
        }
    }

    /// <summary>To be called once the step's output is there.</summary>
    public static void Delete(string output)
    {
        if (Directory.Exists(PathOf(output))) Directory.Delete(PathOf(output), recursive: true);
    }

    private void Write<T>(string part, T progress, TrainingState state)
    {
        Directory.CreateDirectory(_path);
        var file = state.Tensors.Count > 0 ? $"{part}.{Guid.NewGuid():N}{TensorsSuffix}" : null;
        var (length, hash) = file is null ? (0, "") : WriteTensors(Path.Combine(_path, file), state.Tensors);
        var optimizers = state.Optimizers.ToDictionary(o => o.Key, o => new OptimizerProgress(o.Value.Steps, o.Value.Gradients));
        var point = new ResumePoint(_job, file, length, hash, optimizers, JsonSerializer.SerializeToElement(progress, Json));
        var manifest = Path.Combine(_path, part + ManifestSuffix);
        using (var stream = File.Create(manifest + TemporarySuffix))
        {
            JsonSerializer.Serialize(stream, point, Json);
            stream.Flush(flushToDisk: true);
        }
        File.Move(manifest + TemporarySuffix, manifest, overwrite: true);
        DirectoryFlush.Flush(_path);
        foreach (var old in Directory.EnumerateFiles(_path, $"{part}.*{TensorsSuffix}"))
            if (Path.GetFileName(old) != file) File.Delete(old);
    }

    private static (long Length, string Hash) WriteTensors(string path, IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var hash = SHA256.Create();
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        using (var hashing = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen: true)) Safetensors.Write(hashing, tensors);
        file.Flush(flushToDisk: true);
        return (file.Length, Convert.ToHexStringLower(hash.Hash!));
    }

    /// <summary>Everything is verified before anything is filled.</summary>
    private void Fill(TrainingState state, ResumePoint point)
    {
        if (point.File is { } name)
        {
            var path = Path.Combine(_path, Path.GetFileName(name));
            using (var file = File.OpenRead(path))
            {
                if (file.Length != point.Length) throw new InvalidDataException($"{name}: expected {point.Length} bytes, found {file.Length}");
                if (Convert.ToHexStringLower(SHA256.HashData(file)) != point.Sha256) throw new InvalidDataException($"{name} was changed");
            }
            Safetensors.ReadInto(path, state.Tensors);
        }
        foreach (var (optimizer, progress) in point.Optimizers)
        {
            state.Optimizers[optimizer].Steps = progress.Steps;
            state.Optimizers[optimizer].Gradients = progress.Gradients;
        }
    }
}
