import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { KIND_INFO } from "~/api/kinds";
import type { Json, JsonObject, Kind } from "~/api/types";
import { insideOf, isObject, labelOf, referencedKind, tagOf } from "~/forms/schema";
import { Badge } from "~/ui/basics";
import { policyWords } from "./columns";

interface Place {
  path: string;
  team: string;
}

/** A spec as a quiet table; references are links, policies are said in words. */
export function Tree({ value, path, team }: Place & { value: JsonObject }): ReactElement {
  const entries = Object.entries(value);
  if (entries.length === 0) return <p className="px-4 py-3 text-ink-3">All as by default.</p>;
  return (
    <dl className="divide-y divide-line">
      {entries.map(([name, entry]) => (
        <div
          key={name}
          className="grid items-baseline gap-x-4 gap-y-0.5 px-4 py-2 sm:grid-cols-[150px_minmax(0,1fr)]"
        >
          <dt className="text-ink-3">{labelOf(name)}</dt>
          <dd className="min-w-0">
            <Leaf value={entry} path={`${path}/${name}`} team={team} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function Leaf({ value, path, team }: Place & { value: Json }): ReactElement {
  if (path === "/spec/backend") return <Backend value={value} team={team} />;
  if (FOLDED.includes(path) && isObject(value)) return <Folded value={value} />;
  if (Array.isArray(value)) {
    if (path.endsWith("/policies")) return <Policies uses={value} team={team} />;
    const columns = columnsIn(value);
    if (columns) return <Rows rows={value as JsonObject[]} columns={columns} path={path} team={team} />;
    return (
      <div className="flex flex-col gap-1">
        {value.map((entry, index) => (
          <Leaf key={index} value={entry} path={path} team={team} />
        ))}
        {value.length === 0 && <span className="text-ink-3">none</span>}
      </div>
    );
  }
  if (isObject(value)) return <Pairs value={value} path={path} team={team} />;
  if (typeof value === "boolean") return <span>{value ? "yes" : "no"}</span>;
  const kind = typeof value === "string" ? referencedKind(path) : undefined;
  if (kind && typeof value === "string") return <Reference kind={kind} value={value} team={team} />;
  return <span className="font-mono text-xs break-all">{value === null ? "–" : String(value)}</span>;
}

/** Documents within a document: too long to stand in a table. */
const FOLDED = ["/spec/openapi", "/spec/arazzo"];

/** What a description is of, and its whole text where that is asked for. */
function Folded({ value }: { value: JsonObject }): ReactElement {
  const info = isObject(value.info) ? value.info : {};
  const paths = isObject(value.paths) ? Object.keys(value.paths).length : 0;
  const version = value.openapi ?? value.arazzo ?? value.swagger;
  const words = [
    typeof info.title === "string" ? info.title : "A description",
    ...(typeof version === "string" ? [version] : []),
    ...(paths > 0 ? [`${paths} ${paths === 1 ? "path" : "paths"}`] : []),
  ];
  return (
    <details>
      <summary className="cursor-pointer hover:text-accent">{words.join(" · ")}</summary>
      <pre className="mt-2 max-h-96 overflow-auto rounded-md border border-line bg-sunken p-3 font-mono text-xs">
        {JSON.stringify(value, null, 2)}
      </pre>
    </details>
  );
}

function Pairs({ value, path, team }: Place & { value: JsonObject }): ReactElement {
  const entries = Object.entries(value);
  if (entries.length === 0) return <span className="text-ink-3">by default</span>;
  return (
    <span className="flex flex-wrap gap-x-4 gap-y-1">
      {entries.map(([name, entry]) => (
        <span key={name} className="inline-flex max-w-full flex-wrap items-baseline gap-1.5">
          <span className="text-xs text-ink-3">{labelOf(name)}</span>
          <Leaf value={entry} path={`${path}/${name}`} team={team} />
        </span>
      ))}
    </span>
  );
}

/** `name` of the same team, or `team::name`. */
export function Reference({ kind, value, team }: { kind: Kind; value: string; team: string }): ReactElement {
  const [first, second] = value.split("::");
  return (
    <Link
      className="text-accent hover:underline"
      to="/$plural/$team/$name"
      params={{
        plural: KIND_INFO[kind].plural,
        team: second ? (first ?? team) : team,
        name: second ?? value,
      }}
    >
      {value}
    </Link>
  );
}

function Backend({ value, team }: { value: Json; team: string }): ReactElement {
  const inside = insideOf(value);
  if (tagOf(value) === "upstream" && isObject(inside)) {
    return (
      <span className="inline-flex flex-wrap items-baseline gap-x-2">
        <Reference kind="Upstream" value={String(inside.name ?? "")} team={team} />
        {typeof inside.path_prefix === "string" && inside.path_prefix !== "" && (
          <span className="text-ink-3">
            under <span className="font-mono text-xs text-ink">{inside.path_prefix}</span>
          </span>
        )}
      </span>
    );
  }
  if (tagOf(value) === "graphql" && isObject(inside)) {
    return (
      <div className="flex flex-col gap-1">
        <Badge tone="accent">GraphQL</Badge>
        <Pairs value={inside} path="/spec/backend/graphql" team={team} />
      </div>
    );
  }
  const models = isObject(inside) && Array.isArray(inside.models) ? inside.models : [];
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-2">
      <Badge tone="accent">AI</Badge>
      {models.length === 0 && "every model alias of the team"}
      {models.map((model) => (
        <Reference key={String(model)} kind="ModelAlias" value={String(model)} team={team} />
      ))}
    </span>
  );
}

function Policies({ uses, team }: { uses: Json[]; team: string }): ReactElement {
  return (
    <div className="flex flex-col gap-1">
      {uses.map((use, index) => (
        <span key={index}>
          <Badge>{labelOf(tagOf(use) ?? "")}</Badge>{" "}
          {tagOf(use) === "ref" ? (
            <Reference kind="Policy" value={String(insideOf(use) ?? "")} team={team} />
          ) : (
            <span className="text-ink-2">{policyWords(use)}</span>
          )}
        </span>
      ))}
      {uses.length === 0 && <span className="text-ink-3">none</span>}
    </div>
  );
}

/** The columns of a list of small objects; undefined where it is something else. */
function columnsIn(list: Json[]): string[] | undefined {
  if (list.length === 0 || !list.every(isObject)) return undefined;
  const names = [...new Set(list.flatMap((entry) => Object.keys(entry as JsonObject)))];
  const flat = list.every((entry) =>
    Object.values(entry as JsonObject).every((inner) => !Array.isArray(inner)),
  );
  return flat && names.length > 1 && names.length <= 6 ? names : undefined;
}

function Rows({
  rows,
  columns,
  path,
  team,
}: Place & { rows: JsonObject[]; columns: string[] }): ReactElement {
  return (
    <div className="overflow-x-auto">
      <table className="text-left">
        <thead className="text-xs text-ink-3">
          <tr>
            {columns.map((name) => (
              <th key={name} className="pr-6 font-normal">
                {labelOf(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {columns.map((name) => (
                <td key={name} className="pt-0.5 pr-6">
                  {row[name] === undefined ? (
                    <span className="text-ink-3">–</span>
                  ) : (
                    <Leaf value={row[name] as Json} path={`${path}/${name}`} team={team} />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
