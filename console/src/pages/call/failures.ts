import type { RunStep } from "~/api/types";
import { exact } from "~/lib/format";

/** How many are named. */
const MOST = 3;

/** What failed in the end, in a line: `shipping was answered 404`. A step that came through at another attempt is none of it. */
export function failuresOf(steps: RunStep[]): string {
  const last = new Map<string, RunStep>();
  for (const step of steps) {
    const key = `${step.within ?? ""} ${step.step}`;
    if ((last.get(key)?.attempt ?? 0) <= step.attempt) last.set(key, step);
  }
  const failed = [...last.values()].filter((step) => step.end === "failed");
  const named = failed.slice(0, MOST).map(failureOf).join(", ");
  return failed.length > MOST ? `${named} and ${exact(failed.length - MOST)} more` : named;
}

function failureOf({ step, status, call }: RunStep): string {
  if (status !== null) return `${step} was answered ${status}`;
  // What made no call of its own waited for no answer.
  return call === null ? `${step} failed` : `${step} got no answer`;
}
