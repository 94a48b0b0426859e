import type { ReactElement } from "react";
import type { DocumentView } from "~/api/types";
import { exact } from "~/lib/format";
import { addressOf } from "~/pages/documents/route";
import { TrafficPanel } from "~/pages/documents/TrafficPanel";
import { useRoutesOf } from "~/pages/documents/useBeside";

/** How many of its routes are drawn. */
const MOST = 2;

/** What callers asked of a flow in the last hour, by its routes. */
export function Traffic({ flow }: { flow: DocumentView }): ReactElement {
  const { routes } = useRoutesOf(flow);
  const others = routes.length - MOST;
  return (
    <>
      {routes.slice(0, MOST).map((route) => (
        <TrafficPanel
          key={route.name}
          filter={{ route: route.name, team: flow.team }}
          by={addressOf(route)}
        />
      ))}
      {others > 0 && (
        <p className="px-1 text-xs text-ink-3">
          and {exact(others)} more {others === 1 ? "route" : "routes"}, each with its calls on its own page
        </p>
      )}
    </>
  );
}
