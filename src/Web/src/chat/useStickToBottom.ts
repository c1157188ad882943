import { useCallback, useEffect, useRef, useState } from "react";

/** Follows growing content while the reader is at its end, and leaves a reader who scrolled up alone. */
export function useStickToBottom(resetKey: unknown) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const [away, setAway] = useState(false);

  const toBottom = useCallback((smooth = false) => {
    stuck.current = true;
    const element = scroller.current;
    element?.scrollTo({ top: element.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }, []);

  useEffect(() => {
    const element = scroller.current;
    if (!element || !content.current) return;
    let lastTop = element.scrollTop;
    const onScroll = () => {
      const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
      // Only a movement upwards is the reader's wish to leave; growth moves the end away by itself.
      if (distance < 48) stuck.current = true;
      else if (element.scrollTop < lastTop) stuck.current = false;
      lastTop = element.scrollTop;
      setAway(distance > 240);
    };
    const observer = new ResizeObserver(() => {
      if (stuck.current) element.scrollTop = element.scrollHeight;
      onScroll();
    });
    observer.observe(content.current);
    observer.observe(element);
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", onScroll);
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation opens at its end.
  useEffect(() => toBottom(), [resetKey, toBottom]);
  return { scroller, content, away, toBottom };
}
