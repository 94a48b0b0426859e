import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useEffect, useState } from "react";
import { KIND_INFO } from "~/api/kinds";
import { providersQuery, sessionQuery } from "~/api/queries";
import { useHotkeys, useSettled, useTitle } from "~/lib/hooks";
import { Button, buttonClass, Empty, ErrorNote, Lines, PageHeader } from "~/ui/basics";
import { Icon } from "~/ui/icons";
import { ProviderCard } from "./providers/ProviderCard";

/** Every provider with its keys, models and recent traffic; each can be tried out. */
export default function Providers(): ReactElement {
  useTitle("Providers");
  const search = useSearch({ from: "/app/providers" });
  const navigate = useNavigate({ from: "/providers" });
  const { data: session } = useQuery(sessionQuery);
  const [typed, setTyped] = useState(search.q ?? "");
  const q = useSettled(typed, 180);
  useEffect(() => {
    if (q !== (search.q ?? ""))
      void navigate({ search: (old) => ({ ...old, q: q || undefined }), replace: true });
  }, [q]);
  useHotkeys({ c: () => void navigate({ to: "/$plural/new", params: { plural: "providers" } }) });
  const found = useInfiniteQuery(
    providersQuery({ ...(q ? { q } : {}), ...(search.team ? { team: search.team } : {}) }),
  );
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const teams = session?.teams ?? [];
  const add = (
    <Link to="/$plural/new" params={{ plural: "providers" }} className={buttonClass("primary")}>
      <Icon name="plus" size={14} /> New provider
    </Link>
  );
  return (
    <>
      <PageHeader title="Providers" about={KIND_INFO.Provider.about}>
        <Link to="/$plural" params={{ plural: "provider-keys" }} className={buttonClass()}>
          <Icon name="key" size={14} /> All keys
        </Link>
        {add}
      </PageHeader>
      <div className="flex min-h-11 shrink-0 flex-wrap items-center gap-2 border-b border-line px-5 py-1.5">
        <label className="relative max-sm:flex-1">
          <Icon name="search" size={14} className="absolute top-2 left-2.5 text-ink-3" />
          <input
            data-search=""
            type="search"
            className="input w-60 pl-8! max-sm:w-full"
            placeholder="Find a provider"
            aria-label="Find a provider"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        {teams.length > 1 && (
          <select
            aria-label="Team"
            className="input w-auto"
            value={search.team ?? ""}
            onChange={(event) =>
              void navigate({
                search: (old) => ({ ...old, team: event.target.value || undefined }),
                replace: true,
              })
            }
          >
            <option value="">All teams</option>
            {teams.map((team) => (
              <option key={team}>{team}</option>
            ))}
          </select>
        )}
        <span className="ml-auto text-xs text-ink-3 max-sm:hidden">
          {found.data &&
            `${rows.length}${found.hasNextPage ? "+" : ""} ${rows.length === 1 ? "provider" : "providers"} · traffic of the last hour`}
        </span>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {found.error && rows.length === 0 ? (
          <ErrorNote error={found.error} retry={() => void found.refetch()} />
        ) : found.isPending ? (
          <Lines />
        ) : rows.length === 0 ? (
          q !== "" || search.team ? (
            <Empty icon="search" title="No provider fits">
              <Button
                onClick={() => {
                  setTyped("");
                  void navigate({ search: {}, replace: true });
                }}
              >
                Take the filters off
              </Button>
            </Empty>
          ) : (
            <Empty icon="provider" title="No providers yet">
              <p>
                A provider is a vendor’s account or a runtime of one’s own. With one and its key, models can
                be given names that callers use.
              </p>
              {add}
            </Empty>
          )
        ) : (
          <ul className="mx-auto flex max-w-[1480px] flex-col gap-3 p-5 max-sm:p-3">
            {rows.map((row) => (
              <ProviderCard key={`${row.team}/${row.environment}/${row.name}`} provider={row} />
            ))}
            {found.hasNextPage && (
              <li className="text-center">
                <Button onClick={() => void found.fetchNextPage()}>Show more</Button>
              </li>
            )}
          </ul>
        )}
      </div>
    </>
  );
}
