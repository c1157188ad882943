using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace ChatLoop.Architecture.Tests;

/// <summary>Dependencies point inwards: Contracts ← Model ← Trainer ← Grains ← Silo ← ChatApi.</summary>
public sealed class DependencyTests
{
    private static readonly string[] Inwards = ["Contracts", "Model", "Trainer", "Grains", "Silo", "ChatApi"];

    private static readonly System.Reflection.Assembly[] Assemblies =
    [
        typeof(Contracts.Errors.ChatLoopException).Assembly,
        typeof(Model.Transformers.Transformer).Assembly,
        System.Reflection.Assembly.Load("chatloop"),
        System.Reflection.Assembly.Load("ChatLoop.Grains"),
        System.Reflection.Assembly.Load("ChatLoop.Silo"),
        System.Reflection.Assembly.Load("ChatLoop.ChatApi"),
    ];

    private static readonly ArchUnitNET.Domain.Architecture Loaded = new ArchLoader().LoadAssemblies(Assemblies).Build();

    public static TheoryData<string, string> ForbiddenDirections()
    {
        var directions = new TheoryData<string, string>();
        for (var inner = 0; inner < Inwards.Length; inner++)
            for (var outer = inner + 1; outer < Inwards.Length; outer++)
                directions.Add(Inwards[inner], Inwards[outer]);
        return directions;
    }

    [Theory]
    [MemberData(nameof(ForbiddenDirections))]
    public void Inner_project_does_not_know_the_outer_one(string inner, string outer) =>
        Types().That().Are(In(inner)).Should().NotDependOnAny(In(outer)).WithoutRequiringPositiveResults().Check(Loaded);

    [Fact]
    public void Model_and_trainer_know_nothing_of_Orleans_or_HTTP()
    {
        foreach (var project in (string[])["Model", "Trainer"])
            foreach (var type in Loaded.Types.Where(t => IsIn(t, project)))
                Assert.DoesNotContain(type.Dependencies, d =>
                    d.Target.FullName.StartsWith("Orleans.", StringComparison.Ordinal) ||
                    d.Target.FullName.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_model_and_trainer_touch_tensors()
    {
        foreach (var project in (string[])["Contracts", "Grains", "Silo", "ChatApi"])
            foreach (var type in Loaded.Types.Where(t => IsIn(t, project)))
                Assert.DoesNotContain(type.Dependencies, d => d.Target.FullName.StartsWith("TorchSharp.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Manager")]
    [InlineData("Helper")]
    [InlineData("Helpers")]
    [InlineData("Util")]
    [InlineData("Utils")]
    [InlineData("Impl")]
    [InlineData("Common")]
    [InlineData("Data")]
    public void No_type_hides_behind_a_name_that_says_nothing(string suffix) =>
        Assert.DoesNotContain(Loaded.Types, t => Inwards.Any(p => IsIn(t, p)) && t.Name.EndsWith(suffix, StringComparison.Ordinal));

    private static IType[] In(string project) => [.. Loaded.Types.Where(t => IsIn(t, project))];

    private static bool IsIn(IType type, string project) =>
        type.FullName.StartsWith($"ChatLoop.{project}.", StringComparison.Ordinal);
}
