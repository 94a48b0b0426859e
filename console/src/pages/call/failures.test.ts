import { expect, it } from "vitest";
import type { RunStep } from "~/api/types";
import { failuresOf } from "./failures";

const ran = (step: string, more: Partial<RunStep> = {}) =>
  ({ step, attempt: 1, end: "failed", status: 503, call: "c", within: null, ...more }) as RunStep;

it("names the last attempt of each step, and none that came through in the end", () => {
  expect(failuresOf([ran("a"), ran("a", { attempt: 2, status: 404 })])).toBe("a was answered 404");
  expect(failuresOf([ran("a"), ran("a", { attempt: 2, end: "good", status: 200 })])).toBe("");
  // The same step for two items of a list.
  expect(failuresOf([ran("a", { within: 0 }), ran("a", { within: 1, end: "good" })])).toBe(
    "a was answered 503",
  );
});

it("tells a call without an answer from a step without a call", () => {
  expect(failuresOf([ran("a", { status: null }), ran("b", { status: null, call: null })])).toBe(
    "a got no answer, b failed",
  );
});

it("names three at most", () => {
  expect(failuresOf(["a", "b", "c", "d", "e"].map((name) => ran(name)))).toBe(
    "a was answered 503, b was answered 503, c was answered 503 and 2 more",
  );
});
