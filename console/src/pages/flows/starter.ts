import type { DocumentBody, DocumentView, Json, JsonObject } from "~/api/types";

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What a new flow begins with: one call of a service that is described, in the short form. */
export function starter(services: DocumentView[], team: string): DocumentBody {
  const own = services.filter((one) => one.team === team);
  const found = own.map((one) => ({ service: one.name, path: pathOf(one) })).find((one) => one.path);
  const { service, path } = found ?? { service: "SERVICE", path: "/items/{id}" };
  const inputs = [...(path ?? "").matchAll(/\{([^}]*)\}/g)].map(([, name]) => [name ?? "", "string"]);
  const flow: JsonObject = {
    ...(inputs.length > 0 ? { inputs: Object.fromEntries(inputs) } : {}),
    steps: [{ first: `GET ${(path ?? "").replaceAll("{", "{inputs.")}` }],
    response: { first: "first" },
  };
  const source = service.replaceAll(/[^\w-]/g, "-");
  return { kind: "Flow", team, name: "new-flow", spec: { flow, sources: { [source]: { service } } } };
}

/** The way to something that can be read, with few inputs. */
function pathOf(service: DocumentView): string | undefined {
  const { openapi } = service.spec;
  const paths = isObject(openapi) && isObject(openapi.paths) ? Object.entries(openapi.paths) : [];
  const plain = (path: string) => /^[\w\-/.{}]*$/.test(path);
  const read = paths.filter(([path, item]) => isObject(item) && isObject(item.get) && plain(path));
  const holes = (path: string) => path.split("{").length - 1;
  // One that asks for something shows what inputs are for.
  const rank = (path: string) => (holes(path) === 1 ? 0 : holes(path) + 1);
  return read.map(([path]) => path).sort((a, b) => rank(a) - rank(b))[0];
}
