import { expect, it } from "vitest";
import type { WebhookDeliveries, WebhookDelivery } from "~/api/types";
import { hookState, stepsOf } from "./columns";

it("counts the steps of a flow in either form, over all its workflows", () => {
  expect(stepsOf({ flow: { steps: [{ a: "GET /a" }, { b: "GET /b" }] } })).toBe(2);
  expect(stepsOf({ flow: { flows: [{ steps: { a: "GET /a" } }, { steps: [{ b: "GET /b" }] }] } })).toBe(2);
  expect(stepsOf({ arazzo: { workflows: [{ steps: [{}, {}] }, { steps: [{}] }] } })).toBe(3);
  expect(stepsOf({})).toBe(0);
});

it("says that a webhook delivers where what ended last came through", () => {
  const item = (state: string, last_at: string | null) =>
    ({ state, last_at, last_detail: null }) as WebhookDelivery;
  const word = (items: WebhookDelivery[], more: Partial<WebhookDeliveries> = {}) =>
    hookState({ off: null, failing_since: null, next_cursor: null, items, ...more }).word;
  const [early, late] = ["2026-01-01T00:00:00.000000Z", "2026-01-02T00:00:00.000000Z"];
  expect(word([item("waiting", late), item("delivered", early)])).toBe("Delivers");
  expect(word([item("dead", late), item("delivered", early)])).toBe("Given up");
  // An older event that was sent again.
  expect(word([item("dead", early), item("delivered", late)])).toBe("Delivers");
  expect(word([item("waiting", null)])).toBe("Waiting");
  expect(word([])).toBe("No events");
  expect(word([item("delivered", late)], { off: "gone" })).toBe("Off");
  expect(word([item("delivered", late)], { failing_since: early })).toBe("Failing");
});
