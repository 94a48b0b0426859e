import { expect, it } from "vitest";
import type { DocumentBody, JsonObject } from "~/api/types";
import { listed, sentFlow, shown } from "./flow";
import { fromText, lineOf, toText } from "./text";

const steps: JsonObject[] = [{ second: "GET /b" }, { first: { when: "true", call: "GET /a" } }];
const body = (flow: JsonObject): DocumentBody => ({
  kind: "Flow",
  name: "page",
  spec: { flow, sources: {} },
});

it("has steps as a list where it is sent and as an object where it is read, in their order", () => {
  const text = toText(body({ inputs: { id: "string" }, steps }), "yaml");
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

/** A document's text, read again: the same with the same order of members, as JSON text tells. */
const again = (one: DocumentBody, format: "yaml" | "json") => {
  const parsed = fromText(toText(one, format), format, {});
  return "body" in parsed ? JSON.stringify(parsed.body) : parsed.mistake.message;
};

it("keeps steps and members in their order, whatever their names are", () => {
  // Names that members of flows have too.
  const names = ["pay", "version", "summary", "response", "headers", "call", "context", "body", "steps", "a"];
  const flow: JsonObject = {
    steps: names.map((name) => ({ [name]: `POST /${name}` })),
    response: { id: "pay.id", name: "pay.name", type: "pay.type", body: { z: 1, summary: 2, info: 3 } },
    inputs: { z: "string", schema: "string", a: "string" },
    flows: [{ title: "t", flow: "x", steps: [{ type: "GET /t" }, { name: "GET /n" }] }],
  };
  const arazzo: JsonObject = {
    workflows: [{ steps: [{ requestBody: {}, stepId: "b" }], workflowId: "w" }],
    info: {},
    "x-own": 1,
    arazzo: "1.1.0",
  };
  const specs: JsonObject[] = [{ sources: {}, flow }, { sources: {}, arazzo, timeout: "3s" }, { arazzo }];
  for (const spec of specs) {
    const one: DocumentBody = { kind: "Flow", name: "page", spec };
    expect(again(one, "yaml")).toBe(JSON.stringify(one));
    expect(again(one, "json")).toBe(JSON.stringify(one));
  }
  const text = toText(body(flow), "yaml");
  const lines = text.split("\n").map((line) => line.trim());
  expect(lines.filter((line) => line.includes("POST"))).toEqual(
    names.map((name) => `${name}: POST /${name}`),
  );
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
