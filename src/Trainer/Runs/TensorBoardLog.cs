using ChatLoop.Contracts.Learning;
using TorchSharp;
using TorchSharp.Modules;

namespace ChatLoop.Trainer.Runs;

/// <summary>
/// Curve points as they come, in a TensorBoard event file: <c>tensorboard --logdir</c> on a folder above shows the runs side by side.
/// A step that is tried again begins another file in the same folder.
/// </summary>
public sealed class TensorBoardLog(string folder)
{
    private SummaryWriter? _writer;
    private bool _failed;

    /// <summary>Curves are no reason for a step to fail: on a full disk the rest of them is left out.</summary>
    public void Write(IReadOnlyList<MetricPoint> points)
    {
        if (_failed || points.Count == 0) return;
        try
        {
            _writer ??= torch.utils.tensorboard.SummaryWriter(folder, createRunName: false);
            foreach (var point in points) _writer.add_scalar(point.Name, (float)point.Value, point.Step);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _failed = true;
        }
    }
}
