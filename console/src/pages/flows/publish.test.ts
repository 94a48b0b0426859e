import { expect, it } from "vitest";
import type { DocumentView, FlowPlan, Json } from "~/api/types";
import { routeOf, scheduleOf } from "./publish";

const flow = {
  kind: "Flow",
  team: "default",
  name: "page",
  spec: { sources: { shop: { service: "shop" } } },
} as unknown as DocumentView;

const plan = (inputs: Json, safe = true) =>
  ({
    workflow: "page",
    workflows: [{ id: "page", inputs, steps: [{ id: "a", safe }] }],
  }) as unknown as FlowPlan;

const inputs = {
  type: "object",
  required: ["items", "id", "day"],
  properties: {
    items: { type: "array" },
    id: { type: "string" },
    day: { type: "string", format: "date" },
    currency: { type: "string", default: "EUR" },
  },
};

it("gives a flow that changes nothing a path to read, with an input that can stand in it", () => {
  expect(routeOf(flow, plan(inputs))).toEqual({
    service: "shop",
    paths: ["/page/{id}"],
    methods: ["GET"],
    flow: { name: "page" },
  });
});

it("takes what changes something by POST, its inputs in the body", () => {
  expect(routeOf(flow, plan(inputs, false))).toMatchObject({ paths: ["/page"], methods: ["POST"] });
  expect(routeOf(flow, plan(null))).toMatchObject({ paths: ["/page"], methods: ["GET"] });
});

it("takes by POST what no plan is known of", () => {
  expect(routeOf(flow, undefined)).toMatchObject({ paths: ["/page"], methods: ["POST"] });
  const other = { ...plan(inputs), workflow: "other" };
  expect(routeOf(flow, other)).toMatchObject({ paths: ["/page"], methods: ["POST"] });
});

it("gives a schedule a place for each input that must be there", () => {
  expect(scheduleOf(flow, plan(inputs))).toMatchObject({
    flow: "page",
    inputs: { items: [], id: "", day: "{$schedule.date}" },
  });
  expect(scheduleOf(flow, undefined)).not.toHaveProperty("inputs");
});
