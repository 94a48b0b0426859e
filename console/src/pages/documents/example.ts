import type { DocumentView, Json, JsonObject } from "~/api/types";
import { isObject } from "~/forms/schema";
import { around, single } from "~/lib/curl";

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

/** The line for a shell that sends it, with the key in `$KEY` where its service wants one. */
export function lineOf(
  { method, path, body }: Example,
  {
    base,
    route,
    access,
    fields = [],
  }: { base: string; route: DocumentView; access?: Json; fields?: string[] },
): string {
  const key = keyPlaceOf(access);
  const host = hostOf(route);
  const header = (text: string) => `-H ${single(text)}`;
  const inQuery = typeof key === "object" && "query" in key;
  const address = inQuery
    ? around(`${base}${path}${path.includes("?") ? "&" : "?"}${encodeURIComponent(key.query)}=`, "KEY")
    : single(`${base}${path}`);
  const secret =
    key === undefined || inQuery ? [] : [key === "bearer" ? "authorization: Bearer " : `${key.header}: `];
  return [
    `curl${fields.length > 0 ? " -i" : ""}${method === "GET" ? "" : ` -X ${method}`} ${address}`,
    ...(host === undefined || new URL(base).hostname === host ? [] : [header(`host: ${host}`)]),
    ...secret.map((before) => `-H ${around(before, "KEY")}`),
    ...fields.map(header),
    ...(body === undefined
      ? []
      : [header("content-type: application/json"), `-d ${single(JSON.stringify(body))}`]),
  ].join(" \\\n  ");
}

/** Where a service looks for a key first; nothing where it wants none. */
function keyPlaceOf(access: Json | undefined): "bearer" | { header: string } | { query: string } | undefined {
  const { mode, keys } = isObject(access) ? access : {};
  if (mode === "public") return undefined;
  const [first] = Array.isArray(keys) ? keys : [];
  if (isObject(first) && typeof first.header === "string") return { header: first.header };
  if (isObject(first) && typeof first.query === "string") return { query: first.query };
  return "bearer";
}

/** A host that the route answers on; nothing where it does on any. */
function hostOf(route: DocumentView): string | undefined {
  const hosts = Array.isArray(route.spec.hosts) ? route.spec.hosts.map(String) : [];
  return (hosts.find((host) => !host.includes("*")) ?? hosts[0])?.replace("*", "any");
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
