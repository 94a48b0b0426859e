import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { get, query } from "~/api/client";
import { KIND_INFO } from "~/api/kinds";
import { callsQuery, sessionQuery } from "~/api/queries";
import type { CallSummary, Page, ProviderView } from "~/api/types";
import { ago, count, duration, money, percent, words } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { Badge, Button, cx, Dot, type Tone } from "~/ui/basics";
import { apiName } from "./apis";
import { TestResult } from "./TestResult";
import { useTest } from "./useTest";

const link = "text-accent hover:underline";

/** One provider: what it is, what it knows us by, how it fares, and what came of trying it. */
export function ProviderCard({ provider }: { provider: ProviderView }): ReactElement {
  const { data: session } = useQuery(sessionQuery);
  const may = session?.permissions[provider.team]?.includes("documents_write") ?? false;
  const test = useTest(provider);
  const health = healthOf(provider);
  return (
    <li className="card overflow-hidden">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b border-line px-4 py-2.5">
        <span title={health.text} className="flex">
          <Dot tone={health.tone} />
        </span>
        <h2 className="flex min-w-0 flex-1 basis-48 items-baseline gap-2">
          <Link
            {...{
              to: "/$plural/$team/$name" as const,
              params: { plural: KIND_INFO.Provider.plural, team: provider.team, name: provider.name },
              search: provider.environment === "default" ? {} : { environment: provider.environment },
            }}
            className="truncate font-semibold hover:underline"
          >
            {provider.title ?? provider.name}
          </Link>
          <span className="truncate font-mono text-2xs text-ink-3">
            {provider.team}/{provider.name}
            {provider.environment !== "default" && ` in ${provider.environment}`}
          </span>
        </h2>
        <Badge>{provider.vendor ?? apiName(provider.api)}</Badge>
        {may && (
          <Button
            icon="play"
            small
            disabled={test.running}
            aria-label={`Test ${provider.name}`}
            onClick={() => test.run()}
          >
            {test.running ? "Testing…" : "Test"}
          </Button>
        )}
      </header>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 px-4 py-3 lg:grid-cols-[minmax(0,1.5fr)_minmax(0,1.2fr)_minmax(0,1.2fr)_minmax(0,2fr)]">
        <Fact label="Address" wide>
          <span className="truncate font-mono text-xs" title={provider.base_url}>
            {provider.base_url || "–"}
          </span>
        </Fact>
        <Fact label="Key">
          <Keys provider={provider} may={may} />
        </Fact>
        <Fact label="Models for callers">
          <Aliases provider={provider} />
        </Fact>
        <Fact label="Last hour" wide>
          <Traffic provider={provider} />
        </Fact>
      </dl>
      <TestResult provider={provider} test={test} />
    </li>
  );
}

function Fact({
  label,
  children,
  wide = false,
}: {
  label: string;
  children: ReactNode;
  wide?: boolean;
}): ReactElement {
  return (
    <div className={cx("min-w-0", wide && "max-lg:col-span-2")}>
      <dt className="label">{label}</dt>
      <dd className="flex min-h-5 min-w-0 flex-wrap items-center gap-x-1.5">{children}</dd>
    </div>
  );
}

function Keys({ provider, may }: { provider: ProviderView; may: boolean }): ReactElement {
  const now = useNow();
  const used = provider.keys.find((key) => key.used);
  const others = provider.keys.length - (used ? 1 : 0);
  if (provider.keys.length === 0)
    return may ? (
      <Link
        to="/$plural/new"
        params={{ plural: "provider-keys" }}
        search={{ from: provider.name, as: "provider", team: provider.team }}
        className={link}
      >
        Add a key
      </Link>
    ) : (
      <span className="text-ink-3">none</span>
    );
  if (!used) return <Badge tone="warn">none is on</Badge>;
  return (
    <>
      <Link
        to="/$plural/$team/$name"
        params={{ plural: "provider-keys", team: used.team, name: used.name }}
        className={cx(link, "truncate")}
      >
        {used.name}
      </Link>
      <span className="text-2xs text-ink-3" title={used.place ?? undefined}>
        {used.source === "store"
          ? `sealed, ${ago(used.updated_at, now)}`
          : `${used.source} ${used.place ?? ""}`}
      </span>
      {others > 0 && <Badge title={provider.keys.map((key) => key.name).join(", ")}>+{others}</Badge>}
    </>
  );
}

