using System.Net;
using System.Net.Sockets;
using ChatLoop.Contracts.Errors;
using ChatLoop.Silo.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Configuration;

namespace ChatLoop.Silo.Clustering;

/// <summary>
/// Joins a silo or a client to its cluster, by the section "Cluster" (<see cref="ChatLoopClusterOptions"/>). A silo also reads
/// Silo:Port, Silo:GatewayPort and Silo:AdvertisedAddress; a client of a Local cluster reads Silo:GatewayPort.
/// </summary>
public static class ChatLoopClustering
{
    private const string AddressSetting = "Silo:AdvertisedAddress";
    private const string GatewaySetting = "Silo:GatewayPort";
    private const int DefaultGateway = 30_000;
    /// <summary>The name by which Orleans' ADO.NET providers know it.</summary>
    internal const string Npgsql = "Npgsql";

    /// <exception cref="ChatLoopException">Invalid, naming the setting that cannot work.</exception>
    public static ISiloBuilder UseChatLoopClustering(this ISiloBuilder silo)
    {
        var options = ChatLoopClusterOptions.Read(silo.Configuration);
        if (ClusterTls.Read(silo.Configuration) is { } tls) silo.UseTls(tls.Apply);
        var ports = SiloPorts.Choose(silo.Configuration);
        if (options.Clustering == ClusterMembership.Local)
            return silo.UseLocalhostClustering(ports.Silo, ports.Gateway, serviceId: options.ServiceId, clusterId: options.ClusterId);
        silo.Services.AddPostgres(options, LedgerTables.Needed);
        silo.Services.Configure<ClusterOptions>(cluster => (cluster.ServiceId, cluster.ClusterId) = (options.ServiceId, options.ClusterId));
        var address = AdvertisedAddress(silo.Configuration);
        silo.ConfigureEndpoints(address, ports.Silo, ports.Gateway, listenOnAnyHostAddress: !IPAddress.IsLoopback(address));
        if (options.Hosting == ClusterHosting.Kubernetes) UseKubernetes(silo, options);
        return options.Clustering == ClusterMembership.PostgreSql
            ? silo.UseAdoNetClustering((OptionsBuilder<AdoNetClusteringSiloOptions> adoNet) => adoNet.Configure<NpgsqlDataSource>(
                (clustering, database) => (clustering.Invariant, clustering.DataSource) = (Npgsql, database)))
            : silo.UseRedisClustering(redis => redis.ConfigurationOptions = options.RedisConfiguration);
    }

    /// <exception cref="ChatLoopException">Invalid, naming the setting that cannot work.</exception>
    public static IClientBuilder UseChatLoopClustering(this IClientBuilder client)
    {
        var options = ChatLoopClusterOptions.Read(client.Configuration);
        if (ClusterTls.Read(client.Configuration) is { } tls) client.UseTls(tls.Apply);
        client.Services.AddPostgres(options, LedgerTables.NotNeeded);
        if (options.Clustering == ClusterMembership.Local)
            return client.UseLocalhostClustering(SiloPorts.Of(client.Configuration, GatewaySetting) ?? DefaultGateway, options.ServiceId, options.ClusterId);
        client.Services.Configure<ClusterOptions>(cluster => (cluster.ServiceId, cluster.ClusterId) = (options.ServiceId, options.ClusterId));
        if (options.Clustering == ClusterMembership.Redis) return client.UseRedisClustering(redis => redis.ConfigurationOptions = options.RedisConfiguration);
        return client.UseAdoNetClustering((OptionsBuilder<AdoNetClusteringClientOptions> adoNet) => adoNet.Configure<NpgsqlDataSource>(
            (clustering, database) => (clustering.Invariant, clustering.DataSource) = (Npgsql, database)));
    }

    /// <summary>
    /// Orleans takes the pod's name, namespace and address from the environment, and the cluster's names, which our settings have already.
    /// </summary>
    private static void UseKubernetes(ISiloBuilder silo, ChatLoopClusterOptions options)
    {
        foreach (var name in (string[])["POD_NAME", "POD_NAMESPACE", "POD_IP"])
        {
            if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
                throw ChatLoopException.Invalid($"Cluster:Hosting is Kubernetes, but the environment has no {name}: give it by the downward API, as deploy/kubernetes does, or leave the setting out.");
        }
        silo.UseKubernetesHosting();
        silo.Services.PostConfigure<ClusterOptions>(cluster => (cluster.ServiceId, cluster.ClusterId) = (options.ServiceId, options.ClusterId));
    }

    /// <summary>The database, where one is configured, and its schema, which is there before silo or client start.</summary>
    internal static void AddPostgres(this IServiceCollection services, ChatLoopClusterOptions options, LedgerTables ledger)
    {
        if (!options.NeedsPostgres) return;
        services.TryAddSingleton(_ => NpgsqlDataSource.Create(WithLimits(options.ConnectionString!)));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ClusterSchema>(
            provider => new(provider.GetRequiredService<NpgsqlDataSource>(), ledger)));
    }

    /// <summary>
    /// A database that hangs must be found out before the callers of grains lose patience (30 s): Npgsql's own limits are longer. What
    /// the operator sets stands.
    /// </summary>
    private static NpgsqlConnectionStringBuilder WithLimits(string connectionString)
    {
        var given = new NpgsqlConnectionStringBuilder(connectionString);
        if (!given.ContainsKey("Timeout")) given.Timeout = 5;
        if (!given.ContainsKey("Command Timeout")) given.CommandTimeout = 10;
        return given;
    }

    /// <summary>Loopback unless configured: silos of one machine find one another, and nothing listens to the network by accident.</summary>
    private static IPAddress AdvertisedAddress(IConfiguration configuration)
    {
        if (configuration[AddressSetting] is not { } text || string.IsNullOrWhiteSpace(text)) return IPAddress.Loopback;
        if (IPAddress.TryParse(text, out var address))
            return IPAddress.Any.Equals(address) || IPAddress.IPv6Any.Equals(address)
                ? throw ChatLoopException.Invalid($"{AddressSetting} is {text}, which other machines cannot call: give this machine's own address or host name.")
                : address;
        try
        {
            var found = Dns.GetHostAddresses(text);
            return found.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? found[0];
        }
        catch (Exception e) when (e is SocketException or ArgumentException or IndexOutOfRangeException)
        {
            throw ChatLoopException.Invalid($"{AddressSetting} is '{text}', which no address is known for ({e.Message}): give an address of this machine that the other silos can call.");
        }
    }
}
