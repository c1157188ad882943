import type { FeedbackCounts } from "../api/shapes";

/** The counts worth showing: the three most people give always, the others once there are any. */
export function countsShown(counts: FeedbackCounts): { name: string; value: number }[] {
  const always = [
    { name: "Comparisons", value: counts.pairs },
    { name: "Thumbs up", value: counts.thumbsUp },
    { name: "Thumbs down", value: counts.thumbsDown },
  ];
  const others = [
    { name: "Rankings", value: counts.rankings },
    { name: "Ratings", value: counts.ratings },
    { name: "Corrections", value: counts.corrections },
    { name: "Own answers", value: counts.demonstrations },
    { name: "Comments", value: counts.comments },
    { name: "Wait for review", value: counts.waitingForReview },
    { name: "Withdrawn", value: counts.withdrawn },
  ];
  return [...always, ...others.filter(({ value }) => value > 0)];
}
