using System.Net;
using System.Text.Json;
using ChatLoop.ChatApi.Hubs;
using ChatLoop.ChatApi.Tests.Service;
using ChatLoop.Contracts.Checkpoints;

namespace ChatLoop.ChatApi.Tests;

/// <summary>The learning page's calls.</summary>
public sealed class LearningTests(ChatLoopServer server) : IClassFixture<ChatLoopServer>
{
    [Fact]
    public async Task Snapshot_shows_the_starter_and_what_is_missing()
    {
        using var visitor = new TestVisitor(server);
        var learning = (await visitor.Get("/api/v1/learning")).Ok<JsonElement>();
        Assert.Equal("collecting", learning.GetProperty("trainer").GetProperty("phase").GetString());
        Assert.Equal("live", Assert.Single(learning.GetProperty("checkpoints").EnumerateArray()).GetProperty("stage").GetString());
        Assert.True(learning.GetProperty("nextRun").GetProperty("newPairs").GetInt32() > 0);
    }

    [Theory]
    [InlineData("99", "Because", HttpStatusCode.NotFound, "notFound")]
    [InlineData("1", " ", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("one", "Because", HttpStatusCode.NotFound, "notFound")]
    public async Task Impossible_rollback_is_refused(string version, string reason, HttpStatusCode status, string code)
    {
        using var visitor = await TestVisitor.Admin(server);
        (await visitor.Post($"/api/v1/checkpoints/{version}/live", new { reason })).Problem(status, code);
    }

    [Fact]
    public async Task Long_reason_is_refused()
    {
        using var visitor = await TestVisitor.Admin(server);
        (await visitor.Post("/api/v1/checkpoints/1/live", new { reason = new string('x', 501) })).Problem(HttpStatusCode.RequestEntityTooLarge, "tooLarge", "500");
    }

    [Fact]
    public async Task Live_version_is_pinned_and_unpinned_with_reasons_and_names()
    {
        using var visitor = await TestVisitor.Admin(server);
        var me = $"{ChatLoopServer.AdminName} ({(await visitor.Get("/api/v1/me")).Ok<JsonElement>().GetProperty("userId").GetString()})";
        (await visitor.Post("/api/v1/checkpoints/1/unpin", new { reason = "Why not." })).Problem(HttpStatusCode.Conflict, "conflict", "not pinned");
        (await visitor.Post("/api/v1/checkpoints/1/stop", new { reason = "Why not." })).Problem(HttpStatusCode.Conflict, "conflict", "not on trial");
        (await visitor.Post("/api/v1/checkpoints/1/pin", new { reason = "" })).Problem(HttpStatusCode.BadRequest, "invalid", "say why");

        var pin = (await visitor.Post("/api/v1/checkpoints/1/pin", new { reason = "A release." })).Ok<VersionPin>();
        Assert.Equal((1, "A release.", me), (pin.Version, pin.Reason, pin.By));
        var pinned = (await visitor.Get("/api/v1/learning")).Ok<JsonElement>();
        Assert.Equal(1, pinned.GetProperty("pin").GetProperty("version").GetInt32());
        Assert.Contains("pinned", pinned.GetProperty("trainer").GetProperty("detail").GetString(), StringComparison.Ordinal);

        (await visitor.Post("/api/v1/checkpoints/1/unpin", new { reason = "Released." })).Expect(HttpStatusCode.NoContent);
        var decisions = (await visitor.Get("/api/v1/learning")).Ok<JsonElement>().GetProperty("decisions").EnumerateArray().ToArray();
        Assert.Equal(["move", "pin", "unpin"], decisions.Select(d => d.GetProperty("action").GetString()));
        Assert.Equal(["start", me, me], decisions.Select(d => d.GetProperty("by").GetString()));
    }

    [Fact]
    public void Unknown_figure_travels_as_null()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        WireFormat.Apply(options);
        var json = JsonSerializer.Serialize(new CheckpointMetrics { RewardModelAccuracy = double.NaN, Kl = 0.5, Reward = double.PositiveInfinity }, options);
        var metrics = JsonDocument.Parse(json).RootElement;
        Assert.Equal(JsonValueKind.Null, metrics.GetProperty("rewardModelAccuracy").ValueKind);
        Assert.Equal(JsonValueKind.Null, metrics.GetProperty("reward").ValueKind);
        Assert.Equal(0.5, metrics.GetProperty("kl").GetDouble());
        Assert.True(double.IsNaN(JsonSerializer.Deserialize<CheckpointMetrics>(json, options)!.RewardModelAccuracy));
    }
}
