import { describe, expect, it } from "vitest";
import type { StepPlan } from "~/api/types";
import { beside, CARD, layoutOf } from "./layout";

const step = (id: string, level: number, on: string[] = []): StepPlan => ({
  id,
  level,
  description: null,
  path: "",
  call: null,
  workflow: null,
  does: "",
  marks: [],
  safe: true,
  barrier: false,
  begins_us: 0,
  expected_us: 1,
  latency: "assumed",
  slack_us: 0,
  critical: false,
  waits: on.map((name) => ({ on: name, why: "output", text: `needs ${name}`, path: null })),
});

const overlap = (a: { x: number; y: number }, b: { x: number; y: number }) =>
  a.x === b.x && Math.abs(a.y - b.y) < CARD.height;

describe("the layout of a flow", () => {
  it("puts steps in the columns of their levels, none on another", () => {
    const graph = layoutOf([step("a", 0), step("b", 0), step("c", 1, ["a", "b"]), step("d", 2, ["c"])], []);
    const x = Object.fromEntries(graph.cards.map((card) => [card.step.id, card.x]));
    expect(x.a).toBe(x.b);
    expect(x.c).toBeGreaterThan((x.a ?? 0) + CARD.width);
    expect(graph.edges.map((edge) => `${edge.from}→${edge.to}`)).toEqual(["a→c", "b→c", "c→d"]);
  });

  it("leaves out what follows from other waits, and keeps the reasons", () => {
    const twice = step("b", 1, ["a", "a"]);
    const graph = layoutOf([step("a", 0), twice, step("c", 2, ["a", "b"])], ["a", "b", "c"]);
    expect(graph.edges.map((edge) => [edge.from, edge.to, edge.critical])).toEqual([
      ["a", "b", true],
      ["b", "c", true],
    ]);
    expect(graph.edges[0]?.why).toBe("needs a; needs a");
  });

  it("has no crossing where none is needed", () => {
    const tops = ["a", "b", "c", "d"];
    const graph = layoutOf(
      [...tops.map((id) => step(id, 0)), ...[...tops].reverse().map((id) => step(`${id}2`, 1, [id]))],
      [],
    );
    const y = new Map(graph.cards.map((card) => [card.step.id, card.y]));
    for (const id of tops) expect(y.get(`${id}2`)).toBe(y.get(id));
  });

  it("takes two hundred steps in a moment", () => {
    const steps = Array.from({ length: 200 }, (_, index) =>
      step(
        `step-${index}`,
        Math.floor(index / 20),
        index < 20 ? [] : [`step-${index - 20}`, `step-${(index * 7) % 20}`],
      ),
    );
    const began = performance.now();
    const graph = layoutOf(steps, []);
    expect(performance.now() - began).toBeLessThan(500);
    expect(graph.cards).toHaveLength(200);
    for (const card of graph.cards)
      expect(graph.cards.filter((other) => overlap(card, other))).toEqual([card]);
  });

  it("is nothing for no steps", () => {
    expect(layoutOf([], []).cards).toEqual([]);
  });

  it("is walked by arrow keys", () => {
    const graph = layoutOf([step("a", 0), step("b", 0), step("c", 1, ["b"])], []);
    expect(beside(graph, "b", "ArrowRight")).toBe("c");
    expect(beside(graph, "a", "ArrowDown")).toBe("b");
    expect(beside(graph, "c", "ArrowRight")).toBeUndefined();
    expect(beside(graph, "", "ArrowRight")).toBe("a");
  });
});
