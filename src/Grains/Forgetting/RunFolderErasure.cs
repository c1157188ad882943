using ChatLoop.Grains.Feedback;
using ChatLoop.Grains.Learning;

namespace ChatLoop.Grains.Forgetting;

/// <summary>
/// Erases what withdrawn judgements said from the folders of runs that have ended. One under way keeps its batch until its end, because
/// a step that is repeated must learn from the same.
/// </summary>
internal sealed class RunFolderErasure(FeedbackStore feedback, RunFolders folders)
{
    /// <summary>Repeating it finds nothing to do.</summary>
    public async Task Run(IReadOnlyList<WithdrawnUse> uses)
    {
        var left = uses.Where(use => !use.IsErased).ToLookup(use => use.RunId, use => use.FeedbackId);
        if (left.Count == 0) return;
        foreach (var runId in await feedback.ReadEnded([.. left.Select(run => run.Key)]))
        {
            var feedbackIds = left[runId].ToHashSet(StringComparer.Ordinal);
            await folders.Of(runId).Erase(feedbackIds);
            await feedback.MarkErased(runId, feedbackIds);
        }
    }
}
