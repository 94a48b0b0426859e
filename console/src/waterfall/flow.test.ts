import { describe, expect, it } from "vitest";
import type { RunStep } from "~/api/types";
import { flowEdges, flowRows } from "./flow";

const step = (name: string, start_us: number, end_us: number, more: Partial<RunStep> = {}): RunStep => ({
  step: name,
  attempt: 1,
  start_us,
  duration_us: end_us - start_us,
  status: 200,
  end: "good",
  after: [],
  within: null,
  call: null,
  critical: false,
  slack_us: 0,
  ...more,
});

describe("the waterfall of a flow", () => {
  it("puts what was made within a step below it", () => {
    const rows = flowRows([
      step("pay", 0, 20),
      step("news", 0, 5),
      step("pay/hold", 0, 9, { within: 0 }),
      step("pay/charge", 9, 20, { within: 0, after: [2] }),
    ]);
    expect(rows.map((row) => `${row.depth} ${row.name}`)).toEqual(["0 pay", "1 hold", "1 charge", "0 news"]);
  });

  it("knows what waited for what, also another attempt", () => {
    const rows = flowRows([
      step("a", 0, 5, { critical: true, end: "failed" }),
      step("a", 6, 9, { attempt: 2, critical: true }),
      step("b", 9, 12, { after: [1], critical: true }),
      step("c", 9, 10, { after: [1] }),
    ]);
    expect(flowEdges(rows).map((edge) => [edge.from.name, edge.to.name, edge.critical])).toEqual([
      ["a", "a (attempt 2)", true],
      ["a (attempt 2)", "b", true],
      ["a (attempt 2)", "c", false],
    ]);
  });

  it("leaves out what follows from other waits, and is critical by the last of them", () => {
    const rows = flowRows([
      step("a", 0, 5, { critical: true }),
      step("b", 0, 7, { critical: true }),
      step("c", 7, 9, { after: [0, 1], critical: true }),
      step("d", 9, 10, { after: [0, 2], critical: true }),
    ]);
    expect(flowEdges(rows).map((edge) => [edge.from.name, edge.to.name, edge.critical])).toEqual([
      ["a", "c", false],
      ["b", "c", true],
      ["c", "d", true],
    ]);
  });

  it("is not led into a circle", () => {
    expect(flowRows([step("a", 0, 1, { within: 0 })])).toHaveLength(1);
    expect(flowEdges(flowRows([step("a", 0, 1, { after: [0, 7] })]))).toEqual([]);
  });
});
