import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { documentPath, documentsQuery } from "~/api/queries";
import type { DocumentView } from "~/api/types";
import { buttonClass } from "~/ui/basics";
import { Icon } from "~/ui/icons";
import { flowName } from "./route";

/** What callers may be given of a service whose routes flows answer: their description as OpenAPI. */
export function FlowRoutesPanel({ document }: { document: DocumentView }): ReactElement | null {
  const { name, team, environment } = document;
  const { data } = useInfiniteQuery(documentsQuery("Route", { team, environment }));
  const routes = (data?.pages ?? [])
    .flatMap((page) => page.items)
    .filter((route) => route.spec.service === name && flowName(route) !== undefined);
  if (routes.length === 0) return null;
  const path = documentPath(document, "/openapi");
  return (
    <section className="card flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
      <p className="min-w-0 flex-1 basis-60 text-ink-2">
        {routes.length === 1
          ? "A flow answers one of its routes"
          : `Flows answer ${routes.length} of its routes`}
        ; what they take and answer is described for callers.
      </p>
      <a href={path} target="_blank" rel="noreferrer" className={buttonClass()}>
        <Icon name="external" size={14} /> OpenAPI
      </a>
      <a href={path} download={`${name.replaceAll("/", "-")}.openapi.json`} className={buttonClass()}>
        Download
      </a>
    </section>
  );
}
