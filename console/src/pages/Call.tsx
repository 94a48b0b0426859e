import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { type ReactElement, useMemo } from "react";
import { useGateway } from "~/api/gateway";
import { bodiesQuery, callQuery, sessionQuery } from "~/api/queries";
import type { CallDetail } from "~/api/types";
import { curlOf } from "~/lib/curl";
import { bytes, dateTime, duration, money, operationOf, percent, words } from "~/lib/format";
import { harOf } from "~/lib/har";
import { useHotkeys, useTitle } from "~/lib/hooks";
import { copyText } from "~/lib/toast";
import { Badge, Button, CopyButton, cx, ErrorNote, Lines, PageHeader, statusTone, Tabs } from "~/ui/basics";
import { Icon } from "~/ui/icons";
import { Menu } from "~/ui/menu";
import { FlowBars } from "~/waterfall/FlowBars";
import { type Share, sharesOf } from "~/waterfall/layout";
import { PHASE_INFO } from "~/waterfall/phases";
import { Waterfall } from "~/waterfall/Waterfall";
import { BodiesTab } from "./call/BodiesTab";
import { piecesOf } from "./call/body";
import { FlowFact, JobLink } from "./call/FlowFact";
import { failuresOf } from "./call/failures";
import { AttemptsTab, DetailsTab, TokensTab } from "./call/tabs";
import { Within } from "./call/Within";
import { hasCalls } from "./call/within";

export default function Call(): ReactElement {
  const { id } = useParams({ from: "/app/calls/$id" });
  const { data, error, refetch } = useQuery(callQuery(id));
  useTitle(data ? `${data.method} ${data.path}` : "Call");
  const router = useRouter();
  // Who came by a link has nothing behind them.
  useHotkeys({
    Escape: () =>
      router.history.canGoBack() ? router.history.back() : void router.navigate({ to: "/calls" }),
  });
  if (data) return <Loaded call={data} />;
  return (
    <>
      <PageHeader back={<Back />} title="Call" about={id} />
      {error ? <ErrorNote error={error} retry={() => void refetch()} /> : <Lines />}
    </>
  );
}

function Back(): ReactElement {
  return (
    <Link
      to="/calls"
      aria-label="Back to the calls"
      className="rounded-md p-1 text-ink-3 hover:bg-hover hover:text-ink"
    >
      <Icon name="chevron" className="rotate-180" />
    </Link>
  );
}

function Loaded({ call }: { call: CallDetail }): ReactElement {
  const { tab = call.ai ? "bodies" : "attempts", span } = useSearch({ from: "/app/calls/$id" });
  const navigate = useNavigate({ from: "/calls/$id" });
  const { data: bodies } = useQuery({ ...bodiesQuery(call.id), enabled: call.ai?.dialect !== undefined });
  const pieces = useMemo(() => piecesOf(bodies ?? []), [bodies]);
  const set = (change: { tab?: typeof tab; span?: string | undefined }) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <>
      <CallHeader call={call} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex max-w-[1480px] flex-col gap-4 p-5">
          <Facts call={call} />
          <Split call={call} />
          {call.steps.length > 0 && <Steps call={call} />}
          {hasCalls(call) && <Within call={call} />}
          <Waterfall call={call} pieces={pieces} selected={span} onSelect={(id) => set({ span: id })} />
          <section className="card overflow-hidden">
            <Tabs
              label="Details"
              value={tab}
              options={[
                { value: "bodies", label: "Request and answer" },
                ...(call.ai ? [{ value: "tokens" as const, label: "Tokens and cost" }] : []),
                { value: "attempts", label: "Attempts", count: call.attempts },
                { value: "details", label: "Headers and ids" },
              ]}
              onChange={(next) => set({ tab: next })}
            />
            {tab === "bodies" ? (
              <BodiesTab call={call} />
            ) : tab === "details" ? (
              <DetailsTab call={call} />
            ) : tab === "tokens" && call.ai ? (
              <TokensTab ai={call.ai} pieces={pieces.get(call.attempts) ?? []} />
            ) : (
              <AttemptsTab call={call} />
            )}
          </section>
        </div>
      </div>
    </>
  );
}

