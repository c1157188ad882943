namespace ChatLoop.Model.Kernels;

/// <summary>What becomes of a product.</summary>
internal enum Epilogue
{
    /// <summary>y = product.</summary>
    Store,
    /// <summary>y += product: a residual connection.</summary>
    Add,
    /// <summary>y = gelu(product).</summary>
    Gelu,
    /// <summary>y = silu(first half of the product) * second half.</summary>
    SwiGlu,
}

/// <summary>Multiplies a few vectors by a matrix, its outputs shared out over a team, and applies what follows to them at once.</summary>
internal sealed class ProductJob : ITeamJob, IDisposable
{
    /// <summary>Parts begin at its multiples, so that every number is computed in the same place of a register whatever the team's size.</summary>
    public const int Grain = 16;
    /// <summary>More than one, so that a thread that is slowed down takes fewer.</summary>
    private const int MostPartsOfThread = 4;
    /// <summary>Fewer, as a part reads a piece of every stored row: long pieces are read faster.</summary>
    private const int TransposedPartsOfThread = 2;
    /// <summary>Memory is slow to answer where a part begins: shorter parts would cost more than they balance.</summary>
    private const int LeastBytesOfPart = 1 << 18;
    /// <summary>Below this a second thread costs more than it saves.</summary>
    private const int LeastBytes = 1 << 14;

    /// <summary>The product before SwiGLU, [n, 2 F].</summary>
    private readonly RowBuffer? _gates;
    private Product _product;
    private RowBuffer? _result;
    private Epilogue _epilogue;
    private int _outputs;
    private int _parts;

    /// <param name="vectors">The most at once.</param>
    /// <param name="gated">F, where SwiGLU is used.</param>
    public ProductJob(int vectors, int? gated = null) => _gates = gated is { } width ? new RowBuffer(vectors, 2 * width) : null;

    /// <summary>y [n, out] from x [n, in]; with SwiGLU y is [n, out / 2].</summary>
    public void Run(ThreadTeam team, in Matrix matrix, RowBuffer x, RowBuffer y, int count, Epilogue epilogue = Epilogue.Store)
    {
        var gated = epilogue == Epilogue.SwiGlu;
        _product = Product.Of(matrix, x, gated ? _gates! : y, count, added: epilogue == Epilogue.Add);
        (_result, _epilogue, _outputs) = (y, epilogue, gated ? matrix.Out / 2 : matrix.Out);
        _parts = matrix.Bytes < LeastBytes ? 1 : Math.Clamp(_outputs / Grain, 1, team.Threads * PartsOfThread(matrix, team.Threads));
        team.Run(this, _parts);
    }

    public void Execute(int part, int worker)
    {
        var (from, to) = (Edge(part), Edge(part + 1));
        _product.Compute(from, to);
        if (_epilogue == Epilogue.Gelu) Activations.Gelu(_result!, _product.Count, from, to);
        if (_epilogue != Epilogue.SwiGlu) return;
        _product.Compute(_outputs + from, _outputs + to);
        Activations.SwiGlu(_gates!, _outputs, _result!, _product.Count, from, to);
    }

    private static int PartsOfThread(in Matrix matrix, int threads) => matrix.Transposed
        ? TransposedPartsOfThread
        : (int)Math.Clamp(matrix.Bytes / threads / LeastBytesOfPart, 1, MostPartsOfThread);

    /// <summary>Where a part begins; they differ by one grain at most.</summary>
    private int Edge(int part) => part == _parts ? _outputs : (int)((long)(_outputs / Grain) * part / _parts) * Grain;

    public void Dispose() => _gates?.Dispose();
}
