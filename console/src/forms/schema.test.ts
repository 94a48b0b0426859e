import { describe, expect, it } from "vitest";
import { type Json, type JsonObject, KINDS, type Schema } from "~/api/types";
import {
  blankOf,
  choose,
  insideOf,
  isObject,
  labelOf,
  pointer,
  referencedKind,
  shapeOf,
  tagOf,
  withField,
} from "./schema";
import { schemas as all } from "./schemas.testdata";

/** Every place of a schema, each definition once. */
function walk(
  schema: Schema,
  root: Schema,
  visit: (shape: ReturnType<typeof shapeOf>, path: string) => void,
  path = "/spec",
  seen = new Set<string>(),
): void {
  if (schema.$ref) {
    if (seen.has(schema.$ref)) return;
    seen.add(schema.$ref);
  }
  const shape = shapeOf(schema, root);
  visit(shape, path);
  if (shape.type === "object")
    for (const field of shape.fields) walk(field.schema, root, visit, `${path}/${field.name}`, seen);
  if (shape.type === "array") walk(shape.items, root, visit, `${path}/0`, seen);
  if (shape.type === "map") walk(shape.values, root, visit, `${path}/key`, seen);
  if (shape.type === "choice")
    for (const option of shape.options)
      if (option.schema) walk(option.schema, root, visit, `${path}/${option.tag}`, seen);
}

/** Whether a value is one that the schema describes; enough of JSON Schema for these documents. */
function fits(value: Json | undefined, schema: Schema, root: Schema): boolean {
  const shape = shapeOf(schema, root);
  if (value === null) return shape.nullable || shape.type === "json";
  switch (shape.type) {
    case "string":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "array":
      return (
        Array.isArray(value) &&
        value.length >= shape.minItems &&
        value.every((entry) => fits(entry, shape.items, root))
      );
    case "map":
      return isObject(value);
    case "json":
      return value !== undefined;
    case "object":
      return (
        isObject(value) &&
        shape.fields.every((field) =>
          field.name in value ? fits(value[field.name], field.schema, root) : !field.required,
        )
      );
    case "choice": {
      const option = shape.options.find((entry) => entry.tag === tagOf(value));
      return (
        option !== undefined &&
        (option.schema === undefined ? typeof value === "string" : fits(insideOf(value), option.schema, root))
      );
    }
    default:
      return false;
  }
}

describe.each(KINDS)("the schema of %s", (kind) => {
  const root = all[kind] as Schema;

  it("has a field for every place", () => {
    const unknown: string[] = [];
    walk(root, root, (shape, path) => {
      if (shape.type === "unknown") unknown.push(path);
    });
    expect(unknown).toEqual([]);
  });

  it("begins with a document that has all that is required", () => {
    const blank = blankOf(root, root);
    expect(fits(blank, root, root)).toBe(true);
  });

  it("has a fitting start for each choice", () => {
    walk(root, root, (shape) => {
      if (shape.type !== "choice") return;
      for (const option of shape.options) {
        const value = choose(option, root);
        expect(tagOf(value)).toBe(option.tag);
        if (option.schema) expect(fits(insideOf(value), option.schema, root)).toBe(true);
      }
    });
  });
});

describe("shapes", () => {
  it("reads options, nulls and defaults", () => {
    const upstream = all.Upstream as Schema;
    const tls = shapeOf(upstream.properties?.tls ?? {}, upstream);
    expect([tls.type, tls.nullable, tls.description]).toEqual([
      "object",
      true,
      "TLS to the targets; absent: none.",
    ]);
    const host = shapeOf(upstream.properties?.host_header ?? {}, upstream);
    expect(
      host.type === "choice" && host.options.map((option) => [option.tag, option.schema !== undefined]),
    ).toEqual([
      ["target", false],
      ["client", false],
      ["value", true],
    ]);
    expect(blankOf(upstream, upstream)).toEqual({ targets: [{ host: "", port: 80 }] });
  });

  it("takes a Rust reference's words from what it points at", () => {
    const policy = all.Policy as Schema;
    const shape = shapeOf(policy, policy);
    const limit =
      shape.type === "choice" ? shape.options.find((option) => option.tag === "rate_limit") : undefined;
    expect(limit?.description).toContain("At most so many requests");
  });

  it("does not hang on a schema that refers to itself", () => {
    const loop: Schema = { $ref: "#/$defs/A", $defs: { A: { $ref: "#/$defs/A" } } };
    expect(shapeOf(loop, loop).type).toBe("unknown");
  });
});

describe("small helpers", () => {
  it("knows which kind a reference names", () => {
    expect(referencedKind("/spec/targets/0/provider")).toBe("Provider");
    expect(referencedKind("/spec/backend/upstream/name")).toBe("Upstream");
    expect(referencedKind("/spec/policies/2/ref")).toBe("Policy");
    expect(referencedKind("/spec/flow/name")).toBe("Flow");
    expect(referencedKind("/spec/models")).toBe("Service");
    expect(referencedKind("/spec/backend/ai/models/0")).toBe("ModelAlias");
    expect(referencedKind("/spec/title")).toBeUndefined();
  });

  it("keeps the order of fields and takes absent ones away", () => {
    const value: JsonObject = { a: 1, b: 2 };
    expect(Object.keys(withField(value, "a", 3))).toEqual(["a", "b"]);
    expect(withField(value, "a", undefined)).toEqual({ b: 2 });
  });

  it("labels and escapes", () => {
    expect(labelOf("first_byte")).toBe("First byte");
    expect(labelOf("tls")).toBe("TLS");
    expect(labelOf("openapi")).toBe("OpenAPI");
    expect(pointer("/spec", "a/b~c")).toBe("/spec/a~1b~0c");
  });

  it("takes members of any name and type as text", () => {
    const open = { type: "object", additionalProperties: true } as const;
    expect(shapeOf(open, open).type).toBe("json");
    const map = { type: "object", additionalProperties: { type: "string" } } as const;
    expect(shapeOf(map, map).type).toBe("map");
  });
});
