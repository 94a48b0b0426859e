import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type ReactElement, useMemo, useState } from "react";
import type { RunStep } from "~/api/types";
import { duration } from "~/lib/format";
import { useSize } from "~/lib/hooks";
import { Button, cx, Status } from "~/ui/basics";
import { Bar, Critical, Grid, LegendLine, ROW, Slack, Swatch } from "./axis";
import { type FlowEdge, type FlowRow, flowEdges, flowRows } from "./flow";
import { place, ticks, type View } from "./layout";
import { Ruler } from "./Ruler";

const NAME_WIDTH = "clamp(104px, 24%, 260px)";
/** Rows at most; a run may have many thousands. */
const MOST = 500;

const ENDS: Record<string, string> = {
  good: "well",
  failed: "failed",
  cancelled: "given up",
  skipped: "skipped",
  under_way: "still under way",
};

/** The steps of a run, or the requests of a batch, on one time axis: what waited for what, the critical path, slack. */
export function FlowBars({
  steps,
  total,
  what = "Step",
  planned = true,
}: {
  steps: RunStep[];
  total: number;
  /** What a row is. */
  what?: string;
  /** Whether it is known what waited for what. */
  planned?: boolean;
}): ReactElement {
  const all = useMemo(() => flowRows(steps), [steps]);
  const rows = useMemo(() => shown(all), [all]);
  const edges = useMemo(() => flowEdges(rows), [rows]);
  const [box, size] = useSize<HTMLDivElement>();
  const [hover, setHover] = useState<number | undefined>();
  // One row takes Tab, the arrows move among them.
  const [current, setCurrent] = useState(0);
  const entry = current < rows.length ? current : 0;
  const navigate = useNavigate();
  const whole: View = { from_us: 0, to_us: Math.max(1, total) };
  const [part, setView] = useState<View | undefined>();
  const view = part ?? whole;
  const marks = ticks(view, Math.max(2, Math.round(size.width / 105)));
  const open = (row: FlowRow) => {
    if (row.step.call !== null) void navigate({ to: "/calls/$id", params: { id: row.step.call } });
  };
  const onKey = (event: KeyboardEvent<HTMLElement>) => {
    const by = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-row]")];
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[Math.min(all.length - 1, Math.max(0, at + by))]?.focus();
  };
  return (
    <div className="overflow-hidden rounded-md border border-line [--told:120px] max-sm:[--told:68px]">
      <div className="flex border-b border-line">
        <div
          className="flex shrink-0 items-center justify-between pr-2 pl-3 text-xs leading-7 text-ink-3"
          style={{ width: NAME_WIDTH }}
        >
          {what}
          {part && (
            <Button small look="quiet" onClick={() => setView(undefined)}>
              All of it
            </Button>
          )}
        </div>
        <div ref={box} className="min-w-0 flex-1">
          <Ruler view={view} marks={marks} title="Drag to zoom" onZoom={setView} />
        </div>
        <div className="w-(--told) shrink-0 pr-3 text-right text-xs leading-7 text-ink-3">
          <span className="max-sm:hidden">Status · </span>
          <span className="max-sm:capitalize">time</span>
        </div>
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys between the buttons in it */}
      <div className="relative max-h-[62vh] overflow-y-auto" onKeyDown={onKey}>
        {rows.map((row, at) => (
          <BarRow
            key={row.at}
            row={row}
            view={view}
            marks={marks.map((mark) => mark.at_us)}
            planned={planned}
            entry={at === entry}
            onFocus={() => setCurrent(at)}
            onOpen={() => open(row)}
            onHover={(on) => setHover(on ? at : undefined)}
          />
        ))}
        <div
          className="pointer-events-none absolute top-0 right-(--told) overflow-hidden"
          style={{ left: NAME_WIDTH }}
        >
          <svg aria-hidden="true" width={size.width} height={rows.length * ROW} className="overflow-visible">
            {[...edges]
              .sort((a, b) => Number(a.critical) - Number(b.critical))
              .map((edge) => (
                <path
                  key={`${edge.fromRow} ${edge.toRow}`}
                  d={elbow(edge, view, size.width)}
                  fill="none"
                  strokeWidth={edge.critical ? 1.5 : 1}
                  className={cx(
                    edge.fromRow === hover || edge.toRow === hover
                      ? "stroke-accent"
                      : edge.critical
                        ? "stroke-ink"
                        : "stroke-ink-3/45",
                  )}
                />
              ))}
          </svg>
        </div>
      </div>
      {planned && <Legend hidden={all.length - rows.length} />}
    </div>
  );
}

