import { type Pages, usePages } from "~/api/pages";
import { documentsQuery } from "~/api/queries";
import type { DocumentView, Kind } from "~/api/types";
import { leadsTo } from "./route";

/** Pages of 200 at most: an installation may have very many documents. */
const MOST = 10;

/** The documents of a kind that are in the same team and environment. */
export function useBeside(kind: Kind, { team, environment }: DocumentView): Pages<DocumentView> {
  return usePages({ ...documentsQuery(kind, { team, environment }), placeholderData: undefined }, MOST);
}

/** The routes that lead to a flow or a service. None is said where all are known alone. */
export function useRoutesOf(document: DocumentView): {
  routes: DocumentView[];
  known: Pages<unknown>["known"];
} {
  const { items, known } = useBeside("Route", document);
  return { routes: (items ?? []).filter((route) => leadsTo(route, document)), known };
}
