import type { CallDetail, CallSummary, RunStep } from "~/api/types";

/** Whether calls within answered it of which no plan is kept: those of a GraphQL schema. */
export function hasCalls(call: Pick<CallDetail, "spans" | "steps">): boolean {
  return call.steps.length === 0 && call.spans.some((span) => span.kind === "stage" && span.name === "calls");
}

/** Microseconds since 1970; `Date` keeps milliseconds alone. */
export function microsOf(at: string): number {
  const [, fraction = ""] = /\.(\d+)/.exec(at) ?? [];
  const whole = Date.parse(at.replace(/\.\d+/, ""));
  return whole * 1_000 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

/** The calls of a trace that were made within one of them, on its time axis. */
export function callsWithin(call: CallDetail, trace: CallSummary[]): RunStep[] {
  const begin = microsOf(call.at);
  const end = begin + call.duration_us;
  return trace
    .filter((one) => one.id !== call.id && one.trace_id === call.trace_id)
    .filter((one) => microsOf(one.at) >= begin && microsOf(one.at) <= end)
    .map((one) => ({
      step: `${one.method} ${one.path}`,
      attempt: 1,
      start_us: microsOf(one.at) - begin,
      duration_us: one.duration_us,
      status: one.status,
      end: one.reason !== null || (one.status ?? 0) >= 400 || one.status === null ? "failed" : "good",
      after: [],
      within: null,
      call: one.id,
      critical: false,
      slack_us: 0,
    }));
}
