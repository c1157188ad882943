using System.Globalization;
using System.Text.Json;
using ChatLoop.ChatApi.Limits;
using ChatLoop.Contracts.Errors;
using ChatLoop.Grains.Feedback.Postgres;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace ChatLoop.ChatApi.Problems;

/// <summary>
/// An error answer: RFC 9457 problem details with a machine-readable <paramref name="Code"/> and a detail that names the fix.
/// Written whatever the Accept header says, because an error that cannot be read helps nobody.
/// </summary>
public sealed record Problem(int Status, string Code, string Detail, int? RetryAfterSeconds = null)
{
    public const string ContentType = "application/problem+json";

    public static Problem Unauthenticated { get; } = new(StatusCodes.Status401Unauthorized, "unauthenticated",
        "There is no identity yet: call GET /api/v1/me first and keep its cookie.");

    public static Problem Internal { get; } = new(StatusCodes.Status500InternalServerError, "internal",
        "Something failed on the server. Try again; if it happens again, the server's log says why.");

    public static Problem Busy { get; } = new(StatusCodes.Status503ServiceUnavailable, "busy",
        "The server is starting, stopping or overloaded. Try again in a moment.", RetryAfterSeconds: 2);

    /// <summary>There may be an identity, but not one that is signed in as this needs.</summary>
    public static Problem SignInNeeded(string detail) => new(StatusCodes.Status401Unauthorized, "unauthenticated", detail);

    public static Problem Forbidden(string detail) => new(StatusCodes.Status403Forbidden, "forbidden", detail);

    public static Problem BodyTooLarge(RequestLimits limits) => new(StatusCodes.Status413PayloadTooLarge, Name(ErrorCode.TooLarge), string.Create(
        CultureInfo.InvariantCulture, $"The body is larger than {limits.BodyBytes} bytes, which is the limit (Limits:BodyBytes). Send less."));

    public static Problem TooManyRequests(int seconds) => new(StatusCodes.Status429TooManyRequests, "tooManyRequests",
        string.Create(CultureInfo.InvariantCulture, $"Too many calls. Try again in {seconds} s."), seconds);

    public static Problem Of(Exception error) => error switch
    {
        ChatLoopException known => From(known),
        // The silo is starting, stopping, or did not answer in time.
        TimeoutException or OrleansException or ObjectDisposedException => Busy,
        // A database of this process' own (accounts, keys) is away.
        _ when PassingFailure.Is(error) => Busy,
        _ => Internal,
    };

    private static Problem From(ChatLoopException error) => error.Code switch
    {
        ErrorCode.Invalid => new(StatusCodes.Status400BadRequest, Name(error.Code), error.Message),
        ErrorCode.NotFound => new(StatusCodes.Status404NotFound, Name(error.Code), error.Message),
        ErrorCode.Conflict => new(StatusCodes.Status409Conflict, Name(error.Code), error.Message),
        ErrorCode.TooLarge => new(StatusCodes.Status413PayloadTooLarge, Name(error.Code), error.Message),
        ErrorCode.Unauthenticated => new(StatusCodes.Status401Unauthorized, Name(error.Code), error.Message),
        ErrorCode.Forbidden => new(StatusCodes.Status403Forbidden, Name(error.Code), error.Message),
        ErrorCode.Busy => new(StatusCodes.Status503ServiceUnavailable, Name(error.Code), error.Message, RetryAfterSeconds: 2),
        _ => new(StatusCodes.Status500InternalServerError, Name(error.Code), error.Message),
    };

    /// <summary>For a status that the framework set without a body.</summary>
    public static Problem ForStatus(int status, HttpRequest request) => status switch
    {
        StatusCodes.Status401Unauthorized => Unauthenticated,
        StatusCodes.Status404NotFound => new(status, Name(ErrorCode.NotFound),
            $"There is no '{request.Path}'. The API is described at /openapi/v1.json."),
        StatusCodes.Status405MethodNotAllowed => new(status, "methodNotAllowed",
            $"'{request.Path}' does not take {request.Method}. The Allow header says what it takes."),
        StatusCodes.Status415UnsupportedMediaType => new(status, "unsupportedMediaType", "Send the body as 'Content-Type: application/json'."),
        >= 500 => Internal,
        _ => new(status, Name(ErrorCode.Invalid), ReasonPhrases.GetReasonPhrase(status)),
    };

    public async Task Write(HttpContext http, CancellationToken cancellationToken)
    {
        http.Response.StatusCode = Status;
        http.Response.Headers.CacheControl = "no-store";
        if (RetryAfterSeconds is { } seconds) http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        var details = new ProblemDetails
        {
            Status = Status,
            Title = ReasonPhrases.GetReasonPhrase(Status),
            Detail = Detail,
            Extensions = { ["code"] = Code, ["traceId"] = http.TraceIdentifier },
        };
        await http.Response.WriteAsJsonAsync(details, options: null, ContentType, cancellationToken);
    }

    private static string Name(ErrorCode code) => JsonNamingPolicy.CamelCase.ConvertName(code.ToString());
}
