import { expect, it } from "vitest";
import type { CallDetail, CallSummary } from "~/api/types";
import { callsWithin, hasCalls, microsOf } from "./within";

const summary = (id: string, at: string, more: Partial<CallSummary> = {}) =>
  ({
    id,
    trace_id: "t",
    at,
    duration_us: 300,
    method: "GET",
    path: `/${id}`,
    status: 200,
    reason: null,
    ...more,
  }) as CallSummary;

it("reads times to the microsecond", () => {
  expect(microsOf("2026-11-22T08:39:20.309181Z") - microsOf("2026-11-22T08:39:20.309Z")).toBe(181);
  expect(microsOf("2026-11-22T08:39:21Z") - microsOf("2026-11-22T08:39:20.999999Z")).toBe(1);
});

it("puts the calls of the trace that begin within a call on its time axis", () => {
  const call = { ...summary("a", "2026-11-22T08:39:20.000100Z"), duration_us: 1_000 } as CallDetail;
  const steps = callsWithin(call, [
    summary("a", "2026-11-22T08:39:20.000100Z"),
    summary("b", "2026-11-22T08:39:20.000150Z"),
    summary("c", "2026-11-22T08:39:20.000400Z", { status: 404 }),
    summary("later", "2026-11-22T08:39:20.001101Z"),
    summary("other", "2026-11-22T08:39:20.000200Z", { trace_id: "u" }),
  ]);
  expect(steps.map((step) => [step.step, step.start_us, step.end])).toEqual([
    ["GET /b", 50, "good"],
    ["GET /c", 300, "failed"],
  ]);
});

it("knows the calls of a GraphQL schema by their stage", () => {
  const spans = (name: string) => [{ kind: "stage", name }] as CallDetail["spans"];
  expect(hasCalls({ steps: [], spans: spans("calls") })).toBe(true);
  expect(hasCalls({ steps: [], spans: spans("flow") })).toBe(false);
});
