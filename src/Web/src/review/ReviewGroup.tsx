import { useQueryClient } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { useState } from "react";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import type { SetAsideGroup, SetAsideVote } from "../api/shapes";
import { keys } from "../app/services";
import { useNotify } from "../controls/Toasts";
import { inParts, mostInOneRequest, place, waiting, whySetAside } from "./words";

/** So many are shown at first: a campaign may have hundreds. */
const shownAtFirst = 5;

export function ReviewGroup({ group }: { group: SetAsideGroup }) {
  const [all, setAll] = useState(false);
  const { busy, decide } = useDecision();
  const open = waiting(group);
  const shown = all ? group.votes : group.votes.slice(0, shownAtFirst);
  return (
    <section
      className="card review-group"
      data-testid="review-group"
      aria-label={`Votes about “${group.reason.phrase}”`}
    >
      <h2>“{group.reason.phrase}”</h2>
      <p>{whySetAside(group.reason)}</p>
      <p className="soft">
        {group.votes.length} votes, {open.length} of them undecided, set aside{" "}
        <time dateTime={group.setAsideAt}>{new Date(group.setAsideAt).toLocaleString()}</time>
      </p>
      {open.length > 0 && (
        <div className="review-actions">
          <button
            type="button"
            className="button small"
            data-testid="reject-all"
            disabled={busy}
            onClick={() => void decide(open, false)}
          >
            <X size={15} aria-hidden /> Leave all {open.length} unused
          </button>
          <button
            type="button"
            className="button quiet small"
            data-testid="accept-all"
            disabled={busy}
            onClick={() => void decide(open, true)}
          >
            <Check size={15} aria-hidden /> Use all {open.length}
          </button>
        </div>
      )}
      <ul className="review-votes">
        {shown.map((vote) => (
          <Vote key={vote.feedbackId} vote={vote} busy={busy} onDecide={(accept) => void decide([vote], accept)} />
        ))}
      </ul>
      {shown.length < group.votes.length && (
        <button type="button" className="button quiet small" data-testid="show-all" onClick={() => setAll(true)}>
          Show all {group.votes.length}
        </button>
      )}
    </section>
  );
}

function useDecision() {
  const queries = useQueryClient();
  const notify = useNotify();
  const [busy, setBusy] = useState(false);
  const decide = async (votes: SetAsideVote[], accept: boolean) => {
    setBusy(true);
    try {
      for (const part of inParts(votes, mostInOneRequest))
        await api.reviewVotes(
          part.map((vote) => vote.feedbackId),
          accept,
        );
      notify(accept ? `${count(votes)} will be used from the next run on.` : `${count(votes)} will stay unused.`);
    } catch (error) {
      notify(messageOf(error), "problem");
    } finally {
      setBusy(false);
    }
    void queries.invalidateQueries({ queryKey: keys.setAside });
  };
  return { busy, decide };
}

function count(votes: SetAsideVote[]): string {
  return votes.length === 1 ? "The vote" : `The ${votes.length} votes`;
}

function Vote({ vote, busy, onDecide }: { vote: SetAsideVote; busy: boolean; onDecide(accept: boolean): void }) {
  return (
    <li className="review-vote" data-testid="review-vote" data-state={vote.state}>
      <p className="soft">
        Person {vote.person}, <time dateTime={vote.recordedAt}>{new Date(vote.recordedAt).toLocaleString()}</time>
      </p>
      <p className="review-prompt">{vote.prompt.at(-1)?.text}</p>
      <ol className="review-answers">
        {vote.answers.map((answer, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: answers have no other name and never move.
          <li key={index}>
            <span className="chip">{place(vote.ranks[index] ?? 1, vote.ranks)}</span> {answer}
          </li>
        ))}
      </ol>
      {vote.state === "waiting" ? (
        <div className="review-actions">
          <button type="button" className="button quiet small" disabled={busy} onClick={() => onDecide(false)}>
            Leave unused<span className="visually-hidden"> this vote of person {vote.person}</span>
          </button>
          <button type="button" className="button quiet small" disabled={busy} onClick={() => onDecide(true)}>
            Use<span className="visually-hidden"> this vote of person {vote.person}</span>
          </button>
        </div>
      ) : (
        <p className="soft">
          {vote.state === "accepted" ? "Used" : "Not used"}
          {vote.reviewedBy && `: decided by ${vote.reviewedBy}`}
          {vote.reviewedAt && `, ${new Date(vote.reviewedAt).toLocaleString()}`}
        </p>
      )}
    </li>
  );
}
