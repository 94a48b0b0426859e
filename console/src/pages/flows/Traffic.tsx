import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { documentsQuery } from "~/api/queries";
import type { DocumentView } from "~/api/types";
import { addressOf, flowName } from "~/pages/documents/route";
import { TrafficPanel } from "~/pages/documents/TrafficPanel";

/** How many of its routes are drawn. */
const MOST = 2;

/** What callers asked of a flow in the last hour, by its routes. */
export function Traffic({ flow }: { flow: DocumentView }): ReactElement {
  const { team, environment, name } = flow;
  const { data } = useInfiniteQuery(documentsQuery("Route", { team, environment }));
  const routes = (data?.pages ?? []).flatMap((page) => page.items);
  return (
    <>
      {routes
        .filter((route) => flowName(route) === name)
        .slice(0, MOST)
        .map((route) => (
          <TrafficPanel key={route.name} filter={{ route: route.name, team }} by={addressOf(route)} />
        ))}
    </>
  );
}
