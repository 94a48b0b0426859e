import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type ReactElement, useEffect, useState } from "react";
import { KIND_INFO, kindOfPlural, linkTo } from "~/api/kinds";
import { documentsQuery, sessionQuery } from "~/api/queries";
import type { DocumentView, Kind } from "~/api/types";
import { ago } from "~/lib/format";
import { useHotkeys, useNow, useSettled, useTitle } from "~/lib/hooks";
import { NAV_ITEMS } from "~/shell/nav";
import { Button, buttonClass, CodeLine, Empty, PageHeader } from "~/ui/basics";
import { Found } from "~/ui/found";
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
  const change = (changed: object) =>
    void navigate({ to: ".", search: (old: object) => ({ ...old, ...changed }), replace: true } as never);
  const setTeam = (team: string) => change({ team: team || undefined });
  const setEnvironment = (environment: string) => change({ environment: environment || undefined });
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
          <Choice label="Team" all="All teams" value={search.team} options={teams} onChange={setTeam} />
        )}
        {several && (
          <Choice
            label="Environment"
            all="All environments"
            value={search.environment}
            options={environments}
            onChange={setEnvironment}
          />
        )}
        <span className="ml-auto text-xs text-ink-3 max-sm:hidden">
          {found.data &&
            `${rows.length}${found.hasNextPage ? "+" : ""} ${rows.length === 1 ? info.one : info.title.toLowerCase()}`}
        </span>
      </div>
      <Found
        found={found}
        count={rows.length}
        empty={
          <NoDocuments
            kind={kind}
            filtered={filtered}
            onClear={() => {
              setTyped("");
              void navigate({ to: ".", search: {}, replace: true } as never);
            }}
          />
        }
      >
        <List
          label={info.title}
          columns={columns}
          rows={rows}
          rowKey={(row) => `${row.team}/${row.environment}/${row.name}`}
          onOpen={open}
          dim={isOff}
        />
      </Found>
    </>
  );
}

/** One of several, or all. */
function Choice({
  label,
  all,
  value,
  options,
  onChange,
}: {
  label: string;
  all: string;
  value: string | undefined;
  options: string[];
  onChange: (value: string) => void;
}): ReactElement {
  return (
    <select
      aria-label={label}
      className="input w-auto"
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{all}</option>
      {options.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}

function NameCell({ document }: { document: DocumentView }): ReactElement {
  return (
    <span className="flex min-w-0 items-baseline gap-2">
      <span className="truncate font-medium">{document.title ?? document.name}</span>
      {document.title && document.title.toLowerCase() !== document.name && (
        <span className="shrink-9999 truncate font-mono text-2xs text-ink-3">{document.name}</span>
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
