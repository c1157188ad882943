using ChatLoop.Grains.Generation;
using ChatLoop.Grains.Tests.Hosting;
using ChatLoop.Model.Generation;
using ChatLoop.Silo.Clustering;
using ChatLoop.Silo.Hosting;
using ChatLoop.Trainer.Effects;
using ChatLoop.Trainer.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Placement;

namespace ChatLoop.Grains.Tests.Cluster;

/// <summary>One silo of a cluster as its settings make it, with a folder of its own. Only model and trainer are scripted.</summary>
internal sealed class ClusterSilo : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-cluster-").FullName;
    private readonly IHost _host;

    private ClusterSilo(string[] settings)
    {
        var builder = Host.CreateApplicationBuilder(settings);
        builder.Logging.ClearProviders().AddProvider(Log).SetMinimumLevel(LogLevel.Trace);
        builder.UseOrleans(silo =>
        {
            silo.UseChatLoopClustering();
            silo.Services.AddSingleton(_ => DataFolder.Open(_folder));
            silo.Services.AddSingleton<IPolicyEngine>(Engine);
            silo.Services.AddSingleton<IAnswerScorer>(new ScriptedScorer());
            silo.Services.AddSingleton<ILoopTrainer>(Trainer);
            silo.Services.AddSingleton<IEffectWorker>(new ScriptedEffectWorker());
            silo.AddChatLoopGrains();
        });
        _host = builder.Build();
    }

    public ScriptedEngine Engine { get; } = new();
    public ScriptedTrainer Trainer { get; } = new();
    public RecordedLog Log { get; } = new();
    public SiloAddress Address => _host.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;
    public IServiceProvider Services => _host.Services;
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public static async Task<ClusterSilo> Start(params string[] settings)
    {
        var silo = new ClusterSilo(settings);
        try
        {
            await silo._host.StartAsync();
            return silo;
        }
        catch
        {
            await silo.Free();
            throw;
        }
    }

    /// <summary>Makes a call that, where the grain has no place yet, puts it on this silo.</summary>
    public async Task Place(Func<IGrainFactory, Task> call)
    {
        RequestContext.Set(IPlacementDirector.PlacementHintKey, Address);
        try
        {
            await call(Grains);
        }
        finally
        {
            RequestContext.Clear();
        }
    }

    /// <summary>Stops in good order: the silo's grains are free for the others.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await Free();
    }

    private async Task Free()
    {
        await ((IAsyncDisposable)_host).DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
