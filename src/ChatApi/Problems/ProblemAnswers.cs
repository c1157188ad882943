using System.Globalization;
using ChatLoop.ChatApi.Limits;
using ChatLoop.Contracts.Errors;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Options;

namespace ChatLoop.ChatApi.Problems;

/// <summary>Turns every exception and every bare error status into a <see cref="Problem"/>. No stack trace leaves the server.</summary>
public static partial class ProblemAnswers
{
    public static IApplicationBuilder UseProblemAnswers(this IApplicationBuilder app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = Answer,
            AllowStatusCode404Response = true,
            SuppressDiagnosticsCallback = _ => true,
        });
        app.UseStatusCodePages(context =>
            Problem.ForStatus(context.HttpContext.Response.StatusCode, context.HttpContext.Request).Write(context.HttpContext, context.HttpContext.RequestAborted));
        return app;
    }

    private static async Task Answer(HttpContext http)
    {
        var error = http.Features.Get<IExceptionHandlerFeature>()!.Error;
        var problem = ProblemOf(error, http.RequestServices.GetRequiredService<IOptions<RequestLimits>>().Value);
        if (problem.Status >= 500)
            LogFailed(http.RequestServices.GetRequiredService<ILogger<Problem>>(), http.Request.Method, http.Request.Path, problem.Status, error);
        await problem.Write(http, CancellationToken.None);
    }

    private static Problem ProblemOf(Exception error, RequestLimits limits) => error switch
    {
        ChatLoopException known => Problem.From(known),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problem.TooLarge(string.Create(
            CultureInfo.InvariantCulture, $"The body is larger than {limits.BodyBytes} bytes, which is the limit (Limits:BodyBytes). Send less.")),
        BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } => new(StatusCodes.Status415UnsupportedMediaType,
            "unsupportedMediaType", "Send the body as 'Content-Type: application/json'."),
        BadHttpRequestException bad => new(bad.StatusCode, "invalid", Explain(bad)),
        TimeoutException or OrleansException or ObjectDisposedException => Problem.Busy,
        _ => Problem.Internal,
    };

    /// <summary>The JSON reader's own words are the useful ones; the binder's only name our parameters.</summary>
    private static string Explain(BadHttpRequestException bad) => bad.InnerException is System.Text.Json.JsonException json
        ? $"The body is not what this call takes: {json.Message}"
        : bad.Message.Contains("body", StringComparison.OrdinalIgnoreCase)
            ? "This call needs a JSON body. /openapi/v1.json describes it."
            : bad.Message;

    [LoggerMessage(LogLevel.Error, "{Method} {Path} answered {Status}.")]
    private static partial void LogFailed(ILogger logger, string method, string path, int status, Exception error);
}
