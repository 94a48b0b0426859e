import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactElement, useMemo, useRef, useState } from "react";
import type { CallDetail, Span } from "~/api/types";
import { duration } from "~/lib/format";
import { useSize } from "~/lib/hooks";
import { Button, cx } from "~/ui/basics";
import { Icon } from "~/ui/icons";
import { Bar, box, Critical, Grid, LegendLine, ROW, Slack, Swatch } from "./axis";
import { HoverCard, SpanFacts } from "./HoverCard";
import { phaseOf, place, type Row, rowsOf, spansOf, ticks, totalOf, type View } from "./layout";
import { colorOf, PHASE_INFO, spanInfo } from "./phases";
import { Ruler } from "./Ruler";

const NAME_WIDTH = "clamp(130px, 30%, 260px)";

interface Props {
  call: CallDetail;
  /** When pieces of the answer came, by attempt. */
  pieces?: ReadonlyMap<number, number[]>;
  selected: string | undefined;
  onSelect: (id: string | undefined) => void;
}

/** The call over time: a row a span, phases in colour, the critical path underlined. Drag on the ruler to zoom. */
export function Waterfall({ call, pieces, selected, onSelect }: Props): ReactElement {
  const spans = useMemo(() => spansOf(call), [call]);
  const total = totalOf(call);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [view, setView] = useState<View>({ from_us: 0, to_us: total });
  const [hover, setHover] = useState<{ row: Row; x: number; y: number } | null>(null);
  const rows = useMemo(() => rowsOf(spans, folded), [spans, folded]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const chosen = rows.find((row) => String(row.span.id) === selected);
  const [rulerBox, ruler] = useSize<HTMLDivElement>();
  const marks = ticks(view, Math.max(2, Math.round(ruler.width / 105)));
  const zoomed = view.from_us > 0 || view.to_us < total;

  const fold = (id: string, shut: boolean) => {
    const next = new Set(folded);
    if (shut) next.add(id);
    else next.delete(id);
    setFolded(next);
  };
  const zoomTo = ({ span }: Row) => {
    if (span.duration_us > 0)
      setView({ from_us: span.start_us, to_us: Math.min(total, span.start_us + span.duration_us) });
  };
  const onKey = (event: KeyboardEvent) => {
    const index = Math.max(
      0,
      rows.findIndex((row) => String(row.span.id) === selected),
    );
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key] ?? 0;
    const row = rows[index];
    if (step !== 0) {
      const next = rows[Math.min(rows.length - 1, Math.max(0, selected === undefined ? 0 : index + step))];
      if (next) onSelect(String(next.span.id));
      virtual.scrollToIndex(index + step);
    } else if (event.key === "ArrowLeft" && row) fold(String(row.span.id), true);
    else if (event.key === "ArrowRight" && row) fold(String(row.span.id), false);
    else if (event.key === "Enter" && row && selected !== undefined) zoomTo(row);
    else if (event.key === "Escape" && (selected !== undefined || zoomed)) {
      onSelect(undefined);
      setView({ from_us: 0, to_us: total });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="card overflow-hidden">
      <div className="flex border-b border-line">
        <div
          className="flex shrink-0 items-center justify-between pr-2 pl-3 text-xs text-ink-3"
          style={{ width: NAME_WIDTH }}
        >
          <span>Span</span>
          {zoomed && (
            <Button small look="quiet" onClick={() => setView({ from_us: 0, to_us: total })}>
              Whole call
            </Button>
          )}
        </div>
        <div ref={rulerBox} className="min-w-0 flex-1">
          <Ruler
            view={view}
            marks={marks}
            title="Drag to zoom; double-click a span to zoom to it"
            onZoom={setView}
          />
        </div>
        <div className="w-[74px] shrink-0 pr-3 text-right text-xs leading-7 text-ink-3">Time</div>
      </div>
      <div
        ref={scroller}
        role="tree"
        aria-label="Spans of the call; Enter zooms to one, Escape back"
        aria-activedescendant={selected === undefined ? undefined : `span-${selected}`}
        tabIndex={0}
        onKeyDown={onKey}
        onMouseLeave={() => setHover(null)}
        className="max-h-[62vh] overflow-y-auto focus-visible:outline-offset-[-2px]"
      >
        <div className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            const id = String(row.span.id);
            return (
              <WaterfallRow
                key={id}
                call={call}
                row={row}
                beats={beatsOf(row, spans, call, pieces)}
                top={item.start}
                view={view}
                marks={marks.map((mark) => mark.at_us)}
                selected={id === selected}
                onZoom={() => zoomTo(row)}
                onSelect={() => onSelect(id === selected ? undefined : id)}
                onFold={() => fold(id, row.open)}
                onHover={(x, y) => setHover({ row, x, y })}
              />
            );
          })}
        </div>
      </div>
      {chosen && (
        <div className="border-t border-line bg-selected px-4 py-3" aria-live="polite">
          <SpanFacts row={chosen} total={total} wide />
        </div>
      )}
      <Legend rows={rows} beats={(pieces?.size ?? 0) > 0} />
      {hover && <HoverCard row={hover.row} x={hover.x} y={hover.y} total={total} />}
    </div>
  );
}

