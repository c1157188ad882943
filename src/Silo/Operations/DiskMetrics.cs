using System.Diagnostics.Metrics;
using ChatLoop.Grains.Telemetry;
using ChatLoop.Silo.Hosting;

namespace ChatLoop.Silo.Operations;

/// <summary>How much room is left where this process keeps its data.</summary>
public sealed class DiskMetrics : IDisposable
{
    private readonly Meter _meter;

    public DiskMetrics(IMeterFactory meters, DataFolder data)
    {
        _meter = meters.Create(ServiceMetrics.MeterName);
        _meter.CreateObservableGauge("chatloop.data_free", () => new DriveInfo(Path.GetFullPath(data.Checkpoints)).AvailableFreeSpace, "By", "Free bytes of the disk of Data:Folder.");
    }

    public void Dispose() => _meter.Dispose();
}
