import type { DocumentView } from "~/api/types";
import { isObject } from "~/forms/schema";

/** The flow that a route runs. */
export const flowName = (route: DocumentView): string | undefined => {
  const { flow } = route.spec;
  return isObject(flow) && typeof flow.name === "string" ? flow.name : undefined;
};

/** A route in a few words: `GET /shop/pages/{id}`. */
export function addressOf(route: DocumentView): string {
  const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  const [path = ""] = texts(route.spec.paths);
  return [texts(route.spec.methods).join(", "), path].filter(Boolean).join(" ");
}
