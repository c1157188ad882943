using Google.Protobuf;

namespace ChatLoop.Model.Tokenizers;

/// <summary>The kinds of pieces in sentencepiece_model.proto; the values are the file's.</summary>
internal enum PieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <param name="Score">The higher, the earlier the piece is merged.</param>
internal readonly record struct SentencePiece(string Text, float Score, PieceKind Kind);

/// <summary>
/// A SentencePiece tokenizer.model: the fields of sentencepiece_model.proto that decide how a BPE model encodes. Numbers in Read are
/// that file's field numbers.
/// </summary>
internal sealed record SentencePieceModel
{
    public const string Name = "tokenizer.model";
    private const int Bpe = 2;

    public IReadOnlyList<SentencePiece> Pieces { get; private set; } = [];
    public bool ByteFallback { get; private set; }
    public bool AddsDummyPrefix { get; private set; } = true;
    public int BosId { get; private set; } = 1;
    public int EosId { get; private set; } = 2;
    public int PadId { get; private set; } = -1;

    private int _modelType = 1;
    private bool _removesExtraSpaces = true;
    private bool _escapesSpaces = true;
    private bool _marksWordEnds;
    private bool _rewritesCharacters;
    private string _rule = "";

    /// <exception cref="InvalidDataException">Names what is damaged or not supported.</exception>
    public static SentencePieceModel Read(Stream stream)
    {
        var model = new SentencePieceModel();
        try
        {
            List<SentencePiece> pieces = [];
            EachField(new CodedInputStream(stream, leaveOpen: true), (field, input) =>
            {
                if (field == 1) pieces.Add(ReadPiece(input.ReadBytes()));
                else if (field == 2) EachField(input.ReadBytes().CreateCodedInput(), model.ReadTrainerSpec);
                else if (field == 3) EachField(input.ReadBytes().CreateCodedInput(), model.ReadNormalizerSpec);
                else return false;
                return true;
            });
            model.Pieces = pieces;
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"{Name} is damaged: {e.Message}", e);
        }
        model.Validate();
        return model;
    }

    private void Validate()
    {
        if (Pieces.Count == 0) throw new InvalidDataException($"{Name} is damaged: it has no pieces.");
        if (_modelType != Bpe) throw Unsupported($"its model type is {(_modelType == 1 ? "unigram" : $"number {_modelType}")}, supported is BPE");
        if (_rewritesCharacters) throw Unsupported($"its normaliser '{_rule}' rewrites characters, supported is 'identity'");
        if (_removesExtraSpaces) throw Unsupported("remove_extra_whitespaces is set, supported is false");
        if (!_escapesSpaces) throw Unsupported("escape_whitespaces is false, supported is true");
        if (_marksWordEnds) throw Unsupported("treat_whitespace_as_suffix is set, supported is false");
        if (Pieces.FirstOrDefault(p => p.Kind == PieceKind.Unused) is { Text: { } unused }) throw Unsupported($"its piece '{unused}' is unused, supported is none");
        if (Pieces.GroupBy(p => p.Text, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InvalidDataException($"{Name} is damaged: its piece '{twice.Key}' is there twice.");
    }

    private static SentencePiece ReadPiece(ByteString bytes)
    {
        var piece = new SentencePiece("", 0, PieceKind.Normal);
        EachField(bytes.CreateCodedInput(), (field, input) =>
        {
            if (field == 1) piece = piece with { Text = input.ReadString() };
            else if (field == 2) piece = piece with { Score = input.ReadFloat() };
            else if (field == 3) piece = piece with { Kind = (PieceKind)input.ReadEnum() };
            else return false;
            return true;
        });
        return piece;
    }

    private bool ReadTrainerSpec(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 3: _modelType = input.ReadEnum(); return true;
            case 24: _marksWordEnds = input.ReadBool(); return true;
            case 35: ByteFallback = input.ReadBool(); return true;
            case 41: BosId = input.ReadInt32(); return true;
            case 42: EosId = input.ReadInt32(); return true;
            case 43: PadId = input.ReadInt32(); return true;
            default: return false;
        }
    }

    private bool ReadNormalizerSpec(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 1: _rule = input.ReadString(); return true;
            case 2: _rewritesCharacters = !input.ReadBytes().IsEmpty; return true;
            case 3: AddsDummyPrefix = input.ReadBool(); return true;
            case 4: _removesExtraSpaces = input.ReadBool(); return true;
            case 5: _escapesSpaces = input.ReadBool(); return true;
            default: return false;
        }
    }

    /// <param name="read">Reads the field's value and returns true, or false to skip it.</param>
    private static void EachField(CodedInputStream input, Func<int, CodedInputStream, bool> read)
    {
        while (input.ReadTag() is > 0 and var tag)
        {
            if (!read(WireFormat.GetTagFieldNumber(tag), input)) input.SkipLastField();
        }
    }

    private static InvalidDataException Unsupported(string reason) => new($"{Name} cannot be used: {reason}. ChatLoop reads SentencePiece BPE (Llama 2, Mistral).");
}
