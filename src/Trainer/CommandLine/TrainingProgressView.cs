using System.Globalization;
using ChatLoop.Trainer.Pretraining;
using Spectre.Console;

namespace ChatLoop.Trainer.CommandLine;

/// <summary>Shows how far a training run is: a bar in a terminal, else a line now and then.</summary>
internal static class TrainingProgressView
{
    public static void Show(TextWriter output, Action<IProgress<PretrainingProgress>> train)
    {
        if (output == Console.Out && AnsiConsole.Profile.Capabilities.Interactive)
        {
            AnsiConsole.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .Start(context => train(new TrainingBar(context.AddTask("training"))));
        }
        else
        {
            train(new TrainingLines(output));
        }
    }
}

/// <summary>Running means over about the last hundred updates; single updates are noisy.</summary>
internal sealed class SmoothedProgress
{
    private const double Keep = 0.99;
    private double _weight;
    private double _loss;
    private double _seconds;
    private double _tokens;
    private long _lastTokens;

    public double Loss => _loss / _weight;
    public double TokensPerSecond => _tokens / Math.Max(1e-9, _seconds);

    public void Add(PretrainingProgress update)
    {
        var tokens = _lastTokens == 0 ? 0 : update.Tokens - _lastTokens;
        _lastTokens = update.Tokens;
        _weight = Keep * _weight + 1;
        _loss = Keep * _loss + update.Loss;
        _tokens = Keep * _tokens + tokens;
        _seconds = Keep * _seconds + tokens / update.TokensPerSecond;
    }

    public string Describe(PretrainingProgress update)
    {
        var left = TimeSpan.FromSeconds((update.TotalTokens - update.Tokens) / Math.Max(1, TokensPerSecond));
        return string.Create(CultureInfo.InvariantCulture,
            $"update {update.Step}, {update.Tokens:N0} tokens, loss {Loss:F4}, {TokensPerSecond:N0} tokens/s, {left:hh\\:mm\\:ss} left");
    }
}

/// <summary>A bar for a terminal.</summary>
internal sealed class TrainingBar(ProgressTask task) : IProgress<PretrainingProgress>
{
    private readonly SmoothedProgress _smoothed = new();

    public void Report(PretrainingProgress value)
    {
        _smoothed.Add(value);
        task.MaxValue = value.TotalTokens;
        task.Value = value.Tokens;
        task.Description = Markup.Escape(_smoothed.Describe(value));
    }
}

/// <summary>A line now and then for a log file.</summary>
internal sealed class TrainingLines(TextWriter output) : IProgress<PretrainingProgress>
{
    private const int UpdatesPerLine = 50;
    private readonly SmoothedProgress _smoothed = new();

    public void Report(PretrainingProgress value)
    {
        _smoothed.Add(value);
        if (value.Step % UpdatesPerLine != 0 && value.Tokens < value.TotalTokens) return;
        output.WriteLine(_smoothed.Describe(value));
        output.Flush();
    }
}
