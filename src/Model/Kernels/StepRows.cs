namespace ChatLoop.Model.Kernels;

/// <summary>Where the tokens of one step belong: the row of each in the step's buffers, its sequence's slot and its place there.</summary>
internal sealed class StepRows(int rows)
{
    private readonly int[] _slots = new int[rows];
    private readonly int[] _positions = new int[rows];

    public int Count { get; private set; }

    public int Slot(int row) => _slots[row];

    public int Position(int row) => _positions[row];

    public void Clear() => Count = 0;

    public void Add(int slot, int position) => (_slots[Count], _positions[Count++]) = (slot, position);
}
