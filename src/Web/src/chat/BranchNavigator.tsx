import { ChevronLeft, ChevronRight } from "lucide-react";
import { IconButton } from "../controls/IconButton";
import { type PathNode, turnsOf } from "../conversation/tree";
import { useSession } from "../conversation/useSession";

/** ‹2/3›: moves between what was sent or answered at the same place. */
export function BranchNavigator({ node, noun }: { node: PathNode; noun: string }) {
  const { choose } = useSession();
  const { siblings, index, parentKey } = node;
  if (siblings.length < 2) return null;
  const go = (to: number) => {
    const slot = siblings[to];
    const turn = slot && turnsOf(slot)[0];
    if (turn) choose(parentKey, turn.turnId);
  };
  return (
    <span className="branches">
      <IconButton
        label={`Previous ${noun}`}
        data-testid="branch-prev"
        disabled={index === 0}
        onClick={() => go(index - 1)}
      >
        <ChevronLeft size={16} aria-hidden />
      </IconButton>
      <span className="branch-count">
        <span className="visually-hidden">{noun} </span>
        {index + 1}/{siblings.length}
      </span>
      <IconButton
        label={`Next ${noun}`}
        data-testid="branch-next"
        disabled={index === siblings.length - 1}
        onClick={() => go(index + 1)}
      >
        <ChevronRight size={16} aria-hidden />
      </IconButton>
    </span>
  );
}
