import type { DocumentBody, Json, JsonObject } from "~/api/types";

/** Members of flows that are written before others, in this order. */
const FIRST = [
  "arazzo",
  "$self",
  "flow",
  "title",
  "version",
  "info",
  "summary",
  "description",
  "flows",
  "workflowId",
  "dependsOn",
  "inputs",
  "schema",
  "stepId",
  "when",
  "name",
  "in",
  "url",
  "type",
  "operationId",
  "operationPath",
  "call",
  "context",
  "condition",
  "parameters",
  "headers",
  "requestBody",
  "body",
  "successCriteria",
  "onSuccess",
  "onFailure",
  "steps",
  "outputs",
  "response",
  "sourceDescriptions",
  "sources",
  "workflows",
  "components",
];

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Objects of the language put such names first, whatever stands in the text. */
const isNumber = (name: string) => /^\d+$/.test(name);

/** The steps of a short form as JSON has them, whose objects have no order: a list of objects with one member each. */
export function listed(flow: Json): Json {
  return withSteps(flow, (steps) => {
    const names = isObject(steps) ? Object.keys(steps) : [];
    if (!isObject(steps) || names.some(isNumber)) return steps;
    return names.map((name) => ({ [name]: steps[name] ?? null }));
  });
}

/** The steps of a short form as a person writes them: an object. */
export function shown(flow: Json): Json {
  return withSteps(flow, (steps) => {
    const ones = Array.isArray(steps) ? steps.filter(isObject).flatMap((one) => Object.entries(one)) : [];
    const names = new Set(ones.map(([name]) => name));
    const whole = Array.isArray(steps) && names.size === steps.length && ones.length === steps.length;
    return whole && ones.length > 0 && ![...names].some(isNumber) ? Object.fromEntries(ones) : steps;
  });
}

/** A flow's document as it is sent. */
export function sentFlow(body: DocumentBody): DocumentBody {
  const flow = body.spec.flow;
  if (body.kind !== "Flow" || flow === undefined) return body;
  return { ...body, spec: { ...body.spec, flow: listed(flow) } };
}

/** A flow's document as it is read by a person: members in their usual order, steps by their names. */
export function readFlow(body: DocumentBody): DocumentBody {
  const flow = body.spec.flow;
  if (body.kind !== "Flow") return body;
  return { ...body, spec: ordered({ ...body.spec, ...(flow === undefined ? {} : { flow: shown(flow) }) }) };
}

/** A flow's spec with its members in their usual order, so that the same one is the same text. */
export function ordered({ flow, arazzo, ...rest }: JsonObject): JsonObject {
  return {
    ...(flow === undefined ? {} : { flow: inOrder(flow) }),
    ...(arazzo === undefined ? {} : { arazzo: inOrder(arazzo) }),
    ...rest,
  };
}

function withSteps(flow: Json, change: (steps: Json) => Json): Json {
  if (!isObject(flow)) return flow;
  const { steps, flows } = flow;
  return {
    ...flow,
    ...(steps === undefined ? {} : { steps: change(steps) }),
    ...(Array.isArray(flows) ? { flows: flows.map((one) => withSteps(one, change)) } : {}),
  };
}

function inOrder(value: Json): Json {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isObject(value)) return value;
  const rank = (name: string) => (FIRST.indexOf(name) + FIRST.length + 1) % (FIRST.length + 1);
  const pairs = Object.entries(value).map(([name, inner]): [string, Json] => [name, inOrder(inner)]);
  return Object.fromEntries(pairs.sort(([a], [b]) => rank(a) - rank(b)));
}
