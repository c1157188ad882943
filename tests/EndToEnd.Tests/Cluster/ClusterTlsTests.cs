using ChatLoop.Contracts.Checkpoints;
using ChatLoop.Contracts.Errors;
using ChatLoop.EndToEnd.Tests.Service;
using ChatLoop.Grains.Learning;
using ChatLoop.Silo.Clustering;
using ChatLoop.Silo.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChatLoop.EndToEnd.Tests.Cluster;

/// <summary>Silos and clients that prove to one another that they belong together.</summary>
public sealed class ClusterTlsTests
{
    [Fact]
    public async Task Cluster_chats_over_tls_and_refuses_whoever_has_no_certificate_of_its_authority()
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        var cancel = guard.Token;
        using var certificates = new ClusterCertificates();
        using var others = new ClusterCertificates();
        await using var cluster = await RunningCluster.Start(["serve", "serve"], webServers: 1, cancel, certificates.Settings("member"));
        using var user = await ChatUser.Visit(cluster.WebServers[0].Address, cancel);
        // Enough of them that both silos hold some, and call one another.
        for (var i = 0; i < 6; i++)
        {
            var conversation = await user.NewConversation(cancel);
            var run = await user.Send(conversation.ConversationId, "Hello!", null, null, cancel);
            Assert.NotEmpty(await user.Read(conversation.ConversationId, run.RunId, cancel));
        }

        var store = cluster.Settings.Where(s => !s.Item1.StartsWith("Cluster:Tls", StringComparison.Ordinal)).ToArray();
        await ConnectAndAsk([.. store, .. certificates.Settings("guest")], cancel);
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAndAsk(store, cancel));
        // Its own authority vouches for it; the cluster's does not.
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAndAsk([.. store, .. others.Settings("stranger")], cancel));
    }

    [Fact]
    public void Certificate_is_read_from_pfx_and_pem()
    {
        using var certificates = new ClusterCertificates();
        var (pem, key) = certificates.Pem("member");
        Assert.NotNull(Read(("Certificate", pem), ("Key", key), ("Authority", certificates.Authority)));
        Assert.NotNull(Read(("Certificate", certificates.Pfx("secret", "s3cret")), ("Password", "s3cret"), ("Authority", certificates.Authority)));
        Assert.Null(Read());
    }

    [Fact]
    public void Setting_that_cannot_work_is_named_and_no_password_with_it()
    {
        using var certificates = new ClusterCertificates();
        using var others = new ClusterCertificates();
        var (good, authority) = (certificates.Pfx("member"), certificates.Authority);
        Refused("Certificate is missing", ("Authority", authority));
        Refused("Authority is missing", ("Certificate", good));
        Refused("Certificate is", ("Certificate", "/nowhere/silo.pfx"), ("Authority", authority));
        Refused("Authority is", ("Certificate", good), ("Authority", "/nowhere/authority.pem"));
        Refused("has not signed", ("Certificate", others.Pfx("stranger")), ("Authority", authority));
        Refused("expired", ("Certificate", certificates.Pfx("old", days: -1)), ("Authority", authority));
        Refused("Certificate is", ("Certificate", certificates.Pfx("locked", "s3cret")), ("Password", "hush"), ("Authority", authority));
        Refused("cannot be read", ("Certificate", certificates.Authority), ("Authority", authority));
    }

    private static ClusterTls? Read(params (string Name, string Value)[] settings) => ClusterTls.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"Cluster:Tls:{s.Name}", (string?)s.Value))).Build());

    private static void Refused(string words, params (string, string)[] settings)
    {
        var error = Assert.Throws<ChatLoopException>(() => Read(settings));
        Assert.Contains($"Cluster:Tls:", error.Message, StringComparison.Ordinal);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A client that does not try again.</summary>
    private static async Task ConnectAndAsk((string Name, string Value)[] settings, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("chatloop-client-").FullName;
        try
        {
            var builder = Host.CreateApplicationBuilder([.. settings.Select(s => $"--{s.Name}={s.Value}"), $"--Data:Folder={folder}"]);
            builder.Logging.ClearProviders();
            builder.AddChatLoopClient();
            builder.Services.AddSingleton<IClientConnectionRetryFilter, NoPatience>();
            using var client = builder.Build();
            await client.StartAsync(cancellationToken);
            var live = await client.Services.GetRequiredService<IGrainFactory>().GetGrain<ICheckpointRegistryGrain>(ServedModel.Name).GetLive();
            Assert.Equal(1, live.Version);
            await client.StopAsync(cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class NoPatience : IClientConnectionRetryFilter
    {
        public Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken) => Task.FromResult(false);
    }
}