/** Of very many rows the first ones, and the last, among which is what is under way. */
function shown(all: FlowRow[]): FlowRow[] {
  return all.length > MOST ? [...all.slice(0, MOST / 2), ...all.slice(-MOST / 2)] : all;
}

/** From the end of one bar, down, to the beginning of another. */
function elbow(edge: FlowEdge, view: View, width: number): string {
  const x = (us: number) => ((us - view.from_us) / (view.to_us - view.from_us)) * width;
  const end = x(edge.from.step.start_us + edge.from.step.duration_us);
  const start = x(edge.to.step.start_us);
  const y = (row: number) => row * ROW + ROW / 2;
  const down = edge.toRow > edge.fromRow ? 1 : -1;
  // Into the bar from its upper edge, near its beginning.
  const into = Math.max(end, start) + 1.5;
  return `M${end} ${y(edge.fromRow)}H${into}V${y(edge.toRow) - down * 7}`;
}

function BarRow({
  row,
  view,
  marks,
  planned,
  entry,
  onFocus,
  onOpen,
  onHover,
}: {
  row: FlowRow;
  view: View;
  marks: number[];
  planned: boolean;
  /** Tab leads to it. */
  entry: boolean;
  onFocus: () => void;
  onOpen: () => void;
  onHover: (on: boolean) => void;
}): ReactElement {
  const { step } = row;
  const bar = place(step.start_us, step.duration_us, view);
  const slack =
    step.slack_us > 0 && step.end === "good"
      ? place(step.start_us + step.duration_us, step.slack_us, view)
      : null;
  const onPath = step.critical ? ", on the critical path" : `, slack ${duration(step.slack_us)}`;
  const words = `${step.step}, ${ENDS[step.end]}, ${duration(step.duration_us)}${planned ? onPath : ""}`;
  return (
    <button
      type="button"
      data-row={row.at}
      title={`${words}${step.call === null ? "" : "\nOpen its call"}`}
      aria-label={`${words}${step.call === null ? "" : "; opens its call"}`}
      onClick={onOpen}
      onMouseEnter={() => onHover(true)}
      onMouseLeave={() => onHover(false)}
      tabIndex={entry ? 0 : -1}
      onFocus={() => {
        onFocus();
        onHover(true);
      }}
      onBlur={() => onHover(false)}
      className={cx(
        "flex w-full items-center text-left hover:bg-hover focus-visible:outline-offset-[-2px]",
        step.call !== null && "cursor-pointer",
      )}
      style={{ height: ROW }}
    >
      <span
        className={cx(
          "shrink-0 truncate pr-2 text-xs",
          step.end === "failed"
            ? "text-bad"
            : ["cancelled", "skipped"].includes(step.end)
              ? "text-ink-3"
              : "text-ink",
          step.critical && "font-medium",
        )}
        style={{ width: NAME_WIDTH, paddingLeft: 12 + row.depth * 14 }}
      >
        {row.name}
      </span>
      <span className="relative h-full min-w-0 flex-1 overflow-hidden">
        <Grid view={view} marks={marks} />
        {slack && <Slack at={slack} />}
        {bar && (
          <Bar
            at={bar}
            color={colorOf(step)}
            hatched={step.end === "cancelled"}
            faint={step.end === "cancelled"}
          />
        )}
        {bar && step.critical && <Critical at={bar} />}
      </span>
      <span className="flex w-(--told) shrink-0 items-center justify-end gap-2 pr-3 text-xs whitespace-nowrap">
        {step.status !== null ? (
          <span className="max-sm:hidden">
            <Status status={step.status} />
          </span>
        ) : (
          step.end !== "good" && (
            <span className={cx("max-sm:hidden", step.end === "failed" ? "text-bad" : "text-ink-3")}>
              {ENDS[step.end]}
            </span>
          )
        )}
        <span className={step.critical ? "font-medium text-ink" : "text-ink-3"}>
          {duration(step.duration_us)}
        </span>
      </span>
    </button>
  );
}

function colorOf(step: RunStep): string {
  if (step.end === "failed") return "var(--bad)";
  if (step.end === "cancelled") return "var(--ink-3)";
  return step.critical ? "var(--ph-wait)" : "var(--ph-send)";
}

function Legend({ hidden }: { hidden: number }): ReactElement {
  return (
    <LegendLine>
      {hidden > 0 && <span>and {hidden} between them</span>}
      <Swatch color="var(--ph-wait)">On the critical path</Swatch>
      <Swatch color="var(--ph-send)">Had time</Swatch>
      <Swatch color="var(--bad)">Failed</Swatch>
      <span className="flex items-center gap-1.5">
        <span className="size-2 rounded-bl-[1px] border-b border-l border-ink" /> Waits for
      </span>
    </LegendLine>
  );
}
