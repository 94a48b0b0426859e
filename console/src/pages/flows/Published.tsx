import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { environmentOf, linkTo } from "~/api/kinds";
import { documentsQuery } from "~/api/queries";
import type { DocumentView } from "~/api/types";
import { addressOf, flowName } from "~/pages/documents/route";
import { buttonClass } from "~/ui/basics";
import { Icon } from "~/ui/icons";

/** Where callers reach a flow; the way to make it so where nowhere yet. */
export function Published({ flow, may }: { flow: DocumentView; may: boolean }): ReactElement | null {
  const { team, environment, name } = flow;
  const { data } = useInfiniteQuery(documentsQuery("Route", { team, environment }));
  if (!data) return null;
  const routes = data.pages.flatMap((page) => page.items).filter((route) => flowName(route) === name);
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
  if (!may) return null;
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
