import type { RunStep } from "~/api/types";

/** One bar of a flow's waterfall. */
export interface FlowRow {
  step: RunStep;
  /** Its place in the run's list. */
  at: number;
  depth: number;
  /** Its own name, without those of the steps that it is within. */
  name: string;
}

/** A wait between two rows. */
export interface FlowEdge {
  from: FlowRow;
  to: FlowRow;
  /** Places among the rows. */
  fromRow: number;
  toRow: number;
  critical: boolean;
}

/** Rows in the order of time, what was made within a step below it. */
export function flowRows(steps: RunStep[]): FlowRow[] {
  const inner = new Map<number | null, number[]>();
  steps.forEach((step, at) => {
    const within = step.within !== null && step.within < at ? step.within : null;
    inner.set(within, [...(inner.get(within) ?? []), at]);
  });
  const rows: FlowRow[] = [];
  const visit = (within: number | null, depth: number) => {
    const here = [...(inner.get(within) ?? [])].sort(
      (a, b) => (steps[a]?.start_us ?? 0) - (steps[b]?.start_us ?? 0) || a - b,
    );
    for (const at of here) {
      const step = steps[at];
      if (!step) continue;
      const outer = within === null ? "" : `${steps[within]?.step}/`;
      const name = step.step.startsWith(outer) ? step.step.slice(outer.length) : step.step;
      rows.push({ step, at, depth, name: step.attempt > 1 ? `${name} (attempt ${step.attempt})` : name });
      visit(at, depth + 1);
    }
  };
  visit(null, 0);
  return rows;
}

/** What waited for what, another attempt for the one before it; critical where both ends are. */
export function flowEdges(rows: FlowRow[]): FlowEdge[] {
  const places = new Map(rows.map((row, place) => [row.at, place]));
  const edges: FlowEdge[] = [];
  rows.forEach((to, toRow) => {
    const again = rows.find(
      (row) => row.step.step === to.step.step && row.step.attempt === to.step.attempt - 1,
    );
    for (const at of [...to.step.after, ...(again ? [again.at] : [])]) {
      const fromRow = places.get(at);
      const from = fromRow === undefined ? undefined : rows[fromRow];
      if (!from || fromRow === undefined || from === to) continue;
      edges.push({ from, to, fromRow, toRow, critical: from.step.critical && to.step.critical });
    }
  });
  return edges;
}
