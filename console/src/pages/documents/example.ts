import type { DocumentView, Json, JsonObject } from "~/api/types";
import { isObject } from "~/forms/schema";

export interface Example {
  method: string;
  /** Path and query, with words in capitals where a value belongs. */
  path: string;
  body?: Json;
}

/** A request that a route takes; with the description of its service also what stands in query and body. */
export function exampleOf(route: DocumentView, described?: JsonObject): Example | undefined {
  const first = (value: unknown) => (Array.isArray(value) ? value.map(String)[0] : undefined);
  const path = first(route.spec.paths);
  if (path === undefined) return undefined;
  const method = first(route.spec.methods) ?? "GET";
  const filled = path.replace(/\*$/, "").replaceAll(/\{([^}]+)\}/g, (_, name: string) => placeOf(name));
  const paths = isObject(described?.paths) ? described.paths : {};
  const item = paths[path];
  const operation = isObject(item) ? item[method.toLowerCase()] : undefined;
  if (!isObject(operation)) return { method, path: filled };
  const query = (Array.isArray(operation.parameters) ? operation.parameters : [])
    .filter(isObject)
    .filter((one) => one.in === "query" && one.required === true)
    .map((one) => `${String(one.name)}=${placeOf(String(one.name))}`)
    .join("&");
  const schema = schemaOf(operation.requestBody);
  return {
    method,
    path: query === "" ? filled : `${filled}?${query}`,
    ...(schema === undefined ? {} : { body: sampleOf(schema) }),
  };
}

const placeOf = (name: string) => name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_");

function schemaOf(body: Json | undefined): JsonObject | undefined {
  const content = isObject(body) && isObject(body.content) ? body.content["application/json"] : undefined;
  return isObject(content) && isObject(content.schema) ? content.schema : undefined;
}

/** A value of a schema, of objects what must be there. */
function sampleOf(schema: JsonObject): Json {
  for (const name of ["example", "default", "const"]) if (schema[name] !== undefined) return schema[name];
  if (Array.isArray(schema.enum) && schema.enum[0] !== undefined) return schema.enum[0];
  const { type, properties, required } = schema;
  if (type === "object" || isObject(properties)) {
    const must = Array.isArray(required) ? required.map(String) : [];
    const own = isObject(properties) ? properties : {};
    return Object.fromEntries(must.map((name) => [name, isObject(own[name]) ? sampleOf(own[name]) : "…"]));
  }
  if (type === "array") return isObject(schema.items) ? [sampleOf(schema.items)] : [];
  const values: Record<string, Json> = { integer: 1, number: 1, boolean: true, null: null };
  return (typeof type === "string" ? values[type] : undefined) ?? "…";
}