/** What a flow or a batch did within the call. */
function Steps({ call }: { call: CallDetail }): ReactElement {
  const isBatch = call.spans.some((span) => span.kind === "stage" && span.name === "batch");
  const title = isBatch ? "Requests of the batch" : "Steps of the flow";
  const failures = failuresOf(call.steps);
  return (
    <section aria-label={title} className="card flex flex-col gap-2 p-3">
      <header className="flex flex-wrap items-baseline justify-between gap-x-4 px-1">
        <h2 className="text-xs font-medium text-ink-2">{title}</h2>
        {call.reason && failures !== "" && <p className="text-xs text-bad">{failures}</p>}
      </header>
      <FlowBars steps={call.steps} total={call.duration_us} what={isBatch ? "Request" : "Step"} />
    </section>
  );
}

function CallHeader({ call }: { call: CallDetail }): ReactElement {
  const base = useGateway(call.tls);
  const navigate = useNavigate();
  const { data: session } = useQuery(sessionQuery);
  const operation = operationOf(call);
  return (
    <PageHeader
      back={<Back />}
      title={
        <span className="flex items-center gap-2.5">
          <Badge tone={statusTone(call.status)}>{call.status ?? "no answer"}</Badge>
          <span className="font-mono text-xs text-ink-3">{call.method}</span>
          <span className="truncate">{call.path}</span>
          {operation && (
            <span className="max-w-80 truncate rounded bg-hover px-1.5 text-xs text-ink-2" title={operation}>
              {operation}
            </span>
          )}
          {call.reason && <Badge tone="bad">{words(call.reason)}</Badge>}
        </span>
      }
      about={`${dateTime(call.at)} · ${call.host ?? ""} · ${call.protocol ?? ""}`}
    >
      <CopyButton text={call.trace_id} what="trace id" label="Trace id" />
      <Button icon="copy" onClick={() => void copyText(curlOf(call, base), "curl line")}>
        Copy as curl
      </Button>
      <Menu
        trigger={<Button icon="more" aria-label="More" />}
        items={[
          {
            label: "Copy permalink",
            icon: "external",
            run: () =>
              void copyText(`${window.location.origin}/calls/${encodeURIComponent(call.id)}`, "link"),
          },
          {
            label: "Explain this request",
            icon: "explain",
            run: () =>
              void navigate({
                to: "/explain",
                search: {
                  method: call.method,
                  path: call.path,
                  ...(call.host ? { host: call.host } : {}),
                  ...(call.application
                    ? { application: `${call.team ?? "default"}/${call.application}` }
                    : {}),
                },
              }),
          },
          null,
          { label: "Copy call id", icon: "copy", run: () => void copyText(call.id, "call id") },
          ...(call.traceparent
            ? [
                {
                  label: "Copy traceparent",
                  icon: "copy" as const,
                  run: () => void copyText(call.traceparent ?? "", "traceparent"),
                },
              ]
            : []),
          {
            label: "Copy as HAR",
            icon: "copy",
            run: () => void copyText(harOf(call, base, session?.version ?? ""), "HTTP archive"),
          },
          {
            label: "Copy as JSON",
            icon: "copy",
            run: () => void copyText(JSON.stringify(call, null, 2), "record"),
          },
        ]}
      />
    </PageHeader>
  );
}

