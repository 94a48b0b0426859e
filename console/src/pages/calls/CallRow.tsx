import type { ReactElement } from "react";
import type { CallSummary } from "~/api/types";
import { clock, count, dateTime, duration, money, operationOf, words } from "~/lib/format";
import { cx, Status } from "~/ui/basics";
import { MiniBars } from "~/waterfall/MiniBars";

export const CALL_GRID =
  "grid grid-cols-[92px_36px_50px_minmax(0,2fr)_minmax(0,1.1fr)_minmax(0,1fr)_minmax(140px,1.7fr)_66px_56px_74px] items-center gap-3 px-5 max-md:grid-cols-[34px_minmax(0,1.5fr)_minmax(60px,1fr)_60px]";
const WIDE = "max-md:hidden";

export function CallHead(): ReactElement {
  return (
    <div className={cx(CALL_GRID, "row-line h-8 shrink-0 text-xs text-ink-3")}>
      <span className={WIDE}>Time</span>
      <span>Code</span>
      <span className={WIDE}>Method</span>
      <span>Path</span>
      <span className={WIDE}>Service</span>
      <span className={WIDE}>Application</span>
      <span>Waterfall</span>
      <span className="text-right">Duration</span>
      <span className={cx("text-right", WIDE)}>Tokens</span>
      <span className={cx("text-right", WIDE)}>Cost</span>
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
      <span className={cx("text-xs text-ink-3", WIDE)} title={dateTime(call.at)}>
        {clock(call.at)}
      </span>
      <Status status={call.status} />
      <span className={cx("font-mono text-2xs text-ink-2", WIDE)}>{call.method}</span>
      <span className="flex min-w-0 items-center gap-2">
        <span className="truncate" title={`${call.host ?? ""}${call.path}`}>
          {call.path}
        </span>
        <Operation call={call} />
        {call.reason && (
          <span className="shrink-0 rounded bg-bad-soft px-1 text-2xs text-bad">{words(call.reason)}</span>
        )}
        {call.attempts > 1 && (
          <span className="shrink-0 rounded bg-warn-soft px-1 text-2xs text-warn">
            {call.attempts} attempts
          </span>
        )}
      </span>
      <span className={cx("truncate text-ink-2", WIDE)}>
        {call.model ? `${call.service ?? ""} · ${call.model}` : (call.service ?? "–")}
      </span>
      <span className={cx("truncate text-ink-2", WIDE)}>{call.application ?? "–"}</span>
      <MiniBars call={call} {...(scale_us === undefined ? {} : { scale_us })} />
      <span className="text-right">{duration(call.duration_us)}</span>
      <span className={cx("text-right text-ink-3", WIDE)}>{tokens === null ? "" : count(tokens)}</span>
      <span className={cx("text-right text-ink-3", WIDE)}>
        {call.cost_micros === null || call.cost_micros === undefined ? "" : money(call.cost_micros)}
      </span>
    </>
  );
}

/** The operation of a call of GraphQL, whose path is that of all others. */
function Operation({ call }: { call: CallSummary }): ReactElement | null {
  const title = operationOf(call);
  if (!title) return null;
  return (
    <span className="max-w-[60%] shrink-0 truncate rounded bg-hover px-1 text-2xs text-ink-2" title={title}>
      {title}
    </span>
  );
}
