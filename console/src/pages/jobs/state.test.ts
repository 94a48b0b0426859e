import { expect, test } from "vitest";
import { isOpen, lasted, toneOf, took } from "./state";

test("a job lasts until its end, or until now", () => {
  const created_at = "2026-01-01T03:00:00.000000Z";
  const now = Date.parse("2026-01-01T03:00:05Z");
  expect(lasted({ created_at, ended_at: "2026-01-01T03:00:02.000000Z" }, now)).toBe("2.00 s");
  expect(lasted({ created_at, ended_at: null }, now)).toBe("5.00 s");
  expect(lasted({ created_at, ended_at: null }, 0)).toBe(lasted({ created_at, ended_at: created_at }, now));
});

test("states that may still change are told from ends", () => {
  expect(["queued", "running", "cancelling"].every(isOpen)).toBe(true);
  expect(["succeeded", "failed", "cancelled"].some(isOpen)).toBe(false);
  expect([toneOf("succeeded"), toneOf("failed"), toneOf("queued")]).toEqual(["good", "bad", "neutral"]);
});

test("takes the time of a job that has ended from its steps, as far as whole seconds allow", () => {
  const step = { step: "a", attempt: 1, came: "good", began_ms: 0, status: 200 };
  const job = (ended_at: string, ended_ms: number) => ({
    created_at: "2026-01-01T00:00:00Z",
    ended_at,
    trail: [{ ...step, ended_ms }],
  });
  expect(took(job("2026-01-01T00:00:00Z", 180.5))).toBe(180_500);
  expect(took(job("2026-01-01T00:00:09Z", 180.5))).toBe(9_000_000);
  expect(took({ ...job("2026-01-01T00:00:02Z", 0), trail: [] })).toBe(2_000_000);
});
