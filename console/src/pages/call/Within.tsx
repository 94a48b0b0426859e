import { Link } from "@tanstack/react-router";
import { type ReactElement, useEffect, useMemo } from "react";
import { usePages } from "~/api/pages";
import { callsQuery } from "~/api/queries";
import type { CallDetail } from "~/api/types";
import { exact } from "~/lib/format";
import { FlowBars } from "~/waterfall/FlowBars";
import { callsWithin, microsOf } from "./within";

/** Pages of its calls at most. */
const MOST = 10;
/** By then a call that has ended is in the log. */
const WRITTEN_MS = 1_500;

/** The calls that a GraphQL schema made for a query, on the query's time axis. */
export function Within({ call }: { call: CallDetail }): ReactElement | null {
  const begin = microsOf(call.at);
  const asked = callsQuery({ trace: call.trace_id, from: begin, to: begin + call.duration_us + 1 });
  const { items, known, error, refetch } = usePages({ ...asked, placeholderData: undefined }, MOST);
  // The query's own record may be there before the last of its calls.
  useEffect(() => {
    const timer = setTimeout(refetch, WRITTEN_MS);
    return () => clearTimeout(timer);
  }, [refetch]);
  const steps = useMemo(() => callsWithin(call, items ?? []), [call, items]);
  if (error && !items) return <p className="card px-4 py-3 text-ink-3">{error.message}</p>;
  if (steps.length === 0) return null;
  return (
    <section aria-label="Calls within" className="card flex flex-col gap-2 p-3">
      <header className="flex flex-wrap items-baseline justify-between gap-x-4 px-1">
        <h2 className="text-xs font-medium text-ink-2">
          Calls that the query needed
          {known === "part" && (
            <span className="font-normal text-ink-3"> · the last {exact(steps.length)} of more</span>
          )}
        </h2>
        <Link to="/calls" search={{ q: call.trace_id }} className="text-xs text-accent hover:underline">
          All of its trace
        </Link>
      </header>
      <FlowBars steps={steps} total={call.duration_us} what="Call" planned={false} />
    </section>
  );
}
