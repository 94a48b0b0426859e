import { describe, expect, it } from "vitest";
import type { CallDetail, Span } from "~/api/types";
import { miniBars, phaseOf, place, rowsOf, segmentsOf, sharesOf, spansOf, ticks, totalOf } from "./layout";

/** Spans are told apart by name here; the ids are their numbers in this list. */
const NAMES = ["call", "route", "attempt", "receive", "wait", "log", "a", "b", "c", "d", "gone"];
const span = (
  name: string,
  parent: string | null,
  kind: string,
  start_us: number,
  duration_us: number,
  critical = true,
): Span => ({
  id: NAMES.indexOf(name),
  parent: parent === null ? null : NAMES.indexOf(parent),
  name,
  kind,
  start_us,
  duration_us,
  critical,
  slack_us: critical ? 0 : 10,
  attributes: {},
});

const tree = [
  span("call", null, "call", 0, 1000),
  span("route", "call", "stage", 0, 50),
  span("attempt", "call", "attempt", 100, 900),
  span("receive", "attempt", "phase", 700, 300),
  span("wait", "attempt", "phase", 100, 600),
  span("log", "call", "stage", 60, 10, false),
];

describe("rows", () => {
  it("stand in reading order with their depth", () => {
    const rows = rowsOf(tree, new Set());
    expect(rows.map((row) => [row.span.name, row.depth])).toEqual([
      ["call", 0],
      ["route", 1],
      ["log", 1],
      ["attempt", 1],
      ["wait", 2],
      ["receive", 2],
    ]);
  });

  it("do not mark as the call's own what a part below a shorter part covers", () => {
    const rows = rowsOf(
      [
        span("call", null, "call", 0, 1000),
        span("route", "call", "stage", 0, 400),
        span("attempt", "route", "attempt", 0, 900),
      ],
      new Set(),
    );
    expect(rows[0]?.criticalParts).toEqual([{ start_us: 900, end_us: 1000 }]);
  });

  it("have phases in the order in which they happen, though some took no time", () => {
    const phases = ["receive", "wait", "tls", "send", "connect", "dns", "queued"].map((name, index) => ({
      ...span("a", "attempt", "phase", 100, name === "send" ? 30 : 10),
      id: 20 + index,
      name,
    }));
    const rows = rowsOf(
      [span("call", null, "call", 0, 1000), span("attempt", "call", "attempt", 100, 900), ...phases],
      new Set(),
    );
    expect(rows.slice(2).map((row) => row.span.name)).toEqual([
      "queued",
      "dns",
      "connect",
      "tls",
      "send",
      "wait",
      "receive",
    ]);
  });

  it("fold, and an attempt keeps its phases in its bar", () => {
    const rows = rowsOf(tree, new Set(["2"]));
    const attempt = rows.find((row) => row.span.name === "attempt");
    expect(rows).toHaveLength(4);
    expect(attempt?.segments.map((segment) => segment.phase)).toEqual(["wait", "receive"]);
    expect([attempt?.open, attempt?.below]).toEqual([false, 2]);
  });

  it("mark as critical what no child covers, and all of it once folded", () => {
    const open = rowsOf(tree, new Set());
    expect(open[0]?.criticalParts).toEqual([{ start_us: 50, end_us: 100 }]);
    expect(open.find((row) => row.span.name === "log")?.criticalParts).toEqual([]);
    const [folded] = rowsOf(tree, new Set(["0"]));
    expect(folded?.criticalParts).toEqual([{ start_us: 0, end_us: 1000 }]);
  });

  it("survive spans without a parent, and spans that are their own ancestors", () => {
    const odd = [
      span("a", "gone", "stage", 0, 1),
      span("b", "c", "stage", 0, 1),
      span("c", "b", "stage", 0, 1),
      span("d", "d", "stage", 0, 1),
    ];
    expect(rowsOf(odd, new Set()).map((row) => row.span.name)).toEqual(["a", "d"]);
  });
});

describe("places", () => {
  const view = { from_us: 100, to_us: 300 };
  it("are percent of the view, clipped to it", () => {
    expect(place(150, 50, view)).toEqual({ left: 25, width: 25 });
    expect(place(0, 200, view)).toEqual({ left: 0, width: 50 });
    expect(place(250, 500, view)).toEqual({ left: 75, width: 25 });
  });
  it("are nowhere outside it", () => {
    expect(place(0, 50, view)).toBeNull();
    expect(place(301, 5, view)).toBeNull();
    expect(place(0, 5, { from_us: 1, to_us: 1 })).toBeNull();
  });
});

describe("ticks", () => {
  it.each([1, 7, 90, 1234, 25_000, 999_999, 61_000_000])(
    "of a call of %i µs are few, round and within it",
    (total) => {
      const marks = ticks({ from_us: 0, to_us: total });
      expect(marks.length).toBeGreaterThan(0);
      expect(marks.length).toBeLessThanOrEqual(11);
      for (const mark of marks) expect(mark.at_us).toBeLessThanOrEqual(total);
      expect(marks[0]?.at_us).toBe(0);
    },
  );
  it("of a part begin within it", () => {
    expect(ticks({ from_us: 150, to_us: 950 }).map((mark) => mark.at_us)).toEqual([
      200, 300, 400, 500, 600, 700, 800, 900,
    ]);
  });
});

describe("phases", () => {
  it("are laid end to end, without those that did not happen", () => {
    expect(segmentsOf({ queued: 0, dns: null, send: 5, wait: 10 }, 100)).toEqual([
      { phase: "send", start_us: 100, duration_us: 5 },
      { phase: "wait", start_us: 105, duration_us: 10 },
    ]);
    expect(phaseOf("phase.wait")).toBe("wait");
    expect(phaseOf("route")).toBeUndefined();
  });

  const call = {
    method: "GET",
    path: "/",
    duration_us: 400,
    stages_us: 20,
    bars: [],
    spans: [],
    phases: { send: 10, wait: 100 },
    steps: [],
    attempts_detail: [
      { number: 1, started_us: 20, phases: { wait: 200 } },
      { number: 2, started_us: 230, phases: { send: 10, wait: 100 } },
    ],
  } as unknown as CallDetail;

  it("of all attempts are summed, with the gateway's own time", () => {
    expect(sharesOf(call)).toEqual([
      { name: "gateway", duration_us: 20 },
      { name: "send", duration_us: 10 },
      { name: "wait", duration_us: 300 },
    ]);
  });

  it("of a call that a flow answered are the steps' and the gateway's", () => {
    const flow = { ...call, attempts_detail: [], phases: {}, steps: [{}] } as unknown as CallDetail;
    expect(sharesOf(flow)).toEqual([
      { name: "gateway", duration_us: 20 },
      { name: "steps", duration_us: 380 },
    ]);
  });

  it("stand in for spans and bars that were not recorded", () => {
    expect(spansOf(call).map((s) => [s.name, s.parent])).toEqual([
      ["GET", null],
      ["attempt 1", 0],
      ["wait", 1],
      ["attempt 2", 0],
      ["send", 3],
      ["wait", 3],
    ]);
    expect(miniBars(call).map((bar) => [bar.name, bar.start_us])).toEqual([
      ["send", 20],
      ["wait", 30],
    ]);
    expect(totalOf({ duration_us: 5, spans: tree })).toBe(1000);
  });
});
