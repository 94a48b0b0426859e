import { type Bar, type CallDetail, PHASES, type Phase, type Phases, type Span } from "~/api/types";

/** The maths of the waterfall: spans in, rows and positions out. No drawing here. */

export interface Segment {
  phase: Phase;
  start_us: number;
  duration_us: number;
}

export interface Row {
  span: Span;
  depth: number;
  /** Spans below it, shown or not. */
  below: number;
  open: boolean;
  /** Of an attempt: its phases end to end, drawn within its one bar. */
  segments: Segment[];
  /** Part of the longest chain: shortening it shortens the call. */
  critical: boolean;
  /** The stretches of this row that are critical, once what is folded under it is counted in. */
  criticalParts: { start_us: number; end_us: number }[];
}

export interface View {
  from_us: number;
  to_us: number;
}

export interface Tick {
  at_us: number;
  major: boolean;
}

const BY_NAME = new Set<string>(PHASES);

export function phaseOf(name: string): Phase | undefined {
  const last = name.split(/[./ ]/).at(-1) ?? "";
  return BY_NAME.has(last) ? (last as Phase) : undefined;
}

/** Phases laid end to end from a start, those that did not happen left out. */
export function segmentsOf(phases: Phases, start_us: number): Segment[] {
  const segments: Segment[] = [];
  let at = start_us;
  for (const phase of PHASES) {
    const length = phases[phase];
    if (length === null || length === undefined) continue;
    if (length > 0) segments.push({ phase, start_us: at, duration_us: length });
    at += length;
  }
  return segments;
}

/** The whole call's length: the latest end of any span, never shorter than the call says. */
export function totalOf(call: Pick<CallDetail, "duration_us" | "spans">): number {
  return call.spans.reduce(
    (end, span) => Math.max(end, span.start_us + span.duration_us),
    Math.max(1, call.duration_us),
  );
}

/** The spans of a call; where none were recorded, those that its attempts imply. */
export function spansOf(call: CallDetail): Span[] {
  if (call.spans.length > 0) return call.spans;
  const spans: Span[] = [];
  const add = (
    parent: number | null,
    name: string,
    kind: string,
    start_us: number,
    duration_us: number,
  ): number => {
    const id = spans.length;
    spans.push({
      id,
      parent,
      name,
      kind,
      start_us,
      duration_us,
      critical: false,
      slack_us: 0,
      attributes: {},
    });
    return id;
  };
  const root = add(null, call.method, "call", 0, call.duration_us);
  for (const attempt of call.attempts_detail) {
    const segments = segmentsOf(attempt.phases, attempt.started_us);
    const length = segments.reduce((sum, segment) => sum + segment.duration_us, 0);
    const id = add(root, `attempt ${attempt.number}`, "attempt", attempt.started_us, length);
    for (const segment of segments) add(id, segment.phase, "phase", segment.start_us, segment.duration_us);
  }
  return spans;
}

/** In the order of time; phases that begin in the same microsecond, in the order in which they happen. */
function inTime(a: Span, b: Span): number {
  return a.start_us - b.start_us || rankOf(a) - rankOf(b) || Number(a.id) - Number(b.id);
}

function rankOf(span: Span): number {
  const phase = span.kind === "phase" ? phaseOf(span.name) : undefined;
  return phase === undefined ? 0 : PHASES.indexOf(phase);
}

