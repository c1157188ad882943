namespace ChatLoop.Model.ChatTemplates.Jinja.Syntax;

internal enum TokenKind { Text, BlockBegin, BlockEnd, VariableBegin, VariableEnd, Name, String, Integer, Float, Operator, End }

/// <param name="Value">Characters of the source; of a string literal, what it stands for.</param>
/// <param name="Line">Counts from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Value, int Line)
{
    public bool Is(string operatorText) => Kind == TokenKind.Operator && Value == operatorText;
    public bool IsName(string name) => Kind == TokenKind.Name && Value == name;

    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.Text => "template text",
        TokenKind.BlockBegin => "'{%'",
        TokenKind.BlockEnd => "'%}'",
        TokenKind.VariableBegin => "'{{'",
        TokenKind.VariableEnd => "'}}'",
        TokenKind.String => $"string '{Value}'",
        _ => $"'{Value}'",
    };
}
