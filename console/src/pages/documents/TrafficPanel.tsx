import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense, useMemo } from "react";
import { overviewQuery } from "~/api/queries";
import { Titled } from "~/charts/Titled";
import { count, duration, percent, tick } from "~/lib/format";
import type { CallsSearch } from "~/router";

const Series = lazy(() => import("~/charts/Series"));

/** The last hour through one document. */
export function TrafficPanel({
  filter,
  by,
}: {
  filter: CallsSearch;
  /** What the calls came by, where the page itself does not say. */
  by?: string;
}): ReactElement | null {
  const { data, error } = useQuery(overviewQuery({ ...filter, range_s: 3600, step: 60 }, 15_000));
  const at = useMemo(() => data?.series.map((point) => point.at) ?? [], [data]);
  const calls = useMemo(
    () => [
      {
        label: "Calls per second",
        color: "var(--accent)",
        fill: true,
        values: data?.series.map((point) => point.calls / data.step_s) ?? [],
      },
    ],
    [data],
  );
  const latency = useMemo(
    () => [
      {
        label: "p50",
        color: "var(--ph-wait)",
        values: data?.series.map((point) => (point.calls > 0 ? point.p50_us : null)) ?? [],
      },
      {
        label: "p95",
        color: "var(--ph-receive)",
        values: data?.series.map((point) => (point.calls > 0 ? point.p95_us : null)) ?? [],
      },
    ],
    [data],
  );
  if (error && !data) return <p className="card px-4 py-3 text-ink-3">{error.message}</p>;
  if (!data) return <div className="card h-[172px]" />;
  const { totals } = data;
  return (
    <section className="card overflow-hidden">
      <header className="flex flex-wrap items-center gap-x-5 gap-y-1 border-b border-line px-4 py-2.5 text-xs">
        <h2 className="font-medium text-ink-2">
          Last hour{by && <span className="font-mono font-normal"> {by}</span>}
        </h2>
        <span>
          <b className="font-semibold">{count(totals.calls)}</b> <span className="text-ink-3">calls</span>
        </span>
        {totals.calls > 0 && (
          <>
            <span>
              <b className="font-semibold">{percent(totals.errors_5xx, totals.calls)}</b>{" "}
              <span className="text-ink-3">server errors</span>
            </span>
            <span>
              <b className="font-semibold">{duration(totals.p95_us)}</b>{" "}
              <span className="text-ink-3">p95</span>
            </span>
          </>
        )}
        <Link to="/calls" search={filter} className="ml-auto text-accent hover:underline">
          Calls
        </Link>
      </header>
      {totals.calls === 0 ? (
        <p className="px-4 py-4 text-ink-3">No calls in the last hour.</p>
      ) : (
        <div className="grid gap-2 p-2 md:grid-cols-2">
          <Suspense fallback={<div className="h-[120px]" />}>
            <Titled title="Calls per second">
              <Series
                at={at}
                lines={calls}
                format={(value) => count(Math.round(value * 100) / 100)}
                label="Calls per second"
              />
            </Titled>
            <Titled title="Latency" lines={latency}>
              <Series at={at} lines={latency} format={tick} label="Latency" />
            </Titled>
          </Suspense>
        </div>
      )}
    </section>
  );
}