function Facts({ call }: { call: CallDetail }): ReactElement {
  const calls = "text-accent hover:underline";
  const own = call.stages_us;
  return (
    <dl className="card grid grid-cols-2 overflow-hidden sm:grid-cols-4 xl:grid-cols-8">
      <Fact
        label="Duration"
        value={<span className="text-lg font-semibold tracking-tight">{duration(call.duration_us)}</span>}
        note={own === null ? "" : `${duration(own)} in Weir`}
      />
      <Fact
        label="Service"
        value={
          call.service ? (
            <Link
              className={calls}
              title={call.service}
              to="/$plural/$team/$name"
              params={{ plural: "services", team: call.team ?? "default", name: call.service }}
            >
              {call.service}
            </Link>
          ) : (
            "–"
          )
        }
        note={call.team ?? ""}
      />
      <Fact
        label="Route"
        value={
          call.route ? (
            <Link
              className={calls}
              title={call.route}
              to="/$plural/$team/$name"
              params={{ plural: "routes", team: call.team ?? "default", name: call.route }}
            >
              {call.route}
            </Link>
          ) : (
            "–"
          )
        }
        note={call.method}
      />
      <Fact
        label="Application"
        value={
          call.application ? (
            <Link className={calls} to="/calls" search={{ application: call.application }}>
              {call.application}
            </Link>
          ) : (
            "–"
          )
        }
        note={call.plan ? `plan ${call.plan}` : ""}
      />
      {runsFlow(call) ? (
        <Fact label="Flow" value={<FlowFact call={call} />} note={plural(call.steps.length, "step")} />
      ) : call.status === 202 && hasStage(call, "accept") ? (
        <Fact label="Job" value={<JobLink call={call} />} note="answered later" />
      ) : (
        <Fact
          label={call.model ? "Model" : "Upstream"}
          value={call.ai?.model ?? call.model ?? call.upstream ?? "–"}
          note={call.ai ? [call.ai.alias, call.provider].filter(Boolean).join(" · ") : (call.target ?? "")}
        />
      )}
      <Fact label="Bytes" value={`${bytes(call.bytes_in)} in`} note={`${bytes(call.bytes_out)} out`} />
      <Fact label="Client" value={call.client ?? "–"} note={call.credential ?? ""} />
      <Fact
        label={call.ai ? "Cost" : "Attempts"}
        value={
          call.ai
            ? call.ai.cost_micros === null && call.attempts > 0
              ? "unknown"
              : money(call.ai.cost_micros)
            : String(call.attempts)
        }
        note={call.ai ? `${call.attempts} ${call.attempts === 1 ? "attempt" : "attempts"}` : ""}
      />
    </dl>
  );
}

const hasStage = (call: CallDetail, name: string) =>
  call.spans.some((span) => span.kind === "stage" && span.name === name);
const runsFlow = (call: CallDetail) => hasStage(call, "flow");
const plural = (many: number, word: string) => `${many} ${word}${many === 1 ? "" : "s"}`;

function Fact({
  label,
  value,
  note,
}: {
  label: string;
  value: ReactElement | string;
  note: string;
}): ReactElement {
  return (
    <div className="-mt-px -ml-px min-w-0 border-t border-l border-line px-3.5 py-2.5">
      <dt className="label">{label}</dt>
      <dd className="flex h-6 items-center font-medium">
        <span className="min-w-0 truncate" title={typeof value === "string" ? value : undefined}>
          {value}
        </span>
      </dd>
      <dd className="h-4 truncate text-2xs text-ink-3" title={note}>
        {note}
      </dd>
    </div>
  );
}

/** Where the time went, in one line. */
const shareColor = (name: Share["name"]): string =>
  name === "gateway" ? "var(--ph-stage)" : `var(--ph-${name === "steps" ? "wait" : name})`;

function shareLabel(name: Share["name"]): string {
  if (name === "gateway") return "Weir";
  return name === "steps" ? "Calls within" : PHASE_INFO[name].label;
}

function Split({ call }: { call: CallDetail }): ReactElement | null {
  const shares = sharesOf(call);
  const sum = shares.reduce((total, share) => total + share.duration_us, 0);
  if (sum === 0) return null;
  return (
    <section aria-label="Where the time went">
      <div className="flex h-2 overflow-hidden rounded-full bg-hover">
        {shares.map((share) => (
          <span
            key={share.name}
            className={cx(share.name === "queued" && "hatched")}
            style={{
              width: `${(share.duration_us / sum) * 100}%`,
              backgroundColor: shareColor(share.name),
            }}
          />
        ))}
      </div>
      <ul className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-xs">
        {shares.map((share) => (
          <li key={share.name} className="flex items-center gap-1.5">
            <span
              className={cx("size-2 rounded-[2px]", share.name === "queued" && "hatched")}
              style={{
                backgroundColor: shareColor(share.name),
              }}
            />
            <span className="text-ink-2">{shareLabel(share.name)}</span>
            <span className="font-medium">{duration(share.duration_us)}</span>
            <span className="text-ink-3">{percent(share.duration_us, sum)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
