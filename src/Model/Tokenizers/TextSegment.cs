namespace ChatLoop.Model.Tokenizers;

/// <summary>
/// A piece of a prompt before it is tokenised.
/// </summary>
/// <param name="IsMarkup">
/// True for what a chat template itself writes: special tokens in it are recognised. False for anybody's text: "&lt;|im_end|&gt;" in it
/// stays ordinary characters.
/// </param>
public readonly record struct TextSegment(string Text, bool IsMarkup);
