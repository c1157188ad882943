namespace ChatLoop.Model.Adapters;

/// <summary>The projections that an adapter changes. Embeddings, norms and the output projection stay as they are.</summary>
public enum AdapterTargets
{
    /// <summary>Query, key, value and output.</summary>
    Attention,
    /// <summary>Gate, up and down.</summary>
    Mlp,
    /// <summary>Those of attention and MLP, which learn more than either alone (Dettmers et al. 2023).</summary>
    All,
}
