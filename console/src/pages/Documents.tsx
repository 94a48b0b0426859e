import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type ReactElement, useEffect, useState } from "react";
import { KIND_INFO, kindOfPlural, linkTo } from "~/api/kinds";
import { documentsQuery, sessionQuery } from "~/api/queries";
import type { DocumentView, Kind } from "~/api/types";
import { ago } from "~/lib/format";
import { useHotkeys, useNow, useSettled, useTitle } from "~/lib/hooks";
import { NAV_ITEMS } from "~/shell/nav";
import { Button, buttonClass, CodeLine, Empty, ErrorNote, Lines, PageHeader } from "~/ui/basics";
import { Icon } from "~/ui/icons";
import { type Column, List } from "~/ui/list";
import { columnsOf, isOff } from "./documents/columns";
import { NotFound } from "./Fallbacks";

export default function Documents(): ReactElement {
  const { plural } = useParams({ from: "/app/$plural" });
  const kind = kindOfPlural(plural);
  return kind ? <DocumentsPage key={kind} kind={kind} /> : <NotFound />;
}

function DocumentsPage({ kind }: { kind: Kind }): ReactElement {
  const info = KIND_INFO[kind];
  useTitle(info.title);
  const navigate = useNavigate();
  useHotkeys({ c: () => void navigate({ to: "/$plural/new", params: { plural: info.plural } }) });
  return (
    <>
      <PageHeader title={info.title} about={info.about}>
        {kind === "Application" && (
          <Link to="/$plural" params={{ plural: "credentials" }} className={buttonClass()}>
            <Icon name="key" size={14} /> All keys
          </Link>
        )}
        {kind !== "Credential" && (
          <Link to="/$plural/new" params={{ plural: info.plural }} className={buttonClass("primary")}>
            <Icon name="plus" size={14} /> New {info.one}
          </Link>
        )}
      </PageHeader>
      <DocumentList kind={kind} />
    </>
  );
}