function Aliases({ provider }: { provider: ProviderView }): ReactElement {
  const shown = provider.aliases.slice(0, 3);
  if (shown.length === 0)
    return (
      <Link
        to="/$plural/new"
        params={{ plural: "model-aliases" }}
        search={{ from: "", as: "model", provider: provider.name, team: provider.team }}
        className={link}
      >
        Make an alias
      </Link>
    );
  return (
    <>
      {shown.map((name) => (
        <Link key={name} to="/models" search={{ q: name }} className={link}>
          {name}
        </Link>
      ))}
      {provider.aliases.length > shown.length && (
        <Badge title={provider.aliases.join(", ")}>+{provider.aliases.length - shown.length}</Badge>
      )}
    </>
  );
}

function Traffic({ provider }: { provider: ProviderView }): ReactElement {
  const { traffic } = provider;
  if (!traffic) return <span className="text-ink-3">you may not read metrics</span>;
  if (traffic.calls === 0) return <span className="text-ink-3">no calls</span>;
  const pair = (value: string, name: string, bad = false) => (
    <span className="whitespace-nowrap">
      <b className={cx("font-semibold", bad && "text-bad")}>{value}</b>{" "}
      <span className="text-xs text-ink-3">{name}</span>
    </span>
  );
  return (
    <span className="flex flex-wrap gap-x-4">
      {pair(count(traffic.calls), traffic.calls === 1 ? "call" : "calls")}
      {pair(percent(traffic.errors, traffic.calls), "errors", traffic.errors > 0)}
      {pair(duration(traffic.p50_us), "p50")}
      {pair(duration(traffic.p95_us), "p95")}
      {traffic.tokens > 0 && pair(count(traffic.tokens), "tokens")}
      {traffic.cost_micros > 0 && pair(money(traffic.cost_micros), "")}
      <LastError provider={provider} />
    </span>
  );
}

/** The last call of this provider that failed, from the records. */
function LastError({ provider }: { provider: ProviderView }): ReactElement | null {
  const now = useNow();
  const filters = { upstream: provider.name, team: provider.team, status: "error", limit: 1 };
  const { data } = useQuery({
    queryKey: [...callsQuery({}).queryKey, "last-error", filters],
    queryFn: ({ signal }) => get<Page<CallSummary>>(`/api/v1/calls${query(filters)}`, signal),
    refetchInterval: 30_000,
    retry: false,
  });
  const last = data?.items[0];
  if (!last) return null;
  return (
    <Link to="/calls/$id" params={{ id: last.id }} className="whitespace-nowrap text-bad hover:underline">
      {last.status ?? "no answer"}
      {last.reason && ` ${words(last.reason).toLowerCase()}`}{" "}
      <span className="text-xs text-ink-3">{ago(last.at, now)}</span>
    </Link>
  );
}

function healthOf(provider: ProviderView): { tone: Tone; text: string } {
  const states = provider.targets.map((target) => target.state);
  if (states.includes("ejected"))
    return { tone: "bad", text: "ejected: it failed too often and gets no calls for now" };
  if (states.includes("probing"))
    return { tone: "warn", text: "probing: it failed and is being tried again" };
  if (provider.traffic === null || provider.traffic.calls === 0)
    return { tone: "neutral", text: "no calls lately" };
  if (provider.traffic.errors * 20 > provider.traffic.calls)
    return { tone: "warn", text: "more than 5 % of calls fail" };
  return { tone: "good", text: "calls go well" };
}
