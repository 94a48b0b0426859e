import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { callsQuery } from "~/api/queries";
import { clock, duration } from "~/lib/format";
import { Status } from "~/ui/basics";
import { MiniBars } from "~/waterfall/MiniBars";

/** The newest calls as mini-waterfalls, all on one scale. */
export function LatestCalls(): ReactElement {
  const { team, service } = useSearch({ from: "/app/" });
  const { data, error } = useInfiniteQuery({ ...callsQuery({ team, service }), refetchInterval: 5_000 });
  const rows = (data?.pages[0]?.items ?? []).slice(0, 14);
  const sorted = rows.map((call) => call.duration_us).sort((a, b) => a - b);
  const scale = sorted[Math.floor(sorted.length * 0.8)] ?? 1;
  return (
    <section className="card min-w-0 overflow-hidden">
      <header className="flex h-11 items-center justify-between px-3">
        <h2 className="text-xs font-medium text-ink-2">Latest calls</h2>
        <Link
          to="/calls"
          search={{ ...(team ? { team } : {}), ...(service ? { service } : {}) }}
          className="text-xs text-accent hover:underline"
        >
          Live tail
        </Link>
      </header>
      {rows.length === 0 && (
        <p className="border-t border-line px-3 py-3 text-ink-3">
          {error ? error.message : data ? "None yet." : "…"}
        </p>
      )}
      {rows.map((call) => (
        <Link
          key={call.id}
          to="/calls/$id"
          params={{ id: call.id }}
          className="grid h-8 grid-cols-[84px_34px_minmax(0,1.1fr)_minmax(0,1fr)_62px] items-center gap-3 border-t border-line px-3 hover:bg-hover focus-visible:outline-offset-[-2px] max-sm:grid-cols-[34px_minmax(0,1fr)_62px]"
        >
          <span className="text-xs text-ink-3 max-sm:hidden">{clock(call.at)}</span>
          <Status status={call.status} />
          <span className="truncate">
            <span className="text-2xs text-ink-3">{call.method}</span> {call.path}
          </span>
          <span className="max-sm:hidden">
            <MiniBars call={call} scale_us={scale} />
          </span>
          <span className="text-right text-xs text-ink-2">{duration(call.duration_us)}</span>
        </Link>
      ))}
    </section>
  );
}
