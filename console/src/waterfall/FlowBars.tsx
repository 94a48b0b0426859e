import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type ReactElement, useMemo, useState } from "react";
import type { RunStep } from "~/api/types";
import { duration, tick } from "~/lib/format";
import { useSize } from "~/lib/hooks";
import { cx, Status } from "~/ui/basics";
import { type FlowEdge, type FlowRow, flowEdges, flowRows } from "./flow";
import { place, ticks, type View } from "./layout";

const ROW = 28;
const NAME_WIDTH = "clamp(120px, 24%, 260px)";
/** Rows at most; a run may have many thousands. */
const MOST = 500;

const ENDS: Record<string, string> = {
  good: "well",
  failed: "failed",
  cancelled: "given up",
  skipped: "skipped",
  under_way: "still under way",
};

/** The steps of a run on one time axis: what waited for what, the critical path, slack as a light tail. */
export function FlowBars({ steps, total }: { steps: RunStep[]; total: number }): ReactElement {
  const all = useMemo(() => flowRows(steps), [steps]);
  const rows = all.slice(0, MOST);
  const edges = useMemo(() => flowEdges(all.slice(0, MOST)), [all]);
  const [box, size] = useSize<HTMLDivElement>();
  const [hover, setHover] = useState<number | undefined>();
  const navigate = useNavigate();
  const view: View = { from_us: 0, to_us: Math.max(1, total) };
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
    <div className="overflow-hidden rounded-md border border-line">
      <div className="flex border-b border-line">
        <div className="shrink-0 pl-3 text-xs leading-7 text-ink-3" style={{ width: NAME_WIDTH }}>
          Step
        </div>
        <div ref={box} className="relative h-7 min-w-0 flex-1 overflow-hidden">
          {marks.map((mark) => {
            const left = (mark.at_us / view.to_us) * 100;
            return (
              <span
                key={mark.at_us}
                className="absolute top-0 h-full border-l border-line pl-1 text-2xs leading-7 whitespace-nowrap text-ink-3"
                style={{ left: `${left}%` }}
              >
                {left < 94 && (mark.at_us === 0 ? "0" : tick(mark.at_us))}
              </span>
            );
          })}
        </div>
        <div className="w-[120px] shrink-0 pr-3 text-right text-xs leading-7 text-ink-3">Status · time</div>
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys between the buttons in it */}
      <div className="relative max-h-[62vh] overflow-y-auto" onKeyDown={onKey}>
        {rows.map((row, at) => (
          <BarRow
            key={row.at}
            row={row}
            view={view}
            marks={marks.map((mark) => mark.at_us)}
            onOpen={() => open(row)}
            onHover={(on) => setHover(on ? at : undefined)}
          />
        ))}
        <div className="pointer-events-none absolute top-0 right-[120px]" style={{ left: NAME_WIDTH }}>
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
      <Legend hidden={all.length - rows.length} />
    </div>
  );
}

/** From the end of one bar, down, to the beginning of another. */
function elbow(edge: FlowEdge, view: View, width: number): string {
  const x = (us: number) => (us / view.to_us) * width;
  const end = Math.max(2, x(edge.from.step.start_us + edge.from.step.duration_us));
  const start = Math.max(2, x(edge.to.step.start_us));
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
  onOpen,
  onHover,
}: {
  row: FlowRow;
  view: View;
  marks: number[];
  onOpen: () => void;
  onHover: (on: boolean) => void;
}): ReactElement {
  const { step } = row;
  const bar = place(step.start_us, step.duration_us, view);
  const slack =
    step.slack_us > 0 && step.end === "good"
      ? place(step.start_us + step.duration_us, step.slack_us, view)
      : null;
  const words = `${step.step}, ${ENDS[step.end]}, ${duration(step.duration_us)}${step.critical ? ", on the critical path" : `, slack ${duration(step.slack_us)}`}`;
  return (
    <button
      type="button"
      data-row={row.at}
      title={`${words}${step.call === null ? "" : "\nOpen its call"}`}
      aria-label={`${words}${step.call === null ? "" : "; opens its call"}`}
      onClick={onOpen}
      onMouseEnter={() => onHover(true)}
      onMouseLeave={() => onHover(false)}
      onFocus={() => onHover(true)}
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
        {marks.map((mark) => (
          <span
            key={mark}
            className="absolute inset-y-0 w-px bg-line"
            style={{ left: `${(mark / view.to_us) * 100}%` }}
          />
        ))}
        {slack && (
          <span
            className="absolute top-[9px] h-2.5 rounded-r-[3px] bg-ink-3/20"
            style={{ left: `${slack.left}%`, width: `${slack.width}%` }}
          />
        )}
        {bar && (
          <span
            className={cx(
              "absolute top-[7px] h-3.5 rounded-[3px]",
              step.end === "cancelled" && "hatched opacity-60",
            )}
            style={{
              left: `min(${bar.left}%, calc(100% - 2px))`,
              width: `max(2px, ${bar.width}%)`,
              backgroundColor: colorOf(step),
            }}
          />
        )}
        {bar && step.critical && (
          <span
            className="absolute bottom-[3px] h-[2px] rounded-full bg-ink"
            style={{ left: `${bar.left}%`, width: `max(2px, ${bar.width}%)` }}
          />
        )}
      </span>
      <span className="flex w-[120px] shrink-0 items-center justify-end gap-2 pr-3 text-xs whitespace-nowrap">
        {step.status !== null ? (
          <Status status={step.status} />
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
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-3 py-1.5 text-2xs text-ink-3">
      {hidden > 0 && <span>and {hidden} more</span>}
      <span className="ml-auto flex items-center gap-1.5">
        <span className="size-2 rounded-[2px]" style={{ backgroundColor: "var(--ph-wait)" }} />
        <span className="h-[2px] w-4 rounded-full bg-ink" /> Critical path
      </span>
      <span className="flex items-center gap-1.5">
        <span className="size-2 rounded-[2px]" style={{ backgroundColor: "var(--ph-send)" }} /> Had time
      </span>
      <span className="flex items-center gap-1.5">
        <span className="h-2.5 w-4 rounded-r-[3px] bg-ink-3/20" /> Slack
      </span>
    </div>
  );
}
