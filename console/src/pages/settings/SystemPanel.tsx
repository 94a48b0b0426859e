import { useQuery } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";
import { Problem } from "~/api/client";
import { systemQuery } from "~/api/queries";
import { bytes, count, dateTime, exact, uptime } from "~/lib/format";
import { ConfigError } from "~/shell/ConfigError";
import { Badge, CodeLine, Empty, ErrorNote, Lines } from "~/ui/basics";

/** The state of the process, its listeners, records and store. */
export function SystemPanel(): ReactElement {
  const { data, error } = useQuery(systemQuery);
  if (error instanceof Problem && (error.status === 403 || error.status === 404))
    return <Empty icon="settings" title="You may not see the state of this installation" />;
  if (error && !data) return <ErrorNote error={error} />;
  if (!data) return <Lines />;
  const { records, store } = data;
  return (
    <div className="mx-auto flex max-w-[1480px] flex-col gap-4 p-5">
      <ConfigError text={data.last_config_error} />
      <div className="grid gap-4 lg:grid-cols-3">
        <Card title="Weir">
          <Pair name="Version">{data.version}</Pair>
          <Pair name="Documents">{exact(data.documents)}</Pair>
          <Pair name="Running for">{uptime(data.uptime_s)}</Pair>
          <Pair name="Started">{dateTime(data.started_at)}</Pair>
          <Pair name="Configuration">revision {data.snapshot_revision ?? "–"}</Pair>
        </Card>
        <Card title="Records">
          <Pair name="Written">{count(records.written)}</Pair>
          <Pair name="Waiting">{exact(Math.max(0, records.queued - records.written - records.failed))}</Pair>
          <Pair name="Dropped">
            {records.dropped > 0 ? <span className="text-bad">{exact(records.dropped)}</span> : "0"}
          </Pair>
          {records.failed > 0 && (
            <Pair name="Not written">
              <span className="text-bad">{exact(records.failed)}</span>
            </Pair>
          )}
          <Pair name="On disk">{bytes(records.disk_bytes)}</Pair>
          <Pair name="Since">{records.oldest ?? "–"}</Pair>
        </Card>
        <Card title="Store">
          <Pair name="Mode">{data.mode === "store" ? "documents in the store" : "documents from files"}</Pair>
          <Pair name="Kind">{store.kind}</Pair>
          {store.path && (
            <Pair name="Path">
              <span className="font-mono text-xs">{store.path}</span>
            </Pair>
          )}
        </Card>
      </div>
      <section className="card overflow-hidden">
        <h2 className="border-b border-line px-4 py-2.5 text-xs font-medium text-ink-2">Listeners</h2>
        {data.listeners.map((listener) => (
          <div
            key={listener.name}
            className="grid grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)_60px_minmax(0,1fr)] items-center gap-3 border-b border-line px-4 py-2 last:border-0"
          >
            <span className="font-medium">{listener.name}</span>
            <span className="font-mono text-xs text-ink-2">{listener.address || "inherited"}</span>
            <span>
              <Badge>{listener.protocol}</Badge>
            </span>
            <span className="text-right text-ink-2">
              {exact(listener.connections)} <span className="text-ink-3">open</span>
            </span>
          </div>
        ))}
      </section>
      <section className="flex flex-col gap-2">
        <h2 className="text-xs font-medium text-ink-2">From outside</h2>
        <CodeLine code={`curl ${window.location.origin}/metrics        # Prometheus`} />
        <CodeLine code={`curl ${window.location.origin}/openapi.json   # the admin API's description`} />
        <CodeLine code={`curl ${window.location.origin}/readyz         # ready to serve?`} />
      </section>
    </div>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <section className="card p-4">
      <h2 className="mb-2 text-xs font-medium text-ink-2">{title}</h2>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5">{children}</dl>
    </section>
  );
}

function Pair({ name, children }: { name: string; children: ReactNode }): ReactElement {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="truncate text-right font-medium">{children}</dd>
    </>
  );
}