/** Rows in reading order: a parent, then its children by start. `folded` holds ids whose children are hidden. */
export function rowsOf(spans: Span[], folded: ReadonlySet<string>): Row[] {
  const ids = new Set(spans.map((span) => String(span.id)));
  const children = new Map<string, Span[]>();
  const roots: Span[] = [];
  for (const span of spans) {
    // A phase that took no time says nothing.
    if (span.kind === "phase" && span.duration_us <= 0) continue;
    const parent = span.parent === null || span.parent === undefined ? "" : String(span.parent);
    if (parent === "" || !ids.has(parent) || parent === String(span.id)) roots.push(span);
    else children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const rows: Row[] = [];
  const visit = (span: Span, depth: number, seen: ReadonlySet<string>) => {
    const id = String(span.id);
    if (seen.has(id)) return;
    const below = [...(children.get(id) ?? [])].sort(inTime);
    const open = below.length > 0 && !folded.has(id);
    rows.push({
      span,
      depth,
      below: below.length,
      open,
      segments: span.kind === "attempt" ? attemptSegments(below) : [],
      critical: span.critical,
      criticalParts: criticalParts(span, below, open, children),
    });
    if (!open) return;
    const path = new Set([...seen, id]);
    for (const child of below) visit(child, depth + 1, path);
  };
  for (const root of roots.sort(inTime)) visit(root, 0, new Set());
  return rows;
}

function attemptSegments(below: Span[]): Segment[] {
  return below.flatMap((span) => {
    const phase = phaseOf(span.name);
    if (span.kind !== "phase" || phase === undefined || span.duration_us <= 0) return [];
    return [{ phase, start_us: span.start_us, duration_us: span.duration_us }];
  });
}

/** A leaf's whole length; of a folded row, what is critical under it; of an open row, what no child covers. */
function criticalParts(
  span: Span,
  below: Span[],
  open: boolean,
  children: Map<string, Span[]>,
): Row["criticalParts"] {
  if (!span.critical) return [];
  const whole = { start_us: span.start_us, end_us: span.start_us + span.duration_us };
  if (below.length === 0) return [whole];
  const inner = below.filter((child) => child.critical);
  if (inner.length === 0) return [whole];
  // An answer that is still streamed outlasts the stage which its attempt stands under: all that is below counts.
  const own = subtract(whole, criticalBelow(below, children));
  if (open) return own;
  return merge([
    ...own,
    ...inner.flatMap((child) => criticalParts(child, children.get(String(child.id)) ?? [], false, children)),
  ]);
}

function criticalBelow(below: Span[], children: Map<string, Span[]>): Span[] {
  return below.flatMap((span) => [
    ...(span.critical ? [span] : []),
    ...criticalBelow(children.get(String(span.id)) ?? [], children),
  ]);
}

function subtract(
  whole: { start_us: number; end_us: number },
  parts: Span[],
): { start_us: number; end_us: number }[] {
  const gaps: { start_us: number; end_us: number }[] = [];
  let at = whole.start_us;
  for (const part of [...parts].sort((a, b) => a.start_us - b.start_us)) {
    if (part.start_us > at) gaps.push({ start_us: at, end_us: Math.min(part.start_us, whole.end_us) });
    at = Math.max(at, part.start_us + part.duration_us);
  }
  if (at < whole.end_us) gaps.push({ start_us: at, end_us: whole.end_us });
  return gaps;
}

function merge(parts: { start_us: number; end_us: number }[]): { start_us: number; end_us: number }[] {
  const merged: { start_us: number; end_us: number }[] = [];
  for (const part of [...parts].sort((a, b) => a.start_us - b.start_us)) {
    const last = merged.at(-1);
    if (last && part.start_us <= last.end_us) last.end_us = Math.max(last.end_us, part.end_us);
    else merged.push({ ...part });
  }
  return merged;
}

/** Where a stretch stands in the view, in percent; null when none of it is within. */
export function place(
  start_us: number,
  duration_us: number,
  view: View,
): { left: number; width: number } | null {
  const span = view.to_us - view.from_us;
  if (span <= 0) return null;
  const from = Math.max(start_us, view.from_us);
  const to = Math.min(start_us + duration_us, view.to_us);
  if (to < from || start_us > view.to_us) return null;
  return { left: ((from - view.from_us) / span) * 100, width: ((to - from) / span) * 100 };
}

/** Round marks: about `wanted` of them, at 1, 2 or 5 times a power of ten. */
export function ticks(view: View, wanted = 8): Tick[] {
  const span = view.to_us - view.from_us;
  if (span <= 0) return [];
  const rough = span / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((n) => n * power >= rough) ?? 10;
  const step = Math.max(1, factor * power);
  const marks: Tick[] = [];
  for (let index = Math.ceil(view.from_us / step); index * step <= view.to_us; index += 1) {
    marks.push({ at_us: index * step, major: index % 5 === 0 });
  }
  return marks;
}

export interface Share {
  name: Phase | "gateway" | "steps";
  duration_us: number;
}

/** How the call's time divides: each phase over all attempts, and what was the gateway's own. */
export function sharesOf(call: CallDetail): Share[] {
  const sums = new Map<Phase, number>();
  const attempts = call.attempts_detail;
  for (const phases of attempts.length > 0 ? attempts.map((attempt) => attempt.phases) : [call.phases]) {
    for (const phase of PHASES) sums.set(phase, (sums.get(phase) ?? 0) + (phases[phase] ?? 0));
  }
  const phases = PHASES.map((name): Share => ({ name, duration_us: sums.get(name) ?? 0 }));
  const all: Share[] = [{ name: "gateway", duration_us: call.stages_us ?? 0 }, ...phases];
  // What the gateway did not do itself, the steps of a flow did, or the calls of a GraphQL schema.
  if (call.steps.length > 0 || call.spans.some((span) => span.kind === "stage" && span.name === "calls"))
    all.push({ name: "steps", duration_us: Math.max(0, call.duration_us - (call.stages_us ?? 0)) });
  return all.filter((share) => share.duration_us > 0);
}

/** The bars of a mini-waterfall: as sent, else from the last attempt's phases. */
export function miniBars(call: {
  bars: Bar[];
  phases: Phases;
  stages_us: number | null;
  duration_us: number;
}): Bar[] {
  if (call.bars.length > 0) return call.bars;
  return segmentsOf(call.phases, call.stages_us ?? 0).map(({ phase, start_us, duration_us }) => ({
    name: phase,
    start_us,
    duration_us,
  }));
}
