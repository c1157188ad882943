using ChatLoop.Model.Checkpoints;
using ChatLoop.Trainer.Optimization;
using Mono.Cecil;

namespace ChatLoop.Architecture.Tests;

/// <summary>
/// TorchSharp turns a number into a <c>Scalar</c>, an object whose finalizer frees the native number, and reads only its handle
/// before the native call. A temporary one can therefore be freed while libtorch still reads it: rare, and seen as
/// "toFloat … Expected false to be true" or as a wrong number in an update. So no method of ours makes or lets TorchSharp make
/// a temporary; <c>ScalarArithmetic</c> keeps each alive until its call has returned.
/// </summary>
public sealed class ScalarLifetimeTests
{
    private const string Scalar = "TorchSharp.Scalar";
    private static readonly ModuleDefinition TorchSharp = ModuleDefinition.ReadModule(typeof(global::TorchSharp.torch).Assembly.Location);
    private readonly Dictionary<MethodDefinition, bool> _makes = [];

    public static TheoryData<string> Assemblies =>
        [typeof(CheckpointStore).Assembly.Location, typeof(AdamOptimizer).Assembly.Location];

    [Theory, MemberData(nameof(Assemblies))]
    public void No_temporary_scalars(string assembly)
    {
        using var module = ModuleDefinition.ReadModule(assembly);
        var calls = from type in module.GetTypes()
                    where !type.FullName.Contains("ScalarArithmetic", StringComparison.Ordinal)
                    from method in type.Methods
                    where method.HasBody
                    from instruction in method.Body.Instructions
                    where instruction.Operand is MethodReference called && MakesScalar(called)
                    select $"{method.FullName} calls {((MethodReference)instruction.Operand).FullName}";

        Assert.Equal("", string.Join('\n', calls.Distinct()));
    }

    private bool MakesScalar(MethodReference called)
    {
        if (called.DeclaringType.Scope.Name is not ("TorchSharp" or "TorchSharp.dll")) return false;
        if (called.ReturnType.FullName == Scalar) return true;
        return TorchSharp.GetType(called.DeclaringType.GetElementType().FullName)?.Methods
            .FirstOrDefault(m => Same(m, called)) is { } definition && MakesScalar(definition);
    }

    private bool MakesScalar(MethodDefinition method)
    {
        if (_makes.TryGetValue(method, out var known)) return known;
        _makes[method] = false;
        var makes = method.HasBody && method.Body.Instructions.Any(i =>
            i.Operand is MethodReference inner
            && (inner.ReturnType.FullName == Scalar || (inner is MethodDefinition next && MakesScalar(next))));
        return _makes[method] = makes;
    }

    private static bool Same(MethodDefinition definition, MethodReference called) =>
        definition.Name == called.Name && definition.Parameters.Count == called.Parameters.Count
        && definition.Parameters.Zip(called.Parameters).All(p => p.First.ParameterType.FullName == p.Second.ParameterType.FullName);
}
