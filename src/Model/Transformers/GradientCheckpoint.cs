using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace ChatLoop.Model.Transformers;

/// <summary>
/// Gradient checkpointing (Chen et al. 2016): a part of a network keeps only its input, and is computed a second time when the backward
/// pass reaches it. Memory for the part's activations is needed only while its gradients are taken, for one more forward pass. The
/// second pass is the same arithmetic, so gradients are the same numbers.
/// </summary>
internal sealed class GradientCheckpoint : SingleTensorFunction<GradientCheckpoint>
{
    private const string Part = "part";

    public override string Name => nameof(GradientCheckpoint);

    /// <param name="x">Requires a gradient.</param>
    /// <param name="part">A function of x and of parameters only. It outlives the caller's dispose scope, so it captures no tensor of it.</param>
    public static Tensor Apply(Tensor x, Func<Tensor, Tensor> part) => apply(x, part);

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (x, part) = ((Tensor)vars[0], (Func<Tensor, Tensor>)vars[1]);
        ctx.save_for_backward([x]);
        ctx.save_data(Part, part);
        using var noGrad = no_grad();
        return part(x);
    }

    /// <summary>Adds the parameters' gradients, and returns that of the input.</summary>
    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var grad = enable_grad();
        var saved = ctx.get_saved_variables()[0];
        var x = saved.detach().requires_grad_(true);
        ((Func<Tensor, Tensor>)ctx.get_data(Part))(x).backward([grad_output]);
        return [x.grad!.MoveToOuterDisposeScope(), null!];
    }
}
