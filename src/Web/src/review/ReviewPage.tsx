import { useQuery } from "@tanstack/react-query";
import { PageLayout } from "../account/PageLayout";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import { keys } from "../app/services";
import { useMe } from "../app/useMe";
import { ReviewGroup } from "./ReviewGroup";
import { waiting } from "./words";
import "./review.css";

export default function ReviewPage() {
  const me = useMe().data;
  const mayReview = me?.role === "reviewer" || me?.role === "admin";
  return (
    <PageLayout title="Votes to review">
      {me && (mayReview ? <Groups /> : <p data-testid="review-closed">Only a reviewer sees other people's votes.</p>)}
    </PageLayout>
  );
}

function Groups() {
  const list = useQuery({ queryKey: keys.setAside, queryFn: api.setAsideVotes });
  if (list.isError) return <p className="problem-text">{messageOf(list.error)}</p>;
  if (!list.data) return null;
  const open = list.data.filter((group) => waiting(group).length > 0);
  const decided = list.data.filter((group) => waiting(group).length === 0);
  return (
    <>
      <p className="review-intro">
        Votes wait here when several people push the same phrase far more often than people who judge on their own
        would. They are kept, and nothing learns from them or counts them in a trial until you accept them.
      </p>
      {open.length === 0 && (
        <p className="card" data-testid="review-empty">
          Nothing waits for you.
        </p>
      )}
      {open.map((group) => (
        <ReviewGroup key={group.groupId} group={group} />
      ))}
      {decided.length > 0 && (
        <section aria-label="Decided">
          <p className="soft">Decided before:</p>
          {decided.map((group) => (
            <ReviewGroup key={group.groupId} group={group} />
          ))}
        </section>
      )}
    </>
  );
}
