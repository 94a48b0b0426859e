import type { DocumentBody, Json, JsonObject } from "~/api/types";

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Objects of the language put such names first, whatever stands in the text. */
const isNumber = (name: string) => /^\d+$/.test(name);

/** The steps of a short form as the admin API takes them, whatever reads its JSON on the way: a list of objects with one member each. */
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

/** A flow's document as it is read by a person: steps by their names, and everything in the order in which it is stored. */
export function readFlow(body: DocumentBody): DocumentBody {
  const flow = body.spec.flow;
  if (body.kind !== "Flow" || flow === undefined) return body;
  return { ...body, spec: { ...body.spec, flow: shown(flow) } };
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
