using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;
using ChatLoop.Silo.Hosting;
using ChatLoop.Silo.Storage;
using ChatLoop.Trainer.Adapters;
using ChatLoop.Trainer.FineTuning;
using ChatLoop.Trainer.Gates;
using ChatLoop.Trainer.Groups;
using ChatLoop.Trainer.Ppo;
using ChatLoop.Trainer.Preferences;
using ChatLoop.Trainer.Rewards;
using ChatLoop.Trainer.Runs;
using ChatLoop.Trainer.Selection;
using ChatLoop.Trainer.Simulation;
using Microsoft.Extensions.Configuration;

namespace ChatLoop.ChatApi.Tests;

/// <summary>appsettings.json promises every setting with its default.</summary>
public sealed class SettingsFileTests
{
    private static readonly IConfiguration File =
        new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json")).Build();

    private static readonly IConfigurationSection Learning = File.GetSection(CollectionOptions.Section);

    [Fact]
    public void Cluster_settings_are_the_defaults() => Assert.Equal(new ChatLoopClusterOptions(), ChatLoopClusterOptions.Read(File));

    [Fact]
    public void Learning_settings_are_the_defaults()
    {
        Assert.Equal(new CollectionOptions(), Learning.Get<CollectionOptions>());
        Assert.Equal(new LearningOptions(), Learning.Get<LearningOptions>());
    }

    [Fact]
    public void Feedback_settings_are_the_defaults() => Assert.Equal(new FeedbackOptions(), File.GetSection(FeedbackOptions.Section).Get<FeedbackOptions>());

    [Fact]
    public void Checkpoint_settings_are_the_defaults()
    {
        var (listed, defaults) = (new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json")).Build()
            .GetSection(CheckpointOptions.Section).Get<CheckpointOptions>()!, new CheckpointOptions());
        foreach (var property in typeof(CheckpointOptions).GetProperties()) Assert.Equal(property.GetValue(defaults), property.GetValue(listed));
    }

    [Theory]
    [InlineData(typeof(CollectionOptions), "")]
    [InlineData(typeof(LearningOptions), "")]
    [InlineData(typeof(AdapterOptions), "Adapter")]
    [InlineData(typeof(RewardModelOptions), "RewardModel")]
    [InlineData(typeof(PpoOptions), "Ppo")]
    [InlineData(typeof(GroupOptions), "Group")]
    [InlineData(typeof(PreferenceOptions), "Preferences")]
    [InlineData(typeof(BestOfNOptions), "BestOfN")]
    [InlineData(typeof(SupervisedOptions), "Supervised")]
    [InlineData(typeof(ImaginedOptions), "Imagined")]
    [InlineData(typeof(GateOptions), "Gate")]
    [InlineData(typeof(ActivePairsOptions), "ActivePairs")]
    public void Learning_settings_are_all_there(Type options, string section)
    {
        var listed = section.Length == 0 ? Learning : Learning.GetSection(section);
        // Its default depends on the machine.
        string[] unlisted = [nameof(LearningOptions.Workers)];
        Assert.Equal([], options.GetProperties().Where(p => p.CanWrite).Select(p => p.Name).Except(unlisted)
            .Except(listed.GetChildren().Select(c => c.Key)));
    }
}
