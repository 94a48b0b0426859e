import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { environmentOf, linkTo } from "~/api/kinds";
import type { DocumentView } from "~/api/types";
import { addressOf } from "~/pages/documents/route";
import { useRoutesOf } from "~/pages/documents/useBeside";
import { buttonClass } from "~/ui/basics";
import { Icon } from "~/ui/icons";

/** Where callers reach a flow; the way to make it so where nowhere yet. */
export function Published({ flow, may }: { flow: DocumentView; may: boolean }): ReactElement | null {
  const { team, environment, name } = flow;
  const { routes, known } = useRoutesOf(flow);
  const [first] = routes;
  if (first)
    return (
      <Link
        {...linkTo(first)}
        title="Callers reach it there"
        className="max-w-80 truncate font-mono text-xs text-accent hover:underline max-sm:max-w-52"
      >
        {addressOf(first)}
        {routes.length > 1 && ` +${routes.length - 1}`}
      </Link>
    );
  if (known === "part")
    return (
      <span className="text-xs text-ink-3" title="Not all routes of the team could be looked through">
        Routes not known
      </span>
    );
  if (!may || known === "not yet") return null;
  return (
    <Link
      to="/$plural/new"
      params={{ plural: "routes" }}
      search={{ team, ...environmentOf(environment), from: name, as: "flow" }}
      title="A route of its own, by which callers reach it"
      className={buttonClass()}
    >
      <Icon name="route" size={14} /> Publish
    </Link>
  );
}