/** What happens within a span at one moment each: the first token, and pieces of the answer. */
interface Beats {
  first: number | null;
  pieces: number[];
}

const NO_BEATS: Beats = { first: null, pieces: [] };

function beatsOf(
  row: Row,
  spans: Span[],
  call: CallDetail,
  pieces: ReadonlyMap<number, number[]> | undefined,
): Beats {
  const { span } = row;
  if (span.kind === "call") return { first: call.ai?.ttft_us ?? null, pieces: [] };
  if (span.kind !== "phase" || span.name !== "receive") return NO_BEATS;
  const attempt = spans.find((other) => other.id === span.parent);
  const number = Number(/\d+$/.exec(attempt?.name ?? "")?.[0] ?? Number.NaN);
  return { first: null, pieces: pieces?.get(number) ?? [] };
}

interface RowProps {
  call: CallDetail;
  row: Row;
  beats: Beats;
  top: number;
  view: View;
  marks: number[];
  selected: boolean;
  onSelect: () => void;
  onZoom: () => void;
  onFold: () => void;
  onHover: (x: number, y: number) => void;
}

function WaterfallRow({
  call,
  row,
  beats,
  top,
  view,
  marks,
  selected,
  onSelect,
  onZoom,
  onFold,
  onHover,
}: RowProps): ReactElement {
  const { span } = row;
  const width = view.to_us - view.from_us;
  const failed = span.attributes.error !== undefined && span.attributes.error !== null;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it takes the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the tree around it takes the focus
    <div
      role="treeitem"
      id={`span-${span.id}`}
      onDoubleClick={onZoom}
      aria-level={row.depth + 1}
      aria-selected={selected}
      {...(row.below > 0 ? { "aria-expanded": row.open } : {})}
      onClick={onSelect}
      onMouseMove={(event) => onHover(event.clientX, event.clientY)}
      className={cx("absolute inset-x-0 flex items-center", selected ? "bg-selected" : "hover:bg-hover")}
      style={{ top, height: ROW }}
    >
      <div
        className="flex shrink-0 items-center gap-1 overflow-hidden pr-2"
        style={{ width: NAME_WIDTH, paddingLeft: 8 + row.depth * 14 }}
      >
        {row.below > 0 ? (
          <button
            type="button"
            tabIndex={-1}
            aria-label={row.open ? "Fold" : "Unfold"}
            className="flex size-4 shrink-0 items-center justify-center rounded text-ink-3 hover:bg-line"
            onClick={(event) => {
              event.stopPropagation();
              onFold();
            }}
          >
            <Icon name={row.open ? "down" : "chevron"} size={11} />
          </button>
        ) : (
          <span className="flex size-4 shrink-0 items-center justify-center">
            <span className="size-2 rounded-[2px]" style={{ backgroundColor: colorOf(span.name) }} />
          </span>
        )}
        <span
          className={cx(
            "truncate text-xs",
            row.below > 0 ? "font-medium" : "text-ink-2",
            failed && "text-bad",
          )}
        >
          {labelOf(row, call)}
        </span>
        {span.kind === "attempt" && typeof span.attributes.target === "string" && (
          <span className="truncate text-2xs text-ink-3">{span.attributes.target}</span>
        )}
        {row.below > 0 && !row.open && <span className="text-2xs text-ink-3">{row.below}</span>}
      </div>
      <div className="relative h-full min-w-0 flex-1 overflow-hidden">
        <Grid view={view} marks={marks} />
        <Bars row={row} view={view} />
        {beats.pieces.map((at, index) => (
          <span
            key={index}
            className="absolute top-[4px] h-[18px] w-px bg-ink/70"
            style={{ left: `${((at - view.from_us) / width) * 100}%` }}
          />
        ))}
        {beats.first !== null && (
          <span
            className="absolute top-[5px] h-4 border-l-2 border-accent pl-1 text-2xs leading-4 whitespace-nowrap text-accent"
            style={{ left: `${((beats.first - view.from_us) / width) * 100}%` }}
            title={`First token after ${duration(beats.first)}`}
          >
            <span className="rounded bg-panel/80 px-0.5">first token</span>
          </span>
        )}
      </div>
      <div
        className={cx(
          "w-[74px] shrink-0 pr-3 text-right text-xs whitespace-nowrap",
          row.critical ? "font-medium text-ink" : "text-ink-3",
        )}
      >
        {duration(span.duration_us)}
      </div>
    </div>
  );
}

