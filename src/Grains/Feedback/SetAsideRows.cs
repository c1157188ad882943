using System.Text.Json;
using ChatLoop.Contracts.Feedback;

namespace ChatLoop.Grains.Feedback;

/// <summary>Puts what the ledger says of verdicts that were set aside into a reviewer's words.</summary>
internal static class SetAsideRows
{
    public static IReadOnlyList<SetAsideGroup> Group(IEnumerable<Judgement> judgements, ILookup<string, LedgerEvent> events) =>
    [
        .. from judgement in judgements
           let setAside = events[judgement.FeedbackId].FirstOrDefault(e => e.Kind == LedgerEventKind.SetAside)
           where setAside?.Payload is not null
           let payload = Read<SetAsidePayload>(setAside)
           group (Judgement: judgement, SetAside: setAside) by payload into campaign
           let first = campaign.Min(v => v.SetAside.Sequence)
           orderby first descending
           select new SetAsideGroup(campaign.Key.GroupId, campaign.First().SetAside.CreatedAt, campaign.Key.Reason, Votes([.. campaign.Select(v => v.Judgement)], events)),
    ];

    private static List<SetAsideVote> Votes(IReadOnlyList<Judgement> judgements, ILookup<string, LedgerEvent> events)
    {
        string[] people = [.. judgements.OrderBy(j => j.Sequence).Select(j => j.UserId).Distinct(StringComparer.Ordinal)];
        return
        [
            .. from judgement in judgements
               orderby judgement.Sequence
               let given = events[judgement.FeedbackId].First(e => e.Sequence == judgement.Sequence)
               let review = events[judgement.FeedbackId].FirstOrDefault(e => e.Kind is LedgerEventKind.Acceptance or LedgerEventKind.Rejection)
               let said = Read<JudgementPayload>(given)
               select new SetAsideVote
               {
                   FeedbackId = judgement.FeedbackId,
                   Person = 1 + Array.IndexOf(people, judgement.UserId),
                   RecordedAt = judgement.CreatedAt,
                   Prompt = said.Context.Prompt,
                   Answers = [.. said.Context.Answers.Select(a => a.Text)],
                   Ranks = SaidRanks.Of(said.Submission)!,
                   State = judgement.Review!.Value,
                   ReviewedBy = review is null ? null : Read<ReviewPayload>(review).Reviewer,
                   ReviewedAt = review?.CreatedAt,
               },
        ];
    }

    private static T Read<T>(LedgerEvent entry) => JsonSerializer.Deserialize<T>(entry.Payload!, LedgerJson.Options)!;
}
