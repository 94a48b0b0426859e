import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { environmentOf, KIND_INFO, linkTo } from "~/api/kinds";
import type { DocumentView, Kind } from "~/api/types";
import { insideOf, isObject, tagOf } from "~/forms/schema";
import { exact } from "~/lib/format";
import { buttonClass } from "~/ui/basics";
import { Icon } from "~/ui/icons";
import { List } from "~/ui/list";
import { columnsOf, isOff } from "./columns";
import { leadsTo } from "./route";
import { useBeside } from "./useBeside";

interface Relation {
  kind: Kind;
  /** The column that would say the same in every row. */
  omit?: string;
  /** The property of a new one that names this document. */
  as?: string;
  /** What stands there as long as there is none. */
  none?: string;
  belongs: (other: DocumentView, name: string, document: DocumentView) => boolean;
}

const backendName = (other: DocumentView): unknown => {
  const inside = insideOf(other.spec.backend);
  return tagOf(other.spec.backend) === "upstream" && isObject(inside) ? inside.name : undefined;
};

const RELATIONS: Partial<Record<Kind, Relation[]>> = {
  Service: [
    {
      kind: "Route",
      belongs: (other, _, document) => leadsTo(other, document),
      as: "service",
      omit: "Service",
    },
    {
      kind: "Subscription",
      belongs: (other, name) => other.spec.service === name,
      as: "service",
      omit: "Service",
    },
  ],
  Flow: [
    {
      kind: "Route",
      belongs: (other, _, document) => leadsTo(other, document),
      as: "flow",
      omit: "Flow",
      none: "No route leads to it: only runs from this page, schedules and other flows make its calls. With a route, callers do.",
    },
    {
      kind: "Schedule",
      belongs: (other, name) => other.spec.flow === name,
      as: "flow",
      omit: "Flow",
      none: "No schedule runs it.",
    },
  ],
  Upstream: [
    {
      kind: "Service",
      belongs: (other, name) => backendName(other) === name,
      as: "backend",
      omit: "Backend",
    },
  ],
  Plan: [
    { kind: "Subscription", belongs: (other, name) => other.spec.plan === name, as: "plan", omit: "Plan" },
  ],
  Provider: [
    {
      kind: "ProviderKey",
      belongs: (other, name) => other.spec.provider === name,
      as: "provider",
      omit: "Provider",
    },
    {
      kind: "ModelAlias",
      belongs: (other, name) =>
        JSON.stringify(other.spec.targets ?? []).includes(`"provider":${JSON.stringify(name)}`),
    },
  ],
};

/** What refers to a document. */
export function Related({ document }: { document: DocumentView }): ReactElement {
  return (
    <>
      {(RELATIONS[document.kind] ?? []).map((relation) => (
        <RelatedList key={relation.kind} document={document} relation={relation} />
      ))}
    </>
  );
}

function RelatedList({ document, relation }: { document: DocumentView; relation: Relation }): ReactElement {
  const info = KIND_INFO[relation.kind];
  const { items, known, error } = useBeside(relation.kind, document);
  const rows = (items ?? []).filter((other) => relation.belongs(other, document.name, document));
  return (
    <section className="card overflow-hidden">
      <header className="flex h-10 items-center justify-between border-b border-line pr-2 pl-4">
        <h2 className="text-xs font-medium text-ink-2">{info.title}</h2>
        {relation.as && (
          <Link
            to="/$plural/new"
            params={{ plural: info.plural }}
            search={{
              team: document.team,
              ...environmentOf(document.environment),
              from: document.name,
              as: relation.as,
            }}
            className={buttonClass("quiet", true)}
          >
            <Icon name="plus" size={13} /> New {info.one}
          </Link>
        )}
      </header>
      {rows.length > 0 && <RelatedRows kind={relation.kind} rows={rows} omit={relation.omit} />}
      {known !== "all" ? (
        <p className="px-4 py-3 text-ink-3">
          {error
            ? error.message
            : known === "not yet"
              ? "…"
              : `Only the first ${exact(items?.length)} of the team's ${info.title.toLowerCase()} were looked through.`}
        </p>
      ) : (
        rows.length === 0 && <p className="px-4 py-3 text-ink-3">{relation.none ?? "None."}</p>
      )}
    </section>
  );
}

export function RelatedRows({
  kind,
  rows,
  omit,
}: {
  kind: Kind;
  rows: DocumentView[];
  omit?: string | undefined;
}): ReactElement {
  const info = KIND_INFO[kind];
  const navigate = useNavigate();
  return (
    <div className="overflow-x-auto">
      <List
        inset
        onOpen={(row) => void navigate(linkTo(row))}
        label={info.title}
        rowKey={(row) => `${row.environment}/${row.name}`}
        rows={rows}
        dim={isOff}
        columns={[
          {
            key: "name",
            title: "Name",
            width: "minmax(0,1.2fr)",
            cell: (row) => (
              <Link className="font-medium hover:underline" {...linkTo(row)}>
                {row.title ?? row.name}
              </Link>
            ),
          },
          ...columnsOf(kind).filter((column) => column.key !== omit),
        ]}
      />
    </div>
  );
}
