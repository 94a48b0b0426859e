import type { Json, JsonObject, Kind, Schema } from "~/api/types";

/** What a form is made of: a JSON Schema read down to the few shapes that the documents have. */

export interface Common {
  description: string;
  default: Json | undefined;
  nullable: boolean;
}

export interface Option {
  /** The word in the document, a tag where it carries a value. */
  tag: string;
  description: string;
  /** Absent: the word stands alone. */
  schema?: Schema;
}

export interface FieldShape {
  name: string;
  schema: Schema;
  required: boolean;
}

export type Shape = Common &
  (
    | { type: "string"; pattern: string | undefined; definition: string | undefined }
    | { type: "number"; integer: boolean; minimum: number | undefined; maximum: number | undefined }
    | { type: "boolean" }
    | { type: "choice"; options: Option[] }
    | { type: "array"; items: Schema; minItems: number }
    | { type: "map"; values: Schema }
    | { type: "object"; fields: FieldShape[] }
    /** Free JSON: another document within this one, say. */
    | { type: "json" }
    | { type: "unknown" }
  );

/** What an absent choice means: the schema leaves out defaults that are not written. */
const DEFAULT_CHOICES: Record<string, string> = {
  AccessMode: "subscription",
  CountBy: "application",
  HostHeader: "target",
  Protocol: "http1",
  ServiceState: "published",
  SubscriptionState: "active",
  WhenNoneHealthy: "try_all",
};

function lookUp(schema: Schema, root: Schema): { schema: Schema; name: string | undefined } {
  let current = schema;
  let name: string | undefined;
  // A document's schema is shallow; the bound keeps a broken one from hanging the page.
  for (let depth = 0; current.$ref !== undefined && depth < 16; depth += 1) {
    name = current.$ref.split("/").at(-1);
    const target: Schema = root.$defs?.[name ?? ""] ?? {};
    const { $ref: _, ...rest } = current;
    current = { ...target, ...rest };
  }
  return { schema: current, name };
}

const isNull = (schema: Schema) => schema.type === "null" || schema.const === null;

/** The shape of a schema within `root`, whose `$defs` it may refer to. */
export function shapeOf(schema: Schema, root: Schema): Shape {
  const found = lookUp(schema, root);
  const { name } = found;
  let current = found.schema;
  let nullable = false;
  const either = current.anyOf ?? (current.oneOf?.some(isNull) ? current.oneOf : undefined);
  if (either) {
    const rest = either.filter((option) => !isNull(option));
    nullable = rest.length < either.length;
    const [only] = rest;
    if (rest.length === 1 && only) {
      const { anyOf: _, oneOf: __, ...words } = current;
      const inner = shapeOf(
        { ...only, ...(words.description ? { description: words.description } : {}) },
        root,
      );
      return { ...inner, nullable, default: words.default ?? inner.default };
    }
    current = { ...current, oneOf: rest };
  }
  let type = current.type;
  if (Array.isArray(type)) {
    nullable = nullable || type.includes("null");
    type = type.find((entry) => entry !== "null");
  }
  const common: Common = {
    description: current.description ?? "",
    default: current.default ?? DEFAULT_CHOICES[name ?? ""],
    nullable,
  };
  if (current.oneOf)
    return { ...common, type: "choice", options: current.oneOf.map((option) => optionOf(option, root)) };
  if (current.enum)
    return {
      ...common,
      type: "choice",
      options: current.enum.map((value) => ({ tag: String(value), description: "" })),
    };
  switch (type) {
    case "string":
      return { ...common, type: "string", pattern: current.pattern, definition: name };
    case "integer":
    case "number":
      return {
        ...common,
        type: "number",
        integer: type === "integer",
        minimum: current.minimum,
        maximum: current.maximum,
      };
    case "boolean":
      return { ...common, type: "boolean" };
    case "array":
      return { ...common, type: "array", items: current.items ?? {}, minItems: current.minItems ?? 0 };
    case "object":
      return objectOf(current, common);
    default:
      return { ...common, type: type === undefined && current.$ref === undefined ? "json" : "unknown" };
  }
}

