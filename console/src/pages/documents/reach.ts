import type { DocumentView } from "~/api/types";

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** Whether a path that a route names takes this one. */
export function takes(pattern: string, path: string): boolean {
  const prefix = pattern.endsWith("/*");
  const wanted = (prefix ? pattern.slice(0, -2) : pattern).split("/");
  const given = path.split("/");
  if (prefix ? given.length < wanted.length : given.length !== wanted.length) return false;
  return wanted.every((part, at) => part.startsWith("{") || part === given[at]);
}

/** Where callers reach a path of the service's own, by the first of its routes that leads there. */
export function reachedAt(routes: DocumentView[], path: string, method: string): string | undefined {
  for (const { spec } of routes) {
    const methods = texts(spec.methods);
    if (spec.flow || (methods.length > 0 && !methods.includes(method))) continue;
    const whole = `${typeof spec.strip_prefix === "string" ? spec.strip_prefix : ""}${path}`;
    if (texts(spec.paths).some((pattern) => takes(pattern, whole))) return whole;
  }
  return undefined;
}