/** The documents of a kind, over all teams that one sees. */
export function DocumentList({ kind }: { kind: Kind }): ReactElement {
  const info = KIND_INFO[kind];
  const search = useSearch({ strict: false });
  const navigate = useNavigate();
  const now = useNow();
  const { data: session } = useQuery(sessionQuery);
  const [typed, setTyped] = useState(search.q ?? "");
  const q = useSettled(typed, 180);
  useEffect(() => {
    if (q !== (search.q ?? ""))
      void navigate({
        to: ".",
        search: (old: object) => ({ ...old, q: q || undefined }),
        replace: true,
      } as never);
  }, [q]);
  const setTeam = (team: string) =>
    void navigate({
      to: ".",
      search: (old: object) => ({ ...old, team: team || undefined }),
      replace: true,
    } as never);
  const setEnvironment = (environment: string) =>
    void navigate({
      to: ".",
      search: (old: object) => ({ ...old, environment: environment || undefined }),
      replace: true,
    } as never);
  const found = useInfiniteQuery(
    documentsQuery(kind, {
      ...(q ? { q } : {}),
      ...(search.team ? { team: search.team } : {}),
      ...(search.environment ? { environment: search.environment } : {}),
    }),
  );
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const teams = session?.teams ?? [];
  // Most installations have but one environment, and are not bothered with it.
  const environments = [
    ...new Set([...rows.map((row) => row.environment), ...(search.environment ? [search.environment] : [])]),
  ].sort();
  const several = environments.some((name) => name !== "default");
  const columns: Column<DocumentView>[] = [
    { key: "name", title: "Name", width: "minmax(180px,1.6fr)", cell: (row) => <NameCell document={row} /> },
    ...columnsOf(kind),
    {
      key: "team",
      title: "Team",
      width: "minmax(0,.7fr)",
      cell: (row) => <span className="text-ink-2">{row.team}</span>,
    },
    ...(several
      ? [
          {
            key: "environment",
            title: "Environment",
            width: "minmax(0,.7fr)",
            cell: (row: DocumentView) => <span className="text-ink-2">{row.environment}</span>,
          },
        ]
      : []),
    {
      key: "changed",
      title: "Changed",
      width: "96px",
      right: true,
      cell: (row) => <span className="text-ink-3">{ago(row.updated_at, now)}</span>,
    },
  ];
  const open = (row: DocumentView) => void navigate(linkTo(row));
  const filtered = q !== "" || search.team !== undefined || search.environment !== undefined;
  return (
    <>
      <div className="flex min-h-11 shrink-0 flex-wrap items-center gap-2 border-b border-line px-5 py-1.5">
        <label className="relative max-sm:flex-1">
          <Icon name="search" size={14} className="absolute top-2 left-2.5 text-ink-3" />
          <input
            data-search=""
            type="search"
            className="input w-60 pl-8! max-sm:w-full"
            placeholder={`Find a ${info.one}`}
            aria-label={`Find a ${info.one}`}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        {teams.length > 1 && (
          <select
            aria-label="Team"
            className="input w-auto"
            value={search.team ?? ""}
            onChange={(event) => setTeam(event.target.value)}
          >
            <option value="">All teams</option>
            {teams.map((team) => (
              <option key={team}>{team}</option>
            ))}
          </select>
        )}
        {several && (
          <select
            aria-label="Environment"
            className="input w-auto"
            value={search.environment ?? ""}
            onChange={(event) => setEnvironment(event.target.value)}
          >
            <option value="">All environments</option>
            {environments.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
        <span className="ml-auto text-xs text-ink-3 max-sm:hidden">
          {found.data &&
            `${rows.length}${found.hasNextPage ? "+" : ""} ${rows.length === 1 ? info.one : info.title.toLowerCase()}`}
        </span>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {found.error && rows.length === 0 ? (
          <ErrorNote error={found.error} retry={() => void found.refetch()} />
        ) : found.isPending ? (
          <Lines />
        ) : rows.length === 0 ? (
          <NoDocuments
            kind={kind}
            filtered={filtered}
            onClear={() => {
              setTyped("");
              void navigate({ to: ".", search: {}, replace: true } as never);
            }}
          />
        ) : (
          <List
            label={info.title}
            columns={columns}
            rows={rows}
            rowKey={(row) => `${row.team}/${row.environment}/${row.name}`}
            onOpen={open}
            dim={isOff}
          />
        )}
        {found.hasNextPage && (
          <div className="p-4 text-center">
            <Button onClick={() => void found.fetchNextPage()}>Show more</Button>
          </div>
        )}
      </div>
    </>
  );
}

function NameCell({ document }: { document: DocumentView }): ReactElement {
  return (
    <span className="flex min-w-0 items-baseline gap-2">
      <span className="truncate font-medium">{document.title ?? document.name}</span>
      {document.title && document.title.toLowerCase() !== document.name && (
        <span className="truncate font-mono text-2xs text-ink-3">{document.name}</span>
      )}
    </span>
  );
}

function NoDocuments({
  kind,
  filtered,
  onClear,
}: {
  kind: Kind;
  filtered: boolean;
  onClear: () => void;
}): ReactElement {
  const info = KIND_INFO[kind];
  const icon = NAV_ITEMS.find((item) => item.kind === kind)?.icon ?? "service";
  if (filtered) {
    return (
      <Empty icon="search" title={`No ${info.one} fits`}>
        <Button onClick={onClear}>Take the filters off</Button>
      </Empty>
    );
  }
  return (
    <Empty icon={icon} title={`No ${info.title.toLowerCase()} yet`}>
      <p>{info.about}</p>
      {kind !== "Credential" && (
        <Link to="/$plural/new" params={{ plural: info.plural }} className={buttonClass("primary")}>
          New {info.one}
        </Link>
      )}
      <p className="pt-2 text-ink-3">or over the API, with a token from Settings:</p>
      <CodeLine
        code={`curl -X POST ${window.location.origin}/api/v1/teams/TEAM/${info.plural} \\\n  -H 'authorization: Bearer weir_at_…' -H 'content-type: application/json' -d @${info.one.replaceAll(" ", "-")}.json`}
      />
    </Empty>
  );
}
