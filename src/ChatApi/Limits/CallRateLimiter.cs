using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using ChatLoop.ChatApi.Identity;
using ChatLoop.ChatApi.Problems;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Limits;

/// <summary>Token buckets per user for the API's calls; a visitor without identity counts by address.</summary>
public static class CallRateLimiter
{
    /// <summary>Policy of the calls that start an answer.</summary>
    public const string Answers = "answers";

    /// <summary>Policy of the calls that try a password.</summary>
    public const string Credentials = "credentials";

    public static IServiceCollection AddCallRateLimiter(this IServiceCollection services)
    {
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<RateLimits>>((limiter, limits) =>
        {
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http => ForCall(http, limits.Value));
            limiter.AddPolicy(Answers, http => Bucket($"answers {Caller(http)}", limits.Value.Answers));
            limiter.AddPolicy(Credentials, http => Bucket($"credentials {Address(http)}", limits.Value.Credentials));
            limiter.OnRejected = async (rejected, cancellationToken) =>
            {
                var seconds = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Math.Max(1, Math.Ceiling(wait.TotalSeconds)) : 1;
                rejected.HttpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
                await Problem.TooManyRequests((int)seconds).Write(rejected.HttpContext, cancellationToken);
            };
        });
        return services;
    }

    private static RateLimitPartition<string> ForCall(HttpContext http, RateLimits limits)
    {
        if (!http.Request.Path.StartsWithSegments(ApiPaths.Api, StringComparison.OrdinalIgnoreCase)) return RateLimitPartition.GetNoLimiter("");
        return http.User.UserId() is { } user
            ? Bucket($"calls {user}", limits.Calls)
            : Bucket($"new {Address(http)}", limits.NewVisitors);
    }

    private static RateLimitPartition<string> Bucket(string key, RateLimits.Bucket bucket) =>
        RateLimitPartition.GetTokenBucketLimiter(key, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = bucket.Burst,
            TokensPerPeriod = bucket.PerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
            AutoReplenishment = true,
        });

    private static string Caller(HttpContext http) => http.User.UserId() ?? Address(http);

    private static string Address(HttpContext http) => (http.Connection.RemoteIpAddress ?? IPAddress.None).ToString();
}