function objectOf(schema: Schema, common: Common): Shape {
  if (!schema.properties && typeof schema.additionalProperties === "object") {
    return { ...common, type: "map", values: schema.additionalProperties };
  }
  // Members of any name and type have no fields: they are written as text.
  if (!schema.properties && schema.additionalProperties === true) return { ...common, type: "json" };
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    schema: property,
    required: required.has(name),
  }));
  // What must be filled in comes first; the rest keeps the schema's order.
  fields.sort((a, b) => Number(b.required) - Number(a.required));
  return { ...common, type: "object", fields };
}

/** One branch of an externally tagged enum: a word, or an object of one property named by the tag. */
function optionOf(branch: Schema, root: Schema): Option {
  const { schema } = lookUp(branch, root);
  const description = schema.description ?? "";
  if (schema.const !== undefined) return { tag: String(schema.const), description };
  const [entry] = Object.entries(schema.properties ?? {});
  if (!entry) return { tag: schema.title ?? "value", description, schema };
  const [tag, inner] = entry;
  // "See [`Thing`]" points at the Rust type, whose own words are the useful ones.
  const words = description.startsWith("See [")
    ? (lookUp(inner, root).schema.description ?? "")
    : description;
  return { tag, description: words, schema: inner };
}

/** Which option a value of a choice is. */
export function tagOf(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return Object.keys(value)[0];
  return undefined;
}

/** The value under a choice's tag. */
export function insideOf(value: Json | undefined): Json | undefined {
  const tag = tagOf(value);
  if (tag === undefined || typeof value !== "object" || value === null || Array.isArray(value))
    return undefined;
  return value[tag];
}

export function choose(option: Option, root: Schema): Json {
  return option.schema === undefined ? option.tag : { [option.tag]: blankOf(option.schema, root) };
}

/** Where the least that is accepted would be odd. */
const PREFILLED: Record<string, Json> = { port: 80 };

/** The least that a schema accepts: what is required, and nothing else. */
export function blankOf(schema: Schema, root: Schema): Json {
  const shape = shapeOf(schema, root);
  if (shape.default !== undefined && shape.type !== "object" && shape.type !== "array") return shape.default;
  switch (shape.type) {
    case "string":
      return "";
    case "number":
      return shape.minimum ?? 0;
    case "boolean":
      return false;
    case "choice": {
      const [first] = shape.options;
      return first ? choose(first, root) : null;
    }
    case "array":
      return shape.minItems > 0 ? [blankOf(shape.items, root)] : [];
    case "object": {
      const value: JsonObject = {};
      for (const field of shape.fields)
        if (field.required) value[field.name] = PREFILLED[field.name] ?? blankOf(field.schema, root);
      return value;
    }
    case "map":
      return {};
    default:
      return null;
  }
}

const REFERENCES: Record<string, Kind> = {
  service: "Service",
  application: "Application",
  plan: "Plan",
  provider: "Provider",
  upstream: "Upstream",
  flow: "Flow",
  models: "ModelAlias",
  ref: "Policy",
};

/** The kind that a reference at a path names, so that existing names can be offered. */
export function referencedKind(path: string): Kind | undefined {
  const parts = path.split("/").filter((part) => !/^\d+$/.test(part));
  const last = parts.at(-1) ?? "";
  if (last === "name" && parts.at(-2) === "upstream") return "Upstream";
  if (last === "name" && parts.at(-2) === "flow") return "Flow";
  // A flow's steps ask models by a service; lists of models are of aliases.
  if (path === "/spec/models") return "Service";
  return REFERENCES[last];
}

/** Words that are spelled in a way of their own. */
const SPELLED: Record<string, string> = { http1: "HTTP/1.1", graphql: "GraphQL", openapi: "OpenAPI" };
const ACRONYMS = ["tls", "ca", "url", "ai", "api", "cors", "dns"];

/** `first_byte` → `First byte`, `tls` → `TLS`. */
export function labelOf(name: string): string {
  const words = name
    .split("_")
    .map((word) => SPELLED[word] ?? (ACRONYMS.includes(word) ? word.toUpperCase() : word));
  const text = words.join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A copy with the value at one key changed; undefined takes the key away. */
export function withField(value: JsonObject, name: string, next: Json | undefined): JsonObject {
  const { [name]: _, ...rest } = value;
  return next === undefined ? rest : name in value ? { ...value, [name]: next } : { ...rest, [name]: next };
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A default as a placeholder says it. */
export function showDefault(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? "" : String(value);
}

/** A JSON Pointer's parts are escaped (RFC 6901 §3). */
export function pointer(base: string, key: string | number): string {
  return `${base}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
