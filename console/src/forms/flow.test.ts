import { expect, it } from "vitest";
import type { DocumentBody, JsonObject } from "~/api/types";
import { listed, readFlow, sentFlow, shown } from "./flow";
import { fromText, lineOf, toText } from "./text";

const steps: JsonObject[] = [{ second: "GET /b" }, { first: { when: "true", call: "GET /a" } }];
const body = (flow: JsonObject): DocumentBody => ({
  kind: "Flow",
  name: "page",
  spec: { flow, sources: {} },
});

it("has steps as a list where it is sent and as an object where it is read, in their order", () => {
  const text = toText(body({ steps, inputs: { id: "string" } }), "yaml");
  expect(text).toContain("    inputs:\n      id: string\n    steps:\n      second: GET /b\n      first:\n");
  const parsed = fromText(text, "yaml", {});
  expect(parsed).toMatchObject({ body: { spec: { flow: { steps } } } });
  expect(shown({ flows: [{ steps }] })).toEqual({
    flows: [{ steps: Object.assign({}, ...steps) as JsonObject }],
  });
  expect(sentFlow({ kind: "Plan", name: "p", spec: { flow: {} } }).spec).toEqual({ flow: {} });
});

it("leaves steps alone whose order an object would not keep", () => {
  const numbers: JsonObject[] = [{ b: "GET /b" }, { 1: "GET /a" }];
  expect(shown({ steps: numbers })).toEqual({ steps: numbers });
  expect(shown({ steps: [{ a: "GET /a" }, { a: "GET /b" }] })).toEqual({
    steps: [{ a: "GET /a" }, { a: "GET /b" }],
  });
  expect(listed({ steps: { b: "x", 1: "y" } })).toEqual({ steps: { b: "x", 1: "y" } });
  expect(listed("page.yaml")).toBe("page.yaml");
});

it("writes members of Arazzo in their usual order", () => {
  const arazzo = { workflows: [{ steps: [], workflowId: "w" }], info: {}, arazzo: "1.1.0", "x-own": 1 };
  const read = readFlow({ kind: "Flow", name: "f", spec: { sources: {}, arazzo } }).spec.arazzo as JsonObject;
  expect(Object.keys(read)).toEqual(["arazzo", "info", "workflows", "x-own"]);
  expect(Object.keys((read.workflows as JsonObject[])[0] as JsonObject)).toEqual(["workflowId", "steps"]);
});

it("finds the line of a step by its place in the list", () => {
  const text = toText(body({ steps }), "yaml");
  const line = text.split("\n").findIndex((one) => one.includes("call: GET /a")) + 1;
  expect(lineOf(text, "/spec/flow/steps/1/first/call")).toBe(line);
  expect(lineOf(text, "/spec/flow/steps/0/second")).toBe(
    text.split("\n").indexOf("      second: GET /b") + 1,
  );
  const json = toText(body({ steps }), "json");
  expect(lineOf(json, "/spec/flow/steps/1/first/call")).toBeGreaterThan(lineOf(json, "/spec/flow/steps"));
});
