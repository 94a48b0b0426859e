import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { useGateway } from "~/api/gateway";
import type { DocumentView } from "~/api/types";
import { dateTime } from "~/lib/format";
import { ProviderPanel } from "~/pages/providers/ProviderPanel";
import { Badge, CodeLine } from "~/ui/basics";
import { ApplicationPanels } from "./ApplicationPanels";
import { DeliveriesPanel } from "./DeliveriesPanel";
import { FlowRoutesPanel } from "./FlowRoutesPanel";
import { HealthPanel } from "./HealthPanel";
import { LaterPanel } from "./LaterPanel";
import { Related } from "./Related";
import { flowName } from "./route";
import { SchedulePanel } from "./SchedulePanel";
import { TrafficPanel } from "./TrafficPanel";
import { Tree } from "./Tree";
import { TryRoute } from "./TryRoute";

/** A document for reading: what it says, what belongs to it, what goes through it. */
export function SummaryTab({ document }: { document: DocumentView }): ReactElement {
  const { kind, name, team } = document;
  return (
    <div className="mx-auto grid max-w-[1480px] items-start gap-4 p-5 lg:grid-cols-[minmax(0,1fr)_300px]">
      <div className="flex min-w-0 flex-col gap-4">
        {kind === "Service" && <TrafficPanel filter={{ service: name, team }} />}
        {kind === "Route" && <TrafficPanel filter={{ route: name, team }} />}
        {kind === "Route" && <TryRoute route={document} />}
        {kind === "Upstream" && <HealthPanel of={document} />}
        {kind === "Upstream" && <TrafficPanel filter={{ upstream: name, team }} />}
        {kind === "Provider" && <ProviderPanel document={document} />}
        {kind === "Service" && <FlowRoutesPanel document={document} />}
        {kind === "Service" && <LaterPanel document={document} />}
        {kind === "Schedule" && <SchedulePanel document={document} />}
        {kind === "Webhook" && <DeliveriesPanel document={document} />}
        {kind === "Application" && <ApplicationPanels document={document} />}
        <section className="card">
          <h2 className="border-b border-line px-4 py-2.5 text-xs font-medium text-ink-2">Settings</h2>
          <Tree value={document.spec} path="/spec" team={team} />
        </section>
        {kind === "ModelAlias" && <TryModel name={name} />}
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
          {kind === "Route" && flowName(document) !== undefined && (
            <Fact name="Runs">
              flow <FlowLink of={document} name={flowName(document) ?? ""} />
            </Fact>
          )}
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

/** The flow that a route runs; `team::name` where it is another team's. */
function FlowLink({ of, name }: { of: DocumentView; name: string }): ReactElement {
  const [team, own] = name.includes("::") ? name.split("::", 2) : [of.team, name];
  return (
    <Link
      to="/$plural/$team/$name"
      params={{ plural: "flows", team: team ?? of.team, name: own ?? name }}
      search={of.environment === "default" ? {} : { environment: of.environment }}
      className="text-accent hover:underline"
    >
      {name}
    </Link>
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
    <section className="flex flex-col gap-2">
      <header className="flex items-center justify-between">
        <h2 className="text-xs font-medium text-ink-2">Try it</h2>
        <Link to="/calls" search={{ model: name }} className="text-xs text-accent hover:underline">
          Its calls
        </Link>
      </header>
      <CodeLine
        code={`curl ${gateway}/v1/chat/completions -H "authorization: Bearer $KEY" \\\n  -H 'content-type: application/json' -d '${body}'`}
      />
    </section>
  );
}
