namespace ChatLoop.ChatApi.Access;

/// <summary>What an API key may be used for, within what its owner may do.</summary>
public enum ApiScope
{
    /// <summary>The owner's conversations.</summary>
    Chat,
    /// <summary>The owner's judgements and consent.</summary>
    Feedback,
    /// <summary>Which version serves. Accounts are never open to a key.</summary>
    Admin,
}
