import type { ReactElement } from "react";
import { createPortal } from "react-dom";
import { bytes, duration, percent, words } from "~/lib/format";
import { cx } from "~/ui/basics";
import type { Row } from "./layout";
import { PHASE_INFO, spanInfo } from "./phases";

const WIDTH = 300;

/** What a span is, by the pointer: when, how long, its phases in their groups, its attributes. */
export function HoverCard({
  row,
  x,
  y,
  total,
}: {
  row: Row;
  x: number;
  y: number;
  total: number;
}): ReactElement {
  const left = Math.min(x + 16, window.innerWidth - WIDTH - 12);
  const low = y > window.innerHeight - 300;
  return createPortal(
    <div
      className="pointer-events-none fixed z-50 rounded-lg border border-line-strong bg-raised p-3 text-xs shadow-[0_8px_28px_var(--shadow)]"
      style={{ left, width: WIDTH, ...(low ? { bottom: window.innerHeight - y + 12 } : { top: y + 14 }) }}
    >
      <SpanFacts row={row} total={total} />
    </div>,
    document.body,
  );
}

/** A span in words; `wide` where there is room for columns beside each other. */
export function SpanFacts({
  row,
  total,
  wide = false,
}: {
  row: Row;
  total: number;
  wide?: boolean;
}): ReactElement {
  const { span, segments } = row;
  const info = spanInfo(span);
  const attributes = Object.entries(span.attributes).filter(([, value]) => value !== null && value !== "");
  return (
    <div
      className={cx(
        "text-xs",
        wide && "grid gap-x-10 gap-y-2 md:grid-cols-3 [&>*]:mt-0! [&>*]:border-0! [&>*]:pt-0!",
      )}
    >
      <div>
        <p className="text-sm font-semibold break-words">{info.label}</p>
        {info.about && <p className="text-ink-3">{info.about}</p>}
        <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5">
          <dt className="text-ink-3">Started at</dt>
          <dd className="text-right">{duration(span.start_us)}</dd>
          <dt className="text-ink-3">Took</dt>
          <dd className="text-right font-medium">
            {duration(span.duration_us)}{" "}
            <span className="font-normal text-ink-3">{percent(span.duration_us, total)}</span>
          </dd>
          <dt className="text-ink-3">{span.critical ? "Critical path" : "Slack"}</dt>
          <dd className="text-right">{span.critical ? "on it: no slack" : duration(span.slack_us)}</dd>
        </dl>
      </div>
      {segments.length > 0 && <PhaseTable row={row} />}
      {attributes.length > 0 && (
        <dl className="mt-2 grid grid-cols-[auto_1fr] content-start gap-x-3 gap-y-0.5 border-t border-line pt-2">
          {attributes.slice(0, wide ? 20 : 8).map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-ink-3">{words(name.replace(/_us$/, ""))}</dt>
              <dd className="truncate text-right font-mono text-2xs leading-4">{attribute(name, value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

/** Attributes come as text; times and sizes are said in units. */
function attribute(name: string, value: unknown): string {
  if (typeof value === "object") return JSON.stringify(value);
  const number = Number(value);
  if (name.endsWith("_us") && Number.isFinite(number)) return duration(number);
  if (name.startsWith("bytes_") && Number.isFinite(number)) return bytes(number);
  if (value === "true" || value === "false") return value === "true" ? "yes" : "no";
  return String(value);
}

function PhaseTable({ row }: { row: Row }): ReactElement {
  const { start_us, duration_us } = row.span;
  const groups = ["Scheduling", "Connection", "Request and response"] as const;
  return (
    <div className="mt-2 flex flex-col gap-1.5 border-t border-line pt-2">
      {groups.map((group) => {
        const segments = row.segments.filter((segment) => PHASE_INFO[segment.phase].group === group);
        if (segments.length === 0) return null;
        return (
          <div key={group}>
            <p className="text-2xs text-ink-3">{group}</p>
            {segments.map((segment) => (
              <div key={segment.phase} className="grid grid-cols-[64px_1fr_64px] items-center gap-2">
                <span>{PHASE_INFO[segment.phase].label}</span>
                <span className="relative h-2">
                  <span
                    className="absolute inset-y-0 rounded-[2px]"
                    style={{
                      left: `${((segment.start_us - start_us) / Math.max(1, duration_us)) * 100}%`,
                      width: `max(2px, ${(segment.duration_us / Math.max(1, duration_us)) * 100}%)`,
                      backgroundColor: `var(--ph-${segment.phase})`,
                    }}
                  />
                </span>
                <span className="text-right">{duration(segment.duration_us)}</span>
              </div>
            ))}
          </div>
        );
      })}
    </div>
  );
}
