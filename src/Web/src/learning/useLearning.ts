import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../api/calls";
import type { LearningSnapshot } from "../api/shapes";
import { keys } from "../app/services";
import { useLinkState } from "../connection/ConnectionState";
import { HubLink, type StreamHandlers } from "../connection/hubLink";
import { retryDelay } from "../connection/retryPolicy";

/** The loop as it is now: pushed by the hub, and asked for every few seconds while the hub is away. */
export function useLearning() {
  const queries = useQueryClient();
  const [link] = useState(() => new HubLink("/hubs/learning"));
  const state = useLinkState(link);
  const query = useQuery({
    queryKey: keys.learning,
    queryFn: api.learning,
    refetchInterval: state === "connected" ? false : 5000,
  });

  useEffect(() => {
    let cancel: (() => void) | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let attempts = 0;
    const handlers: StreamHandlers<LearningSnapshot> = {
      next: (snapshot) => {
        attempts = 0;
        void queries.cancelQueries({ queryKey: keys.learning });
        queries.setQueryData(keys.learning, snapshot);
      },
      // A lost connection is taken up again by onConnected, everything else here.
      ended: () => {
        if (link.connected) retry = setTimeout(watch, retryDelay(attempts++));
      },
    };
    const watch = () => {
      clearTimeout(retry);
      cancel?.();
      cancel = link.stream<LearningSnapshot>("Watch", [], handlers);
    };
    const off = link.onConnected(watch);
    link.start();
    return () => {
      off();
      clearTimeout(retry);
      cancel?.();
      void link.stop();
    };
  }, [link, queries]);

  return { snapshot: query.data, error: query.error, link };
}
