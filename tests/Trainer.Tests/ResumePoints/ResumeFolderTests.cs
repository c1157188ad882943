using ChatLoop.Model.Tests.Checkpoints;
using ChatLoop.Trainer.Optimization;
using ChatLoop.Trainer.ResumePoints;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace ChatLoop.Trainer.Tests.ResumePoints;

public sealed class ResumeFolderTests : IDisposable
{
    private sealed record Progress(int Step, double Loss);

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _told = [];
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    private string Output => _folder["runs/output"];

    private string Path => ResumeFolder.PathOf(Output);

    private ResumeFolder Folder(string job = "job") => new(Output, job, _told.Add);

    /// <summary>Two parameters, one of which no loss has reached yet.</summary>
    private static (Parameter[] Parameters, AdamOptimizer Adam, TrainingState State) Make(double value)
    {
        Parameter[] parameters = [new(full([2, 3], value), requires_grad: true), new(full([1], value), requires_grad: true)];
        var adam = new AdamOptimizer(parameters, epsilon: 1e-8);
        return (parameters, adam, new TrainingState().With("weights", parameters).With("adam", adam));
    }

    private static void Step(Parameter[] parameters, AdamOptimizer adam)
    {
        adam.ZeroGradients();
        parameters[0].square().sum().backward();
        adam.Step(0.1);
    }

    [Fact]
    public void What_was_saved_comes_back_bit_for_bit()
    {
        var (parameters, adam, state) = Make(0.7);
        using var owned = adam;
        Step(parameters, adam);
        Step(parameters, adam);
        Folder().Save("part", new Progress(2, double.NaN), state);
        var (restored, restoredAdam, restoredState) = Make(0);
        using var alsoOwned = restoredAdam;

        var progress = Folder().Load<Progress>("part", restoredState);

        Assert.Equal(new Progress(2, double.NaN), progress);
        Assert.Equal(2, restoredAdam.Steps);
        Assert.Equal([true, false], restoredAdam.Gradients);
        foreach (var (name, tensor) in state.Tensors) Assert.Equal(tensor.data<float>().ToArray(), restoredState.Tensors[name].data<float>().ToArray());
        Step(parameters, adam);
        Step(restored, restoredAdam);
        Assert.Equal(parameters[0].data<float>().ToArray(), restored[0].data<float>().ToArray());
        Assert.Empty(_told);
    }

    [Fact]
    public void A_point_replaces_the_one_before_it_and_parts_are_apart()
    {
        var (parameters, adam, state) = Make(1);
        using var owned = adam;
        Folder().Save("part", new Progress(1, 1), state);
        Folder().Save("part-2", new Progress(7, 7), state);
        Step(parameters, adam);
        Folder().Save("part", new Progress(2, 0.5), state);
        Folder().Save("other", new Progress(9, 9));

        Assert.Equal(2, Folder().Load<Progress>("part", state)!.Step);
        Assert.Equal(7, Folder().Load<Progress>("part-2", state)!.Step);
        Assert.Equal(9, Folder().Load<Progress>("other")!.Step);
        Assert.Equal(2, Directory.EnumerateFiles(Path, "*.safetensors").Count());
        Assert.Null(Folder().Load<Progress>("none"));

        ResumeFolder.Delete(Output);
        ResumeFolder.Delete(Output);
        Assert.False(Directory.Exists(Path));
        Assert.Null(Folder().Load<Progress>("part", state));
        Assert.Empty(_told);
    }

    [Fact]
    public void Another_jobs_point_is_left_out()
    {
        var (_, adam, state) = Make(1);
        using var owned = adam;
        Folder("another").Save("part", new Progress(1, 1), state);

        Assert.Null(Folder().Load<Progress>("part", Make(5).State));
        Assert.Contains("another job", Assert.Single(_told));
    }

    /// <summary>However much of either file reached the disk: nothing of it is loaded.</summary>
    [Theory]
    [InlineData("*.safetensors")]
    [InlineData("*.json")]
    public void A_torn_file_is_left_out(string pattern)
    {
        var (_, adam, state) = Make(1);
        using var owned = adam;
        Folder().Save("part", new Progress(1, 1), state);
        var file = Assert.Single(Directory.EnumerateFiles(Path, pattern));
        var whole = File.ReadAllBytes(file);

        for (var length = 0; length < whole.Length; length += 13)
        {
            File.WriteAllBytes(file, whole[..length]);
            AssertLeftOut();
        }
        File.WriteAllBytes(file, whole);
        Assert.Equal(1, Folder().Load<Progress>("part", state)!.Step);
    }

    [Fact]
    public void A_changed_byte_is_noticed_and_so_is_a_missing_file()
    {
        var (_, adam, state) = Make(1);
        using var owned = adam;
        Folder().Save("part", new Progress(1, 1), state);
        var file = Assert.Single(Directory.EnumerateFiles(Path, "*.safetensors"));
        var bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        AssertLeftOut();

        File.Delete(file);
        AssertLeftOut();
    }

    [Fact]
    public void A_folder_that_cannot_be_written_stops_nothing()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllText(Path, "a file where the folder should be");

        Folder().Save("part", new Progress(1, 1));

        Assert.Contains("could not be saved", Assert.Single(_told));
    }

    private void AssertLeftOut()
    {
        _told.Clear();
        var (parameters, adam, state) = Make(5);
        using var owned = adam;
        Assert.Null(Folder().Load<Progress>("part", state));
        Assert.Contains("damaged", Assert.Single(_told));
        Assert.Equal(0, adam.Steps);
        Assert.All(parameters[0].data<float>().ToArray(), v => Assert.Equal(5, v));
    }
}
