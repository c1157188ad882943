namespace ChatLoop.EndToEnd.Tests.Service;

/// <summary>Runs that take seconds, and a gate that lets most through: versions are to move often.</summary>
public static class QuickRuns
{
    public static (string, string)[] Settings =>
    [
        ("Learning:PairsPerRun", "8"), ("Learning:DecidedShare", "0"), ("Learning:LargestBatch", "64"), ("Learning:ReferenceAnswers", "16"),
        ("Learning:MaxAnswerTokens", "48"), ("Learning:Ppo:Iterations", "1"), ("Learning:Ppo:Answers", "16"), ("Learning:RewardModel:Folds", "2"),
        ("Learning:RewardModel:Epochs", "1"), ("Learning:RewardModel:CommentEpochs", "1"), ("Learning:Gate:Answers", "16"),
        ("Learning:Gate:MinRewardModelAccuracy", "0.5"), ("Learning:Gate:MaxChanceProbability", "1"), ("Learning:Gate:MinInformativePairs", "1"),
        ("Learning:Gate:MinRewardGain", "-9"), ("Learning:RetryPause", "00:00:00.2"),
    ];
}
