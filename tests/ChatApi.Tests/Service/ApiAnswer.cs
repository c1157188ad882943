using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace ChatLoop.ChatApi.Tests.Service;

/// <summary>What a call came back with.</summary>
public sealed record ApiAnswer(HttpStatusCode Status, string Body, HttpResponseHeaders Headers, string? ContentType, Uri? Address)
{
    public static async Task<ApiAnswer> Read(HttpResponseMessage response) => new(
        response.StatusCode,
        await response.Content.ReadAsStringAsync(HangGuard.Token),
        response.Headers,
        response.Content.Headers.ContentType?.MediaType,
        response.RequestMessage?.RequestUri);

    public ApiAnswer Expect(HttpStatusCode status)
    {
        Assert.True(status == Status, $"{Address}: expected {status}, was {Status}: {Body}");
        return this;
    }

    public T Ok<T>()
    {
        Assert.True((int)Status is >= 200 and < 300, $"{Address}: {Status}: {Body}");
        return JsonSerializer.Deserialize<T>(Body, TestVisitor.Json)!;
    }

    /// <summary>A problem of this status and code whose detail holds these words; never a stack trace.</summary>
    public JsonElement Problem(HttpStatusCode status, string code, params string[] words)
    {
        Expect(status);
        Assert.Equal("application/problem+json", ContentType);
        var problem = JsonDocument.Parse(Body).RootElement;
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.Equal(code, problem.GetProperty("code").GetString());
        var detail = problem.GetProperty("detail").GetString()!;
        foreach (var word in words) Assert.Contains(word, detail, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", Body, StringComparison.Ordinal);
        return problem;
    }
}
