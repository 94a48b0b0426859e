import type { ReactElement } from "react";
import type { CallSummary } from "~/api/types";
import { clock, count, dateTime, duration, money, words } from "~/lib/format";
import { cx, Status } from "~/ui/basics";
import { MiniBars } from "~/waterfall/MiniBars";

export const CALL_GRID =
  "grid grid-cols-[92px_36px_50px_minmax(0,2fr)_minmax(0,1.1fr)_minmax(0,1fr)_minmax(140px,1.7fr)_66px_56px_74px] items-center gap-3 px-5";

export function CallHead(): ReactElement {
  return (
    <div className={cx(CALL_GRID, "row-line h-8 shrink-0 text-xs text-ink-3")}>
      <span>Time</span>
      <span>Code</span>
      <span>Method</span>
      <span>Path</span>
      <span>Service</span>
      <span>Application</span>
      <span>Waterfall</span>
      <span className="text-right">Duration</span>
      <span className="text-right">Tokens</span>
      <span className="text-right">Cost</span>
    </div>
  );
}

export function CallCells({
  call,
  scale_us,
}: {
  call: CallSummary;
  scale_us: number | undefined;
}): ReactElement {
  const tokens =
    call.input_tokens === null || call.input_tokens === undefined
      ? null
      : call.input_tokens + (call.output_tokens ?? 0);
  return (
    <>
      <span className="text-xs text-ink-3" title={dateTime(call.at)}>
        {clock(call.at)}
      </span>
      <Status status={call.status} />
      <span className="font-mono text-2xs text-ink-2">{call.method}</span>
      <span className="flex min-w-0 items-center gap-2">
        <span className="truncate" title={`${call.host ?? ""}${call.path}`}>
          {call.path}
        </span>
        {call.reason && (
          <span className="shrink-0 rounded bg-bad-soft px-1 text-2xs text-bad">{words(call.reason)}</span>
        )}
        {call.attempts > 1 && (
          <span className="shrink-0 rounded bg-warn-soft px-1 text-2xs text-warn">
            {call.attempts} attempts
          </span>
        )}
      </span>
      <span className="truncate text-ink-2">
        {call.model ? `${call.service ?? ""} · ${call.model}` : (call.service ?? "–")}
      </span>
      <span className="truncate text-ink-2">{call.application ?? "–"}</span>
      <MiniBars call={call} {...(scale_us === undefined ? {} : { scale_us })} />
      <span className="text-right">{duration(call.duration_us)}</span>
      <span className="text-right text-ink-3">{tokens === null ? "" : count(tokens)}</span>
      <span className="text-right text-ink-3">
        {call.cost_micros === null || call.cost_micros === undefined ? "" : money(call.cost_micros)}
      </span>
    </>
  );
}
