import { Link } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import type { Overview, TopKind, TopRow } from "~/api/types";
import { count, duration, money, percent, words } from "~/lib/format";
import type { CallsSearch } from "~/router";
import { Segmented } from "~/ui/basics";

const KINDS: { value: TopKind; label: string; filter?: keyof CallsSearch }[] = [
  { value: "services", label: "Services", filter: "service" },
  { value: "routes", label: "Routes", filter: "route" },
  { value: "applications", label: "Applications", filter: "application" },
  { value: "upstreams", label: "Upstreams", filter: "upstream" },
  // Metrics name the model that answered, calls the alias that was asked for: a row leads to the catalogue.
  { value: "models", label: "Models" },
];

/** The busiest of each sort; a row leads to its calls, a model to its entry in the catalogue. */
export function Tops({ data }: { data: Overview }): ReactElement {
  const [kind, setKind] = useState<TopKind>("services");
  const rows = data.top[kind] ?? [];
  const most = Math.max(1, ...rows.map((row) => row.calls));
  const filter = KINDS.find((entry) => entry.value === kind)?.filter;
  return (
    <section className="card overflow-hidden">
      <header className="flex flex-wrap items-center justify-between gap-2 px-3 py-2">
        <h2 className="text-xs font-medium text-ink-2">Busiest</h2>
        <Segmented label="Busiest" value={kind} options={KINDS} onChange={setKind} />
      </header>
      <div className="grid grid-cols-[minmax(0,1fr)_64px_64px_84px] gap-2 px-3 pb-1 text-2xs text-ink-3">
        <span>Name</span>
        <span className="text-right">Calls</span>
        <span className="text-right">Failed</span>
        <span className="text-right">{kind === "models" ? "Cost" : "p95"}</span>
      </div>
      {rows.length === 0 && <p className="px-3 pt-2 pb-4 text-ink-3">None in this time.</p>}
      {rows.slice(0, 8).map((row) => (
        <Link
          key={`${row.team}/${row.name}`}
          {...(filter
            ? { to: "/calls", search: { [filter]: row.name } as CallsSearch }
            : {
                to: "/models",
                search: { tab: "catalogue" as const, q: row.name, provider: row.team || "all" },
              })}
          className="relative grid h-8 grid-cols-[minmax(0,1fr)_64px_64px_84px] items-center gap-2 px-3 hover:bg-hover"
        >
          <span
            aria-hidden="true"
            className="absolute inset-y-1 left-1.5 rounded bg-accent/10"
            style={{ width: `calc(${(row.calls / most) * 100}% - 12px)` }}
          />
          <span className="relative truncate">
            {row.name} <span className="text-2xs text-ink-3">{row.team}</span>
          </span>
          <span className="relative text-right">{count(row.calls)}</span>
          <Failed row={row} />
          <span className="relative text-right text-ink-2">
            {kind === "models" ? money(row.cost_micros) : duration(row.p95_us)}
          </span>
        </Link>
      ))}
      <div className="h-2" />
    </section>
  );
}

function Failed({ row }: { row: TopRow }): ReactElement {
  const share = row.calls === 0 ? 0 : row.errors / row.calls;
  return (
    <span className={share > 0.05 ? "relative text-right text-bad" : "relative text-right text-ink-3"}>
      {percent(row.errors, row.calls)}
    </span>
  );
}

/** Why calls were refused or failed. */
export function Reasons({ data }: { data: Overview }): ReactElement {
  const most = Math.max(1, ...data.reasons.map((reason) => reason.calls));
  return (
    <section className="card overflow-hidden pb-2">
      <h2 className="px-3 py-2.5 text-xs font-medium text-ink-2">Why calls failed</h2>
      {data.reasons.slice(0, 6).map((reason) => (
        <Link
          key={reason.reason}
          to="/calls"
          search={{ reason: reason.reason }}
          className="relative flex h-7 items-center justify-between px-3 hover:bg-hover"
        >
          <span
            aria-hidden="true"
            className="absolute inset-y-0.5 left-1.5 rounded bg-bad/10"
            style={{ width: `calc(${(reason.calls / most) * 100}% - 12px)` }}
          />
          <span className="relative">{words(reason.reason)}</span>
          <span className="relative text-ink-2">{count(reason.calls)}</span>
        </Link>
      ))}
    </section>
  );
}
