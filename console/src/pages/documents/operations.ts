import type { Json, JsonObject } from "~/api/types";
import { isObject } from "~/forms/schema";

export interface Operation {
  method: string;
  path: string;
  summary: string;
  inputs: { name: string; type: string; required: boolean }[];
  statuses: string[];
}

const METHODS = ["get", "head", "query", "post", "put", "patch", "delete", "options", "trace"];
const objects = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** What an OpenAPI document lets callers ask for, in its own order. */
export function operationsOf(described: JsonObject): Operation[] {
  const paths = isObject(described.paths) ? Object.entries(described.paths) : [];
  return paths.flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = isObject(item) ? item[method] : undefined;
      if (!isObject(operation)) return [];
      return [
        {
          method: method.toUpperCase(),
          path,
          summary: typeof operation.summary === "string" ? operation.summary : "",
          inputs: [...parametersOf(operation), ...membersOf(operation)],
          statuses: isObject(operation.responses) ? Object.keys(operation.responses) : [],
        },
      ];
    }),
  );
}

/** Those of path, query and header; `Prefer` is of the gateway, not of the flow. */
function parametersOf(operation: JsonObject) {
  return objects(operation.parameters)
    .filter((one) => one.name !== "Prefer")
    .map((one) => ({ name: String(one.name), type: typeOf(one.schema), required: one.required === true }));
}

function membersOf(operation: JsonObject) {
  const { requestBody } = operation;
  const content = isObject(requestBody) && isObject(requestBody.content) ? requestBody.content : {};
  const [first] = Object.values(content);
  const schema = isObject(first) && isObject(first.schema) ? first.schema : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const members = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  return members.map(([name, one]) => ({ name, type: typeOf(one), required: required.includes(name) }));
}

function typeOf(schema: Json | undefined): string {
  if (!isObject(schema)) return "any";
  if (Array.isArray(schema.type)) return schema.type.map(String).join(" | ");
  return typeof schema.type === "string" ? schema.type : "any";
}
