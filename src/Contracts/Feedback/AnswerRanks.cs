using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatLoop.Contracts.Feedback;

/// <summary>
/// A rank for each answer of a comparison, in the order in which they were shown: 1 is the best, equal ranks are ties. An array in
/// JSON.
/// </summary>
[GenerateSerializer, Immutable, Alias("ChatLoop.AnswerRanks"), JsonConverter(typeof(ArrayConverter))]
public sealed record AnswerRanks([property: Id(0)] ImmutableArray<int> Values)
{
    public bool Equals(AnswerRanks? other) => other is not null && Values.AsSpan().SequenceEqual(other.Values.AsSpan());

    public override int GetHashCode() => Values.Aggregate(17, HashCode.Combine);

    public override string ToString() => string.Join(',', Values);

    private sealed class ArrayConverter : JsonConverter<AnswerRanks>
    {
        public override AnswerRanks Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(JsonSerializer.Deserialize<ImmutableArray<int>>(ref reader, options));

        public override void Write(Utf8JsonWriter writer, AnswerRanks value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.Values, options);
    }
}
