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

/** What waited for what, another attempt for the one before it, without what follows from other waits. Critical is the wait
 * for the last of those, where both ends are. */
export function flowEdges(rows: FlowRow[]): FlowEdge[] {
  const places = new Map(rows.map((row, place) => [row.at, place]));
  const attempts = new Map(rows.map((row) => [`${row.step.attempt} ${row.step.step}`, row.at]));
  const waits = new Map(
    rows.map((row) => {
      const again = attempts.get(`${row.step.attempt - 1} ${row.step.step}`);
      const all = [...row.step.after, ...(again === undefined ? [] : [again])];
      return [row.at, [...new Set(all)].filter((at) => at !== row.at && places.has(at))];
    }),
  );
  const edges: FlowEdge[] = [];
  const far = reach(waits);
  const ended = (at: number) => {
    const step = rows[places.get(at) ?? -1]?.step;
    return step ? step.start_us + step.duration_us : 0;
  };
  rows.forEach((to, toRow) => {
    const own = waits.get(to.at) ?? [];
    const last = Math.max(0, ...own.map(ended));
    for (const at of own) {
      const fromRow = places.get(at) ?? 0;
      const from = rows[fromRow];
      if (!from || own.some((other) => other !== at && far.get(other)?.has(at))) continue;
      const critical = from.step.critical && to.step.critical && ended(at) === last;
      edges.push({ from, to, fromRow, toRow, critical });
    }
  });
  return edges;
}

/** All that a step waited for, over others too. A run's steps begin after those that they wait for. */
function reach(waits: Map<number, number[]>): Map<number, Set<number>> {
  const all = new Map<number, Set<number>>();
  for (const at of [...waits.keys()].sort((a, b) => a - b)) {
    const own = new Set<number>();
    for (const on of waits.get(at) ?? []) {
      own.add(on);
      for (const over of all.get(on) ?? []) own.add(over);
    }
    all.set(at, own);
  }
  return all;
}
