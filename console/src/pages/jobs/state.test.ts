import { expect, test } from "vitest";
import { isOpen, lasted, toneOf } from "./state";

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
