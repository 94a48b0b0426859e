import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { get } from "~/api/client";
import { useGateway } from "~/api/gateway";
import { documentPath, documentQuery } from "~/api/queries";
import type { DocumentView, JsonObject } from "~/api/types";
import { isObject } from "~/forms/schema";
import { CodeLine } from "~/ui/basics";
import { exampleOf, lineOf } from "./example";
import { flowName } from "./route";

/** A line for a shell that calls a route; of one that a flow answers with its inputs, and as a job where its service has them. */
export function TryRoute({ route }: { route: DocumentView }): ReactElement | null {
  const base = useGateway();
  const { team, environment, spec } = route;
  const name = typeof spec.service === "string" ? spec.service : "";
  const own = name !== "" && !name.includes("::");
  const of = { kind: "Service" as const, team, environment, name };
  const { data: service } = useQuery({ ...documentQuery(of), enabled: own, retry: false });
  const { data: described } = useQuery({
    queryKey: ["openapi", team, environment, name, route.revision],
    queryFn: ({ signal }) => get<JsonObject>(documentPath(of, "/openapi"), signal),
    enabled: own && flowName(route) !== undefined,
    retry: false,
  });
  const example = exampleOf(route, described);
  if (!example) return null;
  const { access, jobs } = service?.document.spec ?? {};
  const line = (fields: string[]) =>
    lineOf(example, { base, route, fields, ...(access === undefined ? {} : { access }) });
  return (
    <section className="flex flex-col gap-2" aria-label="Try it">
      <h2 className="text-xs font-medium text-ink-2">Try it</h2>
      <CodeLine code={line([])} />
      {isObject(jobs) && flowName(route) !== undefined && (
        <>
          <p className="text-xs text-ink-3">As a job, whose address is in the answer's Location:</p>
          <CodeLine code={line(["prefer: respond-async"])} />
        </>
      )}
    </section>
  );
}
