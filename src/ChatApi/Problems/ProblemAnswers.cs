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
        app.UseStatusCodePages(context => AnswerBareStatus(context.HttpContext));
        return app;
    }

    private static async Task Answer(HttpContext http)
    {
        var error = http.Features.Get<IExceptionHandlerFeature>()!.Error;
        var problem = ProblemOf(error, Limits(http));
        if (problem.Status >= 500 && error is not ChatLoopException { Code: ErrorCode.Busy })
            LogFailed(http.RequestServices.GetRequiredService<ILogger<Problem>>(), http.Request.Method, http.Request.Path, problem.Status, error);
        await problem.Write(http, CancellationToken.None);
    }

    private static Task AnswerBareStatus(HttpContext http)
    {
        var status = http.Response.StatusCode;
        var problem = status == StatusCodes.Status413PayloadTooLarge ? Problem.BodyTooLarge(Limits(http)) : Problem.ForStatus(status, http.Request);
        return problem.Write(http, http.RequestAborted);
    }

    private static RequestLimits Limits(HttpContext http) => http.RequestServices.GetRequiredService<IOptions<RequestLimits>>().Value;

    private static Problem ProblemOf(Exception error, RequestLimits limits) => error switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problem.BodyTooLarge(limits),
        BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } => new(StatusCodes.Status415UnsupportedMediaType,
            "unsupportedMediaType", "Send the body as 'Content-Type: application/json'."),
        BadHttpRequestException bad => new(bad.StatusCode, "invalid", Explain(bad)),
        _ => Problem.Of(error),
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
