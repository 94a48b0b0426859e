import type { DocumentView, FlowPlan, Json, JsonObject } from "~/api/types";
import { isObject } from "~/forms/schema";

/** What a new route or schedule of a flow begins with, so far as the flow tells. */

/** A route that a caller reaches with one input in the path, the others in the query or the body. */
export function routeOf(flow: DocumentView, plan: FlowPlan | undefined): JsonObject {
  const workflow = plan?.workflows.find((one) => one.id === plan.workflow);
  const [first] = requiredOf(workflow?.inputs ?? null).filter(([, schema]) => isPlain(schema));
  // Without a plan nobody knows whether it changes something.
  const safe = workflow !== undefined && plan?.workflows.every((one) => one.steps.every((step) => step.safe));
  return {
    service: serviceOf(flow),
    paths: [`/${flow.name}${first && safe ? `/{${first[0]}}` : ""}`],
    methods: [safe ? "GET" : "POST"],
    flow: { name: flow.name },
  };
}

/** A schedule with a place for each input that must be there. */
export function scheduleOf(flow: DocumentView, plan: FlowPlan | undefined): JsonObject {
  const workflow = plan?.workflows.find((one) => one.id === plan.workflow);
  const inputs = requiredOf(workflow?.inputs ?? null).map(([name, schema]) => [name, beginning(schema)]);
  return {
    cron: "0 3 * * *",
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    flow: flow.name,
    ...(inputs.length > 0 ? { inputs: Object.fromEntries(inputs) } : {}),
  };
}

/** Inputs without which the flow does not run. */
function requiredOf(schema: Json): [string, Json][] {
  if (!isObject(schema) || !isObject(schema.properties)) return [];
  const { properties, required } = schema;
  if (!Array.isArray(required)) return [];
  return required.flatMap((name): [string, Json][] =>
    typeof name === "string" ? [[name, properties[name] ?? {}]] : [],
  );
}

const typeOf = (schema: Json) => (isObject(schema) && typeof schema.type === "string" ? schema.type : "");

/** Whether it can stand in a path. */
const isPlain = (schema: Json) => ["string", "integer"].includes(typeOf(schema));

/** A value of its type: of a day the day of the run. */
function beginning(schema: Json): Json {
  const format = isObject(schema) ? schema.format : undefined;
  if (format === "date") return "{$schedule.date}";
  if (format === "date-time") return "{$schedule.time}";
  const values: Record<string, Json> = { integer: 0, number: 0, boolean: false, array: [], object: {} };
  return values[typeOf(schema)] ?? "";
}

/** The service of the flow's first source: that is where its route is at home. */
function serviceOf(flow: DocumentView): string {
  const { sources } = flow.spec;
  const first = isObject(sources) ? Object.values(sources)[0] : undefined;
  return isObject(first) && typeof first.service === "string" ? first.service : "";
}