function labelOf(row: Row, call: CallDetail): string {
  return row.span.kind === "call" ? `${call.method} ${call.path}` : spanInfo(row.span).label;
}

function Bars({ row, view }: { row: Row; view: View }): ReactElement {
  const { span } = row;
  // What only holds others is drawn as a frame; its parts carry the colour.
  const slim = span.kind === "call" || (row.open && row.segments.length === 0);
  const whole = place(span.start_us, span.duration_us, view);
  const slack = span.slack_us ? place(span.start_us + span.duration_us, span.slack_us, view) : null;
  return (
    <>
      {slack && !row.critical && <Slack at={slack} />}
      {whole && slim && (
        <span className="absolute top-[10px] h-1.5 rounded-full bg-line-strong" style={box(whole)} />
      )}
      {whole && !slim && row.segments.length === 0 && (
        <Bar at={whole} color={colorOf(span.name)} hatched={phaseOf(span.name) === "queued"} />
      )}
      {row.segments.map((segment) => {
        const at = place(segment.start_us, segment.duration_us, view);
        return (
          at && (
            <Bar
              key={segment.phase}
              at={at}
              color={`var(--ph-${segment.phase})`}
              hatched={segment.phase === "queued"}
            />
          )
        );
      })}
      {row.criticalParts.map((part) => {
        const at = place(part.start_us, part.end_us - part.start_us, view);
        // What is too short to be seen would be a dot; that it is critical is said by its time.
        return at && at.width > 0.4 && <Critical key={part.start_us} at={at} />;
      })}
    </>
  );
}

function Legend({ rows, beats }: { rows: Row[]; beats: boolean }): ReactElement {
  const shown = [
    ...new Set(rows.flatMap((row) => [phaseOf(row.span.name), ...row.segments.map((s) => s.phase)])),
  ].filter((phase) => phase !== undefined);
  return (
    <LegendLine>
      <Swatch color="var(--ph-stage)">Gateway</Swatch>
      {(Object.keys(PHASE_INFO) as (keyof typeof PHASE_INFO)[])
        .filter((phase) => shown.includes(phase))
        .map((phase) => (
          <Swatch
            key={phase}
            color={`var(--ph-${phase})`}
            hatched={phase === "queued"}
            title={PHASE_INFO[phase].about}
          >
            {PHASE_INFO[phase].label}
          </Swatch>
        ))}
      {beats && (
        <span
          className="flex items-center gap-1.5"
          title="A piece of the answer came; the pauses lie between"
        >
          <span className="h-3 w-px bg-ink/70" /> Piece
        </span>
      )}
    </LegendLine>
  );
}
