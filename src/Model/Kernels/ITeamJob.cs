namespace ChatLoop.Model.Kernels;

/// <summary>Work in parts that do not depend on each other. An object that is used again and again, so that no step allocates.</summary>
public interface ITeamJob
{
    /// <summary>Does one part.</summary>
    /// <param name="worker">0 … threads - 1: no two parts run with the same number at once, so scratch memory can be kept by it.</param>
    void Execute(int part, int worker);
}
