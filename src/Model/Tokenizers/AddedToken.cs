namespace ChatLoop.Model.Tokenizers;

/// <summary>
/// A token that is found as a whole in markup, before any other step (tokenizers.AddedToken of Hugging Face).
/// </summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="IsSpecial">A control token: decoding leaves it out.</param>
/// <param name="SingleWord">Found only where no letter, digit or underscore touches it.</param>
/// <param name="StripsLeft">White space before it belongs to it.</param>
/// <param name="StripsRight">White space after it belongs to it.</param>
/// <param name="IsNormalized">Looked for in the normalised text instead of the raw one.</param>
public sealed record AddedToken(
    int Id, string Content, bool IsSpecial, bool SingleWord = false, bool StripsLeft = false, bool StripsRight = false, bool IsNormalized = false);
