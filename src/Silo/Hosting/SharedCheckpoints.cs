using ChatLoop.Grains.Learning;
using ChatLoop.Grains.Storage;
using ChatLoop.Model.Checkpoints;
using ChatLoop.Model.Checkpoints.Blobs;
using ChatLoop.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ChatLoop.Silo.Hosting;

/// <summary>Where checkpoints and the files of training runs are found by all silos (section "Checkpoints").</summary>
internal static class SharedCheckpoints
{
    private const string Runs = "runs", Resume = "resume";

    /// <summary>The container must know a <see cref="DataFolder"/>, and a <see cref="CheckpointStore"/> where checkpoints are exchanged.</summary>
    public static IServiceCollection AddSharedCheckpoints(this IServiceCollection services)
    {
        services.AddOptions<CheckpointOptions>().BindConfiguration(CheckpointOptions.Section);
        services.TryAddSingleton(provider => Validated(provider.GetRequiredService<IOptions<CheckpointOptions>>().Value));
        services.TryAddSingleton(Exchange);
        services.TryAddSingleton(Files);
        services.TryAddSingleton(ResumePoints);
        services.AddSingleton(provider => new RunFolders(provider.GetRequiredService<DataFolder>().Runs, provider.GetRequiredService<IDurableFiles>()));
        return services;
    }

    private static ICheckpointExchange Exchange(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<CheckpointOptions>();
        if (options.Store == CheckpointStorage.Folder) return new NoCheckpointExchange();
        return new BlobCheckpoints(options.Connect(), provider.GetRequiredService<CheckpointStore>(), new() { Prefix = options.Root },
            provider.GetRequiredService<TimeProvider>());
    }

    private static IFolderMirror ResumePoints(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<CheckpointOptions>();
        return options.Store == CheckpointStorage.Folder ? new NoFolderMirror() : new BlobFolderMirror(options.Connect(), $"{options.Root}{Resume}/", new());
    }

    private static IDurableFiles Files(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<CheckpointOptions>();
        return options.Store == CheckpointStorage.Folder
            ? new LocalFiles(provider.GetRequiredService<DataFolder>().Runs)
            : new BlobFiles(options.Connect(), $"{options.Root}{Runs}/");
    }

    private static CheckpointOptions Validated(CheckpointOptions options)
    {
        options.Validate();
        return options;
    }
}
