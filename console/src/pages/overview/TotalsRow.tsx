import type { ReactElement } from "react";
import type { Overview, Totals } from "~/api/types";
import { type Change, change, count, duration, exact, money, percent } from "~/lib/format";
import { cx } from "~/ui/basics";

interface Tile {
  label: string;
  value: string;
  title?: string;
  note?: string;
  change: Change | null;
  /** Whether more of it is bad, good, or neither. */
  more: "bad" | "neutral";
}

const tokens = (totals: Totals) => totals.input_tokens + totals.output_tokens;

function tilesOf({ totals, previous }: Overview): Tile[] {
  const against = (of: (totals: Totals) => number | null) =>
    change(of(totals), previous ? of(previous) : null);
  const rate = (totals: Totals) => (totals.calls === 0 ? null : totals.errors_5xx / totals.calls);
  return [
    {
      label: "Calls",
      value: count(totals.calls),
      title: exact(totals.calls),
      change: against((t) => t.calls),
      more: "neutral",
    },
    {
      label: "Server errors",
      value: percent(totals.errors_5xx, totals.calls),
      title: exact(totals.errors_5xx),
      note: `${count(totals.errors_4xx)} refused or client errors`,
      change: against(rate),
      more: "bad",
    },
    { label: "Latency p50", value: duration(totals.p50_us), change: against((t) => t.p50_us), more: "bad" },
    {
      label: "Latency p95",
      value: duration(totals.p95_us),
      note: `p99 ${duration(totals.p99_us)}`,
      change: against((t) => t.p95_us),
      more: "bad",
    },
    {
      label: "Tokens",
      value: count(tokens(totals)),
      title: exact(tokens(totals)),
      note: `${count(totals.input_tokens)} in, ${count(totals.output_tokens)} out, ${count(totals.cache_read_tokens)} cached`,
      change: against(tokens),
      more: "neutral",
    },
    {
      label: "Model cost",
      value: money(totals.cost_micros),
      note: totals.unknown_cost_calls > 0 ? `${count(totals.unknown_cost_calls)} calls unpriced` : undefined,
      change: against((t) => t.cost_micros),
      more: "bad",
    },
  ].map((tile) => tile as Tile);
}

export function TotalsRow({ data }: { data: Overview }): ReactElement {
  return (
    <section
      aria-label="Totals"
      className="card grid grid-cols-2 overflow-hidden md:grid-cols-3 xl:grid-cols-6"
    >
      {tilesOf(data).map((tile) => (
        <div
          key={tile.label}
          className="-mt-px -ml-px border-t border-l border-line px-4 py-3"
          title={tile.title}
        >
          <p className="label">{tile.label}</p>
          <p className="mt-0.5 flex items-baseline gap-2">
            <span className="text-xl font-semibold tracking-tight">{tile.value}</span>
            {tile.change && <Delta change={tile.change} more={tile.more} />}
          </p>
          <p className="h-4 truncate text-2xs text-ink-3">{tile.note ?? ""}</p>
        </div>
      ))}
    </section>
  );
}

function Delta({ change: { text, direction }, more }: { change: Change; more: Tile["more"] }): ReactElement {
  const bad = more === "bad" && direction === "up";
  const good = more === "bad" && direction === "down";
  const arrow = { up: "↑", down: "↓", flat: "" }[direction];
  return (
    <span
      title="Against the time before"
      className={cx("text-xs whitespace-nowrap", bad ? "text-bad" : good ? "text-good" : "text-ink-3")}
    >
      {arrow}
      {text}
    </span>
  );
}
