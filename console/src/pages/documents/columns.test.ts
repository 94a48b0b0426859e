import { expect, it } from "vitest";
import { stepsOf } from "./columns";

it("counts the steps of a flow in either form, over all its workflows", () => {
  expect(stepsOf({ flow: { steps: [{ a: "GET /a" }, { b: "GET /b" }] } })).toBe(2);
  expect(stepsOf({ flow: { flows: [{ steps: { a: "GET /a" } }, { steps: [{ b: "GET /b" }] }] } })).toBe(2);
  expect(stepsOf({ arazzo: { workflows: [{ steps: [{}, {}] }, { steps: [{}] }] } })).toBe(3);
  expect(stepsOf({})).toBe(0);
});
