import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useMemo } from "react";
import { callsQuery } from "~/api/queries";
import type { CallDetail } from "~/api/types";
import { FlowBars } from "~/waterfall/FlowBars";
import { callsWithin } from "./within";

/** The calls that a GraphQL schema made for a query, on the query's time axis. */
export function Within({ call }: { call: CallDetail }): ReactElement | null {
  const { data, error } = useInfiniteQuery({
    ...callsQuery({ q: call.trace_id }),
    refetchOnMount: true,
    placeholderData: undefined,
  });
  const steps = useMemo(
    () => callsWithin(call, data?.pages.flatMap((page) => page.items) ?? []),
    [call, data],
  );
  if (error) return <p className="card px-4 py-3 text-ink-3">{error.message}</p>;
  if (steps.length === 0) return null;
  return (
    <section aria-label="Calls within" className="card flex flex-col gap-2 p-3">
      <header className="flex items-baseline justify-between px-1">
        <h2 className="text-xs font-medium text-ink-2">Calls that the query needed</h2>
        <Link to="/calls" search={{ q: call.trace_id }} className="text-xs text-accent hover:underline">
          All of its trace
        </Link>
      </header>
      <FlowBars steps={steps} total={call.duration_us} what="Call" planned={false} />
    </section>
  );
}
