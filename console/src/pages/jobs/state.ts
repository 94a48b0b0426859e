import type { JobItem } from "~/api/types";
import { duration } from "~/lib/format";
import type { Tone } from "~/ui/basics";

const TONES: Record<string, Tone> = {
  running: "accent",
  cancelling: "warn",
  succeeded: "good",
  failed: "bad",
  cancelled: "warn",
};

export function toneOf(state: string): Tone {
  return TONES[state] ?? "neutral";
}

/** Whether it may still change. */
export function isOpen(state: string): boolean {
  return ["queued", "running", "cancelling"].includes(state);
}

/** How long a job took, or has taken until now. */
export function lasted(job: Pick<JobItem, "created_at" | "ended_at">, now: number): string {
  const end = job.ended_at ? Date.parse(job.ended_at) : now;
  return duration(Math.max(0, end - Date.parse(job.created_at)) * 1_000);
}
