using System.Security.Cryptography;
using System.Text.Json;
using ChatLoop.Contracts.Errors;
using ChatLoop.Model.ChatTemplates;
using ChatLoop.Model.HuggingFace;
using ChatLoop.Model.Tensors;
using ChatLoop.Model.Tokenizers;
using ChatLoop.Model.Transformers;
using static TorchSharp.torch;
using ErrorCode = ChatLoop.Contracts.Errors.ErrorCode;

namespace ChatLoop.Model.Checkpoints;

/// <summary>
/// Checkpoints in folders under one root. A checkpoint appears whole or not at all: it is written beside its place, flushed, given
/// its manifest last and renamed. Loading verifies the hash of every file. Folder arguments are relative to the root. Thread-safe,
/// and safe for several processes on one disk.
/// </summary>
public sealed class CheckpointStore
{
    /// <summary>Creates the root where it is missing, and removes what a crash left half-written.</summary>
    public CheckpointStore(string root)
    {
        Root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        Directory.CreateDirectory(Root);
        StagingFolder.DeleteLeftovers(Root);
    }

    public string Root { get; }

    /// <summary>Whether a whole checkpoint is there: a valid manifest, and every file at its length. Does not read the weights.</summary>
    public bool Exists(string folder)
    {
        var path = PathOf(folder);
        return TryReadManifest(path) is { } manifest
            && manifest.Files.All(f => new FileInfo(Path.Combine(path, f.Key)) is { Exists: true } file && file.Length == f.Value.Length);
    }

