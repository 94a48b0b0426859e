import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { useGateway } from "~/api/gateway";
import { KIND_INFO } from "~/api/kinds";
import type { DocumentView, Json, JsonObject } from "~/api/types";
import { insideOf, isObject, labelOf, referencedKind, tagOf } from "~/forms/schema";
import { dateTime } from "~/lib/format";
import { Badge, CodeLine } from "~/ui/basics";
import { ApplicationPanels } from "./ApplicationPanels";
import { policyWords } from "./columns";
import { HealthPanel } from "./HealthPanel";
import { Related } from "./Related";
import { TrafficPanel } from "./TrafficPanel";

/** A document for reading: what it says, what belongs to it, what goes through it. */
export function SummaryTab({ document }: { document: DocumentView }): ReactElement {
  const { kind, name, team } = document;
  return (
    <div className="mx-auto grid max-w-6xl items-start gap-5 p-5 lg:grid-cols-[minmax(0,1fr)_300px]">
      <div className="flex min-w-0 flex-col gap-5">
        {kind === "Service" && <TrafficPanel filter={{ service: name, team }} />}
        {kind === "Route" && <TrafficPanel filter={{ route: name, team }} />}
        {kind === "Upstream" && <HealthPanel team={team} name={name} />}
        {kind === "Upstream" && <TrafficPanel filter={{ upstream: name, team }} />}
        {kind === "Application" && <ApplicationPanels document={document} />}
        {kind === "ModelAlias" && <TryModel name={name} />}
        <section className="card">
          <h2 className="border-b border-line px-4 py-2.5 text-xs font-medium text-ink-2">Settings</h2>
          <Tree value={document.spec} path="/spec" team={team} />
        </section>
        <Related document={document} />
      </div>
      <aside className="card p-4">
        {document.description && (
          <p className="mb-4 whitespace-pre-wrap text-ink-2">{document.description}</p>
        )}
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5">
          <Fact name="Team">{team}</Fact>
          <Fact name="Name">
            <span className="font-mono text-xs">{name}</span>
          </Fact>
          <Fact name="Environment">{document.environment}</Fact>
          <Fact name="Created">{dateTime(document.created_at)}</Fact>
          <Fact name="Changed">{dateTime(document.updated_at)}</Fact>
          <Fact name="By">{document.updated_by ?? "Weir"}</Fact>
        </dl>
        {Object.keys(document.labels ?? {}).length > 0 && (
          <p className="mt-4 flex flex-wrap gap-1">
            {Object.entries(document.labels ?? {}).map(([label, value]) => (
              <Badge key={label}>
                {label}: {value}
              </Badge>
            ))}
          </p>
        )}
      </aside>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }): ReactElement {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="truncate">{children}</dd>
    </>
  );
}

function TryModel({ name }: { name: string }): ReactElement {
  const gateway = useGateway();
  const body = JSON.stringify({ model: name, messages: [{ role: "user", content: "Hello" }] });
  return (
    <CodeLine
      code={`curl ${gateway}/v1/chat/completions -H "authorization: Bearer $KEY" \\\n  -H 'content-type: application/json' -d '${body}'`}
    />
  );
}

/** The spec as a quiet table; references are links, policies are said in words. */
function Tree({ value, path, team }: { value: JsonObject; path: string; team: string }): ReactElement {
  const entries = Object.entries(value);
  if (entries.length === 0) return <p className="px-4 py-3 text-ink-3">All as by default.</p>;
  return (
    <dl className="divide-y divide-line">
      {entries.map(([name, entry]) => (
        <div key={name} className="grid grid-cols-[150px_minmax(0,1fr)] gap-4 px-4 py-2">
          <dt className="text-ink-3">{labelOf(name)}</dt>
          <dd className="min-w-0">
            <Leaf value={entry} path={`${path}/${name}`} team={team} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Leaf({ value, path, team }: { value: Json; path: string; team: string }): ReactElement {
  if (Array.isArray(value)) {
    if (path.endsWith("/policies")) {
      return (
        <div className="flex flex-col gap-1">
          {value.map((use, index) => (
            <span key={index}>
              <Badge>{labelOf(tagOf(use) ?? "")}</Badge>{" "}
              {tagOf(use) === "ref" ? (
                <Leaf value={insideOf(use) ?? ""} path="/ref" team={team} />
              ) : (
                <span className="text-ink-2">{policyWords(use)}</span>
              )}
            </span>
          ))}
        </div>
      );
    }
    return (
      <div className="flex flex-col gap-1">
        {value.map((entry, index) => (
          <Leaf key={index} value={entry} path={path} team={team} />
        ))}
      </div>
    );
  }
  if (isObject(value)) {
    return (
      <span className="flex flex-wrap gap-x-4 gap-y-1">
        {Object.entries(value).map(([name, entry]) => (
          <span key={name} className="inline-flex max-w-full flex-wrap items-baseline gap-1.5">
            <span className="text-xs text-ink-3">{labelOf(name).toLowerCase()}</span>
            <Leaf value={entry} path={`${path}/${name}`} team={team} />
          </span>
        ))}
      </span>
    );
  }
  if (typeof value === "boolean") return <span>{value ? "yes" : "no"}</span>;
  const kind = typeof value === "string" ? referencedKind(path) : undefined;
  if (kind && typeof value === "string") {
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
  return <span className="font-mono text-xs break-all">{String(value)}</span>;
}
