import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { get } from "~/api/client";
import { documentPath } from "~/api/queries";
import type { DocumentView, JsonObject } from "~/api/types";
import { buttonClass } from "~/ui/basics";
import { Icon } from "~/ui/icons";
import { type Operation, operationsOf } from "./operations";
import { flowName } from "./route";
import { useRoutesOf } from "./useBeside";

/** What callers may be given of a service whose routes flows answer: their description as OpenAPI. */
export function FlowRoutesPanel({ document }: { document: DocumentView }): ReactElement | null {
  const { name, team, environment } = document;
  const { routes: all, known } = useRoutesOf(document);
  const routes = all.filter((route) => flowName(route) !== undefined);
  const path = documentPath(document, "/openapi");
  const { data: described } = useQuery({
    queryKey: ["openapi", team, environment, name, routes.map((route) => route.revision)],
    queryFn: ({ signal }) => get<JsonObject>(path, signal),
    enabled: routes.length > 0 && known !== "not yet",
    retry: false,
  });
  if (routes.length === 0) return null;
  return (
    <section aria-label="For callers" className="card overflow-hidden">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
        <p className="min-w-0 flex-1 basis-60 text-ink-2">
          {routes.length === 1 && known === "all"
            ? "A flow answers one of its routes"
            : `Flows answer ${routes.length}${known === "all" ? "" : " or more"} of its routes`}
          ; what they take and answer is described for callers.
        </p>
        <a href={path} target="_blank" rel="noreferrer" className={buttonClass()}>
          <Icon name="external" size={14} /> OpenAPI
        </a>
        <a href={path} download={`${name.replaceAll("/", "-")}.openapi.json`} className={buttonClass()}>
          Download
        </a>
      </header>
      {described && (
        <ul className="max-h-96 overflow-y-auto border-t border-line">
          {operationsOf(described).map((operation) => (
            <OperationRow key={`${operation.method} ${operation.path}`} operation={operation} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** What one takes, in two lines. */
function OperationRow({ operation }: { operation: Operation }): ReactElement {
  const { method, path, summary, inputs, statuses } = operation;
  return (
    <li className="border-b border-line px-4 py-2 last:border-0">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <span className="font-mono text-xs wrap-anywhere">
          <span className="font-semibold">{method}</span> {path}
        </span>
        <span className="min-w-0 text-ink-2">{summary}</span>
        <span className="ml-auto text-2xs text-ink-3" title="The statuses that it is answered with">
          {statuses.join(" · ")}
        </span>
      </p>
      {inputs.length > 0 && (
        <p className="mt-0.5 flex flex-wrap gap-x-4 text-xs text-ink-3">
          {inputs.map((input) => (
            <span key={input.name}>
              <span className="font-mono text-ink-2">{input.name}</span> {input.type}
              {!input.required && ", optional"}
            </span>
          ))}
        </p>
      )}
    </li>
  );
}
