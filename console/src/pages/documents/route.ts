import type { DocumentView } from "~/api/types";
import { isObject } from "~/forms/schema";

/** The flow that a route runs. */
export const flowName = (route: DocumentView): string | undefined => {
  const { flow } = route.spec;
  return isObject(flow) && typeof flow.name === "string" ? flow.name : undefined;
};

/** Whether a route leads to a flow or a service of its team and environment. */
export function leadsTo(route: DocumentView, { kind, name }: Pick<DocumentView, "kind" | "name">): boolean {
  return kind === "Flow" ? flowName(route) === name : route.spec.service === name;
}

/** A route in a few words: `GET /shop/pages/{id}`. */
export function addressOf(route: DocumentView): string {
  const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  const [path = ""] = texts(route.spec.paths);
  return [texts(route.spec.methods).join(", "), path].filter(Boolean).join(" ");
}
