import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { buttonClass, Empty, ErrorNote } from "~/ui/basics";

export function NotFound(): ReactElement {
  return (
    <Empty icon="search" title="There is no such page">
      <p>The link may be old, or what it names was deleted.</p>
      <Link to="/" className={buttonClass("plain")}>
        To the overview
      </Link>
    </Empty>
  );
}

export function RouteError({ error, reset }: ErrorComponentProps): ReactElement {
  return <ErrorNote error={error} retry={reset} />;
}