    /// <summary>
    /// Writes a checkpoint. Saving the same again changes nothing; a damaged or half-written folder in its place is replaced.
    /// </summary>
    /// <exception cref="ChatLoopException">Conflict when another intact checkpoint is there: checkpoints never change.</exception>
    public CheckpointManifest Save(string folder, CheckpointContents contents)
    {
        if (CheckpointFiles.TokenizerOf(contents.Files.ContainsKey) is null)
            throw ChatLoopException.Invalid($"A checkpoint needs a {CheckpointFiles.Tokenizer} or {CheckpointFiles.TokenizerModel}: add it to Files.");
        using var staging = new StagingFolder(Root);
        var config = contents.Weights.Config with { DataType = contents.WeightsType.ToString().ToLowerInvariant() };
        staging.Add(CheckpointFiles.Config, s => HuggingFaceConfig.Write(s, config));
        staging.Add(CheckpointFiles.Weights, s => Safetensors.Write(s,
            contents.Weights.ByName.ToDictionary(p => p.Key, p => (Tensor)p.Value), HuggingFaceFolder.Format, contents.WeightsType));
        if (contents.Heads is { Count: > 0 } heads)
            staging.Add(CheckpointFiles.Heads, s => Safetensors.Write(s, heads, HuggingFaceFolder.Format, ScalarType.Float32));
        if (contents.Optimizer is { Count: > 0 } optimizer)
            staging.Add(CheckpointFiles.Optimizer, s => Safetensors.Write(s, optimizer, HuggingFaceFolder.Format, ScalarType.Float32));
        foreach (var (name, bytes) in contents.Files)
        {
            if (!CheckpointFiles.IsPlainName(name) || staging.Files.ContainsKey(name))
                throw ChatLoopException.Invalid($"'{name}' cannot be a file of a checkpoint: use a plain name that ChatLoop does not write itself.");
            staging.Add(name, s => s.Write(bytes));
        }
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in contents.Metadata ?? metadata) metadata[key] = value;
        return Publish(staging, new CheckpointManifest { Files = staging.Files, Metadata = metadata }, folder);
    }

    /// <exception cref="ChatLoopException">DamagedCheckpoint: there is no valid manifest.</exception>
    public CheckpointManifest ReadManifest(string folder) => ReadManifestAt(PathOf(folder));

    /// <summary>Path of the optimiser's moments; null where the checkpoint has none. <see cref="Load"/> verifies the file but does not read it.</summary>
    public string? FindOptimizer(string folder) =>
        ReadManifest(folder).Files.ContainsKey(CheckpointFiles.Optimizer) ? Path.Combine(PathOf(folder), CheckpointFiles.Optimizer) : null;

    /// <summary>Loads a checkpoint after verifying every file.</summary>
    /// <param name="asStored">
    /// Matrices of 16 bits stay so: half the memory, slower steps, no training. Otherwise all weights become Float32.
    /// </param>
    /// <exception cref="ChatLoopException">DamagedCheckpoint, with the file and what is wrong with it.</exception>
    public LoadedCheckpoint Load(string folder, bool asStored = false)
    {
        var path = PathOf(folder);
        var manifest = ReadManifestAt(path);
        foreach (var (name, expected) in manifest.Files) Verify(Path.Combine(path, name), expected);
        return Open(path, manifest, asStored, Damaged);
    }

    /// <summary>
    /// Copies a checkpoint from anywhere on this machine into the store. A Hugging Face folder, which has no manifest, becomes one: its
    /// shards are joined, and what ChatLoop does not use, such as weights in other formats, stays behind.
    /// </summary>
    /// <param name="metadata">Added to the manifest's.</param>
    /// <exception cref="ChatLoopException">
    /// DamagedCheckpoint when a checkpoint is not intact; Invalid when a Hugging Face folder cannot be used; Conflict as in <see cref="Save"/>.
    /// </exception>
    public CheckpointManifest Import(string sourceFolder, string folder, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var source = Path.TrimEndingDirectorySeparator(Path.GetFullPath(sourceFolder));
        using var staging = new StagingFolder(Root);
        var manifest = File.Exists(Path.Combine(source, CheckpointManifest.FileName))
            ? CopyCheckpoint(source, staging)
            : CopyModel(source, staging);
        if (metadata is not null)
        {
            var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (key, value) in manifest.Metadata.Concat(metadata)) all[key] = value;
            manifest = manifest with { Metadata = all };
        }
        return Publish(staging, manifest, folder);
    }

    private static CheckpointManifest CopyCheckpoint(string source, StagingFolder staging)
    {
        var manifest = ReadManifestAt(source);
        foreach (var (name, expected) in manifest.Files)
        {
            var path = Path.Combine(source, name);
            if (!File.Exists(path)) throw Damaged(path, "the file is missing");
            using var file = File.OpenRead(path);
            staging.Add(name, file.CopyTo);
            Compare(path, expected, staging.Files[name]);
        }
        Open(staging.Path, manifest, asStored: true, (file, reason) => Damaged(InSource(file), InSource(reason))).Dispose();
        return manifest;

        string InSource(string text) => text.Replace(staging.Path, source, StringComparison.Ordinal);
    }

    private static CheckpointManifest CopyModel(string source, StagingFolder staging)
    {
        try
        {
            HuggingFaceFolder.Copy(source, staging.Add);
        }
        catch (InvalidDataException e)
        {
            throw Unusable(source, e.Message);
        }
        var manifest = new CheckpointManifest { Files = staging.Files };
        // People know the folder that they named, not the one where it is being put together.
        Open(staging.Path, manifest, asStored: true, (file, reason) => Unusable(source,
            (reason.Contains(staging.Path, StringComparison.Ordinal) ? reason : $"{file}: {reason}").Replace(staging.Path, source, StringComparison.Ordinal)))
            .Dispose();
        return manifest;
    }

    /// <summary>Removes a checkpoint, whole or not; nothing happens where there is none.</summary>
    public void Delete(string folder)
    {
        var path = PathOf(folder);
        if (Directory.Exists(path)) StagingFolder.Delete(Root, path);
    }

    private CheckpointManifest Publish(StagingFolder staging, CheckpointManifest manifest, string folder)
    {
        var destination = PathOf(folder);
        if (TryReadManifest(destination) is { } existing && IsIntact(destination, existing))
        {
            return existing.SameFiles(manifest)
                ? existing
                : throw ChatLoopException.Conflict($"'{folder}' already holds another checkpoint: save under a new name or delete it first.");
        }
        staging.Publish(manifest, destination);
        return manifest;
    }

    /// <param name="failure">Makes the error of a file and what is wrong with it.</param>
    private static LoadedCheckpoint Open(string path, CheckpointManifest manifest, bool asStored, Func<string, string, ChatLoopException> failure)
    {
        using var mapped = MappedAllocations.Begin();
        using var scope = NewDisposeScope();
        var file = CheckpointFiles.Config;
        try
        {
            var config = HuggingFaceFolder.ReadConfig(path);
            file = CheckpointFiles.TokenizerOf(manifest.Files.ContainsKey) ?? CheckpointFiles.Tokenizer;
            var tokenizer = TokenizerFolder.Load(path);
            if (tokenizer.VocabularySize > config.VocabularySize)
                throw new InvalidDataException($"expected at most {config.VocabularySize} tokens, found {tokenizer.VocabularySize}.");
            file = CheckpointFiles.TokenizerConfig;
            var template = ChatTemplate.Load(path, tokenizer);
            file = CheckpointFiles.Heads;
            var heads = manifest.Files.ContainsKey(file) ? Safetensors.Read(Path.Combine(path, file)) : new Dictionary<string, Tensor>();
            var others = manifest.Files.Keys.Except([CheckpointFiles.Config, CheckpointFiles.Weights, CheckpointFiles.Heads, CheckpointFiles.Optimizer])
                .ToDictionary(n => n, n => File.ReadAllBytes(Path.Combine(path, n)));
            file = CheckpointFiles.Weights;
            using var weightsFile = SafetensorsFile.Open(Path.Combine(path, file));
            var weights = new WeightReading(config, asStored ? null : ScalarType.Float32).Read([weightsFile]);
            CheckFinite(weights);
            foreach (var head in heads.Values) head.DetachFromDisposeScope();
            return new(manifest, new Transformer(weights), tokenizer, template, heads, others);
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or IOException)
        {
            throw failure(Path.Combine(path, file), e.Message.TrimEnd('.'));
        }
    }

    private static void CheckFinite(TransformerWeights weights)
    {
        if (weights.ByName.FirstOrDefault(w => !IsFinite(w.Value)) is not { Key: { } name }) return;
        weights.Dispose();
        throw new InvalidDataException($"Tensor '{name}': expected finite numbers, found NaN or infinity.");
    }

    /// <summary>In pieces: the test of a whole embedding matrix would take its memory several times over.</summary>
    private static bool IsFinite(Tensor weight)
    {
        const long Piece = 1 << 20;
        using var scope = NewDisposeScope();
        var flat = weight.detach().view(-1);
        for (long start = 0; start < flat.shape[0]; start += Piece)
        {
            using var ofPiece = NewDisposeScope();
            if (!flat.narrow(0, start, Math.Min(Piece, flat.shape[0] - start)).isfinite().all().item<bool>()) return false;
        }
        return true;
    }

    internal string PathOf(string folder)
    {
        var path = Path.GetFullPath(Path.Combine(Root, folder));
        return folder.Length > 0 && path.StartsWith(Root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw ChatLoopException.Invalid($"'{folder}' is not a folder inside the checkpoint store.");
    }

    private static CheckpointManifest ReadManifestAt(string path)
    {
        var file = Path.Combine(path, CheckpointManifest.FileName);
        if (!File.Exists(file)) throw Damaged(file, "the file is missing, so there is no checkpoint");
        try
        {
            using var stream = File.OpenRead(file);
            return CheckpointManifest.Read(stream);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw Damaged(file, e.Message.TrimEnd('.'));
        }
    }

    private static CheckpointManifest? TryReadManifest(string path)
    {
        try
        {
            return ReadManifestAt(path);
        }
        catch (ChatLoopException)
        {
            return null;
        }
    }

    private static bool IsIntact(string path, CheckpointManifest manifest)
    {
        try
        {
            foreach (var (name, expected) in manifest.Files) Verify(Path.Combine(path, name), expected);
            return true;
        }
        catch (ChatLoopException)
        {
            return false;
        }
    }

    private static void Verify(string path, CheckpointFile expected)
    {
        if (!File.Exists(path)) throw Damaged(path, "the file is missing");
        using var file = File.OpenRead(path);
        if (file.Length != expected.Length) throw Damaged(path, $"expected {expected.Length} bytes, found {file.Length}");
        Compare(path, expected, new(file.Length, Convert.ToHexStringLower(SHA256.HashData(file))));
    }

    private static void Compare(string path, CheckpointFile expected, CheckpointFile found)
    {
        if (found.Length != expected.Length) throw Damaged(path, $"expected {expected.Length} bytes, found {found.Length}");
        if (!string.Equals(found.Sha256, expected.Sha256, StringComparison.OrdinalIgnoreCase))
            throw Damaged(path, $"expected SHA-256 {expected.Sha256}, found {found.Sha256}");
    }

    private static ChatLoopException Damaged(string file, string reason) => new(ErrorCode.DamagedCheckpoint,
        $"The checkpoint file '{file}' is damaged: {reason}. Restore it from a copy, or use another checkpoint.");

    private static ChatLoopException Unusable(string source, string reason) =>
        ChatLoopException.Invalid($"The model folder '{source}' cannot be used: {reason.TrimEnd('.')}.");
}
