import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { providersQuery } from "~/api/queries";
import type { DocumentView } from "~/api/types";
import { ProviderCard } from "./ProviderCard";

/** On a provider's own page: how it fares, and its test. */
export function ProviderPanel({ document }: { document: DocumentView }): ReactElement | null {
  const { name, team, environment } = document;
  const { data } = useInfiniteQuery(providersQuery({ q: name, team }));
  const provider = data?.pages
    .flatMap((page) => page.items)
    .find((item) => item.name === name && item.team === team && item.environment === environment);
  if (!provider) return data ? null : <div className="card h-[124px]" />;
  return (
    <ul>
      <ProviderCard provider={provider} />
    </ul>
  );
}
