using ChatLoop.Contracts.Errors;
using Microsoft.Extensions.Configuration;
using Npgsql;
using StackExchange.Redis;

namespace ChatLoop.Silo.Hosting;

/// <summary>How silos and clients find one another.</summary>
public enum ClusterMembership
{
    /// <summary>One silo, and clients on its machine.</summary>
    Local,
    PostgreSql,
    Redis,
}

/// <summary>Where the state of grains and the feedback ledger are kept.</summary>
public enum ClusterStorage
{
    /// <summary>Files in the silo's data folder.</summary>
    Sqlite,
    /// <summary>One database for all silos.</summary>
    PostgreSql,
}

/// <summary>Who says where a silo can be called and which silos are gone.</summary>
public enum ClusterHosting
{
    /// <summary>The settings, and the silos' own probes of one another.</summary>
    Machines,
    /// <summary>Also Kubernetes: the pod's address is the silo's, and a silo whose pod is deleted is declared dead at once.</summary>
    Kubernetes,
}

/// <summary>
/// How several silos work as one service (section "Cluster" of the configuration). The defaults are those of one silo that needs no
/// server. Connection strings hold passwords: they are never written to a log or an error.
/// </summary>
public sealed record ChatLoopClusterOptions
{
    public const string Section = "Cluster";

    /// <summary>Columns of Orleans' tables.</summary>
    private const int LongestId = 150;

    public ClusterMembership Clustering { get; init; }
    public ClusterStorage Storage { get; init; }
    public ClusterHosting Hosting { get; init; }

    /// <summary>Of the PostgreSQL database, for clustering, storage or both.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Of Redis, as StackExchange.Redis reads it: host:port,password=...</summary>
    public string? Redis { get; init; }

    /// <summary>The service whose state is kept; it outlives clusters.</summary>
    public string ServiceId { get; init; } = "chatloop";

    /// <summary>The silos that see one another.</summary>
    public string ClusterId { get; init; } = "chatloop";

    /// <summary>The cluster has a database.</summary>
    public bool NeedsPostgres => Clustering == ClusterMembership.PostgreSql || Storage == ClusterStorage.PostgreSql;

    /// <exception cref="ChatLoopException">Invalid, naming the setting and the fix.</exception>
    public static ChatLoopClusterOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var defaults = new ChatLoopClusterOptions();
        var options = new ChatLoopClusterOptions
        {
            Clustering = Choice(section, nameof(Clustering), defaults.Clustering),
            Storage = Choice(section, nameof(Storage), defaults.Storage),
            Hosting = Choice(section, nameof(Hosting), defaults.Hosting),
            ConnectionString = Text(section, nameof(ConnectionString)),
            Redis = Text(section, nameof(Redis)),
            ServiceId = Text(section, nameof(ServiceId)) ?? defaults.ServiceId,
            ClusterId = Text(section, nameof(ClusterId)) ?? defaults.ClusterId,
        };
        options.Validate();
        return options;
    }

    /// <exception cref="ChatLoopException">Invalid, naming the setting and the fix.</exception>
    public void Validate()
    {
        if (Clustering != ClusterMembership.Local && Storage == ClusterStorage.Sqlite)
            throw Wrong(nameof(Storage), $"is Sqlite, whose files other silos cannot read, while {Section}:{nameof(Clustering)} is {Clustering}: set it to PostgreSql, or set {Section}:{nameof(Clustering)} to Local.");
        if (Hosting == ClusterHosting.Kubernetes && Clustering == ClusterMembership.Local)
            throw Wrong(nameof(Hosting), $"is Kubernetes, whose pods are silos of one cluster, while {Section}:{nameof(Clustering)} is Local: set that to PostgreSql or Redis.");
        if (NeedsPostgres && ConnectionString is null)
            throw Wrong(nameof(ConnectionString), "is missing: give the PostgreSQL database, like Host=db;Database=chatloop;Username=chatloop;Password=...");
        if (ConnectionString is not null) CheckConnectionString(ConnectionString);
        if (Clustering == ClusterMembership.Redis && Redis is null)
            throw Wrong(nameof(Redis), "is missing: give the Redis server, like redis:6379,password=...");
        if (Redis is not null) _ = ParseRedis(Redis);
        foreach (var (name, id) in ((string, string)[])[(nameof(ServiceId), ServiceId), (nameof(ClusterId), ClusterId)])
            if (id.Length > LongestId) throw Wrong(name, $"has {id.Length} characters: it may have at most {LongestId}.");
    }

    internal ConfigurationOptions RedisConfiguration => ParseRedis(Redis!);

    /// <summary>Parsers quote what they do not understand, which may be a password: their words are left out.</summary>
    private static void CheckConnectionString(string connectionString)
    {
        try
        {
            if (string.IsNullOrWhiteSpace(new NpgsqlConnectionStringBuilder(connectionString).Host))
                throw Wrong(nameof(ConnectionString), "names no Host: write it like Host=db;Database=chatloop;Username=chatloop;Password=...");
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw Wrong(nameof(ConnectionString), "is no PostgreSQL connection string: write it like Host=db;Database=chatloop;Username=chatloop;Password=...");
        }
    }

    private static ConfigurationOptions ParseRedis(string redis)
    {
        try
        {
            var parsed = ConfigurationOptions.Parse(redis);
            return parsed.EndPoints.Count > 0 ? parsed : throw Wrong(nameof(Redis), "names no server: write it like redis:6379,password=...");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw Wrong(nameof(Redis), "is no Redis connection: write it like redis:6379,password=...");
        }
    }

    private static string? Text(IConfigurationSection section, string name) => string.IsNullOrWhiteSpace(section[name]) ? null : section[name];

    private static T Choice<T>(IConfigurationSection section, string name, T otherwise) where T : struct, Enum
    {
        if (Text(section, name) is not { } text) return otherwise;
        var known = Enum.GetNames<T>().FirstOrDefault(n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
        return known is not null ? Enum.Parse<T>(known) : throw Wrong(name, $"is '{text}': it must be one of {string.Join(", ", Enum.GetNames<T>())}.");
    }

    private static ChatLoopException Wrong(string name, string what) => ChatLoopException.Invalid($"{Section}:{name} {what}");
}
