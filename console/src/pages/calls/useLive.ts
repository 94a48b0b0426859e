import { useEffect, useRef, useState } from "react";
import { query } from "~/api/client";
import type { Filters } from "~/api/queries";
import type { CallSummary } from "~/api/types";

export interface Live {
  /** Newest first. */
  calls: CallSummary[];
  /** Calls that were not shown because too many came. */
  dropped: number;
  state: "off" | "connecting" | "live" | "lost";
}

const KEPT = 500;

/** The live tail: calls as they end. What comes in one frame is shown in one go. */
export function useLive(filters: Filters, on: boolean): Live {
  const [live, setLive] = useState<Live>({ calls: [], dropped: 0, state: "off" });
  const waiting = useRef<CallSummary[]>([]);
  const address = `/api/v1/calls/live${query(filters)}`;
  const last = useRef(address);
  useEffect(() => {
    // Other filters: what was seen under the old ones goes.
    if (last.current !== address) {
      last.current = address;
      setLive((old) => ({ ...old, calls: [], dropped: 0 }));
    }
    if (!on) {
      setLive((old) => ({ ...old, state: "off" }));
      return;
    }
    setLive((old) => ({ ...old, state: "connecting" }));
    const source = new EventSource(address);
    let frame = 0;
    const flush = () => {
      frame = 0;
      const batch = waiting.current.reverse();
      waiting.current = [];
      setLive((old) => ({ ...old, calls: [...batch, ...old.calls].slice(0, KEPT) }));
    };
    source.addEventListener("open", () => setLive((old) => ({ ...old, state: "live" })));
    source.addEventListener("error", () => setLive((old) => ({ ...old, state: "lost" })));
    source.addEventListener("call", (event) => {
      waiting.current.push(JSON.parse((event as MessageEvent<string>).data) as CallSummary);
      frame ||= requestAnimationFrame(flush);
    });
    source.addEventListener("dropped", (event) => {
      const { count } = JSON.parse((event as MessageEvent<string>).data) as { count: number };
      setLive((old) => ({ ...old, dropped: old.dropped + count }));
    });
    return () => {
      cancelAnimationFrame(frame);
      waiting.current = [];
      source.close();
    };
  }, [address, on]);
  return live;
}

/** Live calls before searched ones, each once. */
export function mergeCalls(live: CallSummary[], searched: CallSummary[]): CallSummary[] {
  const seen = new Set<string>();
  const merged: CallSummary[] = [];
  for (const call of [...live, ...searched]) {
    if (seen.has(call.id)) continue;
    seen.add(call.id);
    merged.push(call);
  }
  return merged.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}
