import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { linkTo } from "~/api/kinds";
import { deliveriesQuery, timetableQuery } from "~/api/queries";
import type { DocumentView, Json, JsonObject, Kind, WebhookDeliveries } from "~/api/types";
import { insideOf, isObject, labelOf, tagOf } from "~/forms/schema";
import { ago, dateTime, until } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { Badge, type Tone } from "~/ui/basics";
import type { Column } from "~/ui/list";
import { addressOf } from "./route";
import { useRoutesOf } from "./useBeside";

/** What each kind's list shows besides name, team and age: one small table here, no page of its own. */

type Cells = [title: string, width: string, cell: (spec: JsonObject, document: DocumentView) => ReactNode][];

const text = (value: Json | undefined): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
const strings = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.map((entry) => text(entry)) : [];
const objects = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

function mono(value: string): ReactElement {
  return <span className="font-mono text-xs text-ink-2">{value}</span>;
}

function few(values: string[], none: string): ReactElement {
  if (values.length === 0) return <span className="text-ink-3">{none}</span>;
  return mono(
    values.length > 2 ? `${values.slice(0, 2).join("  ")}  +${values.length - 2}` : values.join("  "),
  );
}

function state(value: string, tones: Record<string, Tone>): ReactElement {
  return <Badge tone={tones[value] ?? "neutral"}>{labelOf(value)}</Badge>;
}

/** A policy in a few words: `100 per 1s`. */
export function policyWords(use: Json): string {
  const tag = tagOf(use) ?? "";
  const inside = insideOf(use);
  const body = isObject(inside) ? inside : {};
  switch (tag) {
    case "ref":
      return text(inside);
    case "rate_limit":
      return `${text(body.requests)} per ${text(body.window)}`;
    case "concurrency":
      return `${text(body.max)} at a time`;
    case "body_limit":
      return `body ≤ ${text(body.max)}`;
    case "retry":
      return `${text(body.attempts) || "2"} attempts`;
    case "cors":
      return strings(body.origins).includes("*") ? "any origin" : strings(body.origins).join(", ");
    case "headers":
      return changes(body) || labelOf(tag);
    case "record":
      return `headers of ${{ none: "no call", failed: "failed calls", all: "all calls" }[text(body.headers)] ?? "failed calls"}`;
    case "timeout":
      return (
        Object.entries(body)
          .map(([name, value]) => `${labelOf(name).toLowerCase()} ${text(value)}`)
          .join(", ") || labelOf(tag)
      );
    default:
      return labelOf(tag);
  }
}

/** `response: sets x-served-by`. */
function changes(body: JsonObject): string {
  const verbs: [string, string][] = [
    ["remove", "drops"],
    ["set", "sets"],
    ["add", "adds"],
  ];
  const side = (name: string) => {
    const inner = body[name];
    if (!isObject(inner)) return "";
    const said = verbs.flatMap(([key, verb]) => {
      const names = isObject(inner[key]) ? Object.keys(inner[key]) : strings(inner[key]);
      return names.length > 0 ? [`${verb} ${names.join(", ")}`] : [];
    });
    return said.length > 0 ? `${name}: ${said.join("; ")}` : "";
  };
  return [side("request"), side("response")].filter((part) => part !== "").join(" · ");
}

/** The same for a badge in a row: kinds that take many words are only named. */
function policyBadge(use: Json): string {
  const tag = tagOf(use) ?? "";
  return ["cors", "headers", "record", "timeout"].includes(tag) ? labelOf(tag) : policyWords(use);
}

function policies(value: Json | undefined): ReactElement {
  const uses = Array.isArray(value) ? value : [];
  if (uses.length === 0) return <span className="text-ink-3">–</span>;
  return (
    <span className="flex gap-1 overflow-hidden">
      {uses.slice(0, 3).map((use, index) => (
        <Badge key={index} title={policyWords(use)}>
          {policyBadge(use)}
        </Badge>
      ))}
      {uses.length > 3 && <span className="text-2xs leading-5 text-ink-3">+{uses.length - 3}</span>}
    </span>
  );
}

function backend(value: Json | undefined): ReactElement {
  const inside = insideOf(value);
  if (tagOf(value) === "ai") {
    const models = isObject(inside) ? strings(inside.models) : [];
    return (
      <span className="text-ink-2">
        <Badge tone="accent">AI</Badge> {models.length > 0 ? models.join(", ") : "all models"}
      </span>
    );
  }
  if (tagOf(value) === "graphql") {
    const sources = isObject(inside) && isObject(inside.sources) ? Object.keys(inside.sources) : [];
    return (
      <span className="text-ink-2">
        <Badge tone="accent">GraphQL</Badge> {sources.join(", ")}
      </span>
    );
  }
  return mono(isObject(inside) ? `${text(inside.name)}${text(inside.path_prefix)}` : "");
}

const COLUMNS: Record<Kind, Cells> = {
  Team: [
    ["Hosts", "minmax(0,1.4fr)", (spec) => few(strings(spec.hosts), "none of its own")],
    ["Policies", "minmax(0,1fr)", (spec) => policies(spec.policies)],
  ],
  Upstream: [
    [
      "Targets",
      "minmax(0,1.8fr)",
      (spec) =>
        few(
          objects(spec.targets).map((target) => `${text(target.host)}:${text(target.port)}`),
          "none",
        ),
    ],
    [
      "TLS",
      "56px",
      (spec) => (isObject(spec.tls) ? <Badge tone="good">TLS</Badge> : <span className="text-ink-3">–</span>),
    ],
  ],
  Flow: [
    ["Steps", "56px", (spec) => <span className="text-ink-2">{stepsOf(spec)}</span>],
    ["Answers", "minmax(0,1.4fr)", (_, row) => <Answers flow={row} />],
    [
      "Sources",
      "minmax(0,.7fr)",
      (spec) => few(isObject(spec.sources) ? Object.keys(spec.sources) : [], "none"),
    ],
    ["Time limit", "104px", (spec) => mono(text(spec.timeout) || "30s")],
  ],
  Service: [
    ["Backend", "minmax(0,1.1fr)", (spec) => backend(spec.backend)],
    [
      "Callers",
      "104px",
      (spec) => (
        <span className="text-ink-2">
          {labelOf(isObject(spec.access) ? text(spec.access.mode) || "subscription" : "subscription")}
        </span>
      ),
    ],
    [
      "State",
      "96px",
      (spec) =>
        state(text(spec.state) || "published", { published: "good", deprecated: "warn", retired: "bad" }),
    ],
    ["Policies", "minmax(0,1fr)", (spec) => policies(spec.policies)],
  ],
  Route: [
    ["Methods", "104px", (spec) => few(strings(spec.methods), "any")],
    ["Paths", "minmax(0,1.5fr)", (spec) => few(strings(spec.paths), "none")],
    ["Hosts", "minmax(0,1fr)", (spec) => few(strings(spec.hosts), "any")],
    ["Service", "minmax(0,.8fr)", (spec) => <span>{text(spec.service)}</span>],
    ["Flow", "minmax(0,.7fr)", (spec) => (isObject(spec.flow) ? mono(text(spec.flow.name)) : null)],
  ],
  Policy: [
    ["Kind", "120px", (spec) => <Badge>{labelOf(tagOf(spec) ?? "")}</Badge>],
    ["Does", "minmax(0,1.4fr)", (spec) => <span className="text-ink-2">{policyWords(spec)}</span>],
  ],
  Plan: [["Limits", "minmax(0,2fr)", (spec) => policies(spec.policies)]],
  Application: [
    [
      "State",
      "100px",
      (spec) => state(spec.suspended === true ? "suspended" : "active", { active: "good", suspended: "bad" }),
    ],
    ["Policies", "minmax(0,1fr)", (spec) => policies(spec.policies)],
  ],
  Credential: [
    ["Begins with", "130px", (spec) => mono(text(spec.hint))],
    ["Application", "minmax(0,1fr)", (spec) => text(spec.application)],
    [
      "State",
      "96px",
      (spec) => state(spec.revoked === true ? "revoked" : "active", { active: "good", revoked: "bad" }),
    ],
    [
      "Ends",
      "minmax(0,.9fr)",
      (spec) => <span className="text-ink-2">{spec.expires ? dateTime(text(spec.expires)) : "never"}</span>,
    ],
  ],
  Subscription: [
    ["Application", "minmax(0,1fr)", (spec) => text(spec.application)],
    ["Service", "minmax(0,1fr)", (spec) => text(spec.service)],
    ["Plan", "minmax(0,.7fr)", (spec) => <Badge>{text(spec.plan)}</Badge>],
    [
      "State",
      "96px",
      (spec) => state(text(spec.state) || "active", { active: "good", pending: "warn", suspended: "bad" }),
    ],
  ],
  Provider: [
    [
      "Speaks",
      "100px",
      (spec) => (
        <Badge>{{ openai: "OpenAI", anthropic: "Anthropic" }[text(spec.api)] ?? text(spec.api)}</Badge>
      ),
    ],
    ["Address", "minmax(0,1.8fr)", (spec) => mono(text(spec.base_url))],
  ],
  ProviderKey: [
    ["Provider", "minmax(0,1fr)", (spec) => text(spec.provider)],
    ["Secret", "minmax(0,1fr)", (spec) => <SecretCell secret={spec.secret} />],
    [
      "State",
      "96px",
      (spec) => state(spec.disabled === true ? "disabled" : "active", { active: "good", disabled: "bad" }),
    ],
  ],
  ModelAlias: [["Tried in order", "minmax(0,2.2fr)", (spec) => <Targets targets={objects(spec.targets)} />]],
  Webhook: [
    ["State", "96px", (_, row) => <HookState webhook={row} />],
    ["Address", "minmax(0,1.8fr)", (spec) => mono(text(spec.url))],
    ["Events", "minmax(0,1fr)", (spec) => few(strings(spec.events), "all")],
    ["Secret", "88px", (spec) => <SecretCell secret={spec.secret} />],
  ],
  Schedule: [
    [
      "State",
      "96px",
      (spec) =>
        state(spec.suspended === true ? "suspended" : "active", { active: "good", suspended: "warn" }),
    ],
    [
      "Times",
      "minmax(0,1.1fr)",
      (spec) => (
        <span className="flex min-w-0 items-baseline gap-2" title={text(spec.time_zone) || "UTC"}>
          {mono(text(spec.cron))}
          <span className="truncate text-2xs text-ink-3">{text(spec.time_zone) || "UTC"}</span>
        </span>
      ),
    ],
    ["Flow", "minmax(0,.8fr)", (spec, row) => <FlowCell name={text(spec.flow)} of={row} />],
    ["Next", "124px", (_, row) => <RunAt schedule={row} which="next" />],
    ["Last", "96px", (_, row) => <RunAt schedule={row} which="last" />],
  ],
};

/** How many steps a flow has, in all its workflows. */
export function stepsOf(spec: JsonObject): number {
  const { flow, arazzo } = spec;
  const written = isObject(flow) ? flow : isObject(arazzo) ? arazzo : {};
  const parts = [written, ...objects(written.flows), ...objects(written.workflows)];
  return parts.reduce((sum, { steps }) => {
    const many = Array.isArray(steps) ? steps.length : isObject(steps) ? Object.keys(steps).length : 0;
    return sum + many;
  }, 0);
}

/** Where callers reach a flow. */
function Answers({ flow }: { flow: DocumentView }): ReactElement | null {
  const { routes, known } = useRoutesOf(flow);
  const [first] = routes;
  if (!first && known === "not yet") return null;
  if (!first) return <span className="text-ink-3">{known === "all" ? "–" : "not known"}</span>;
  return (
    <Link {...linkTo(first)} className="truncate font-mono text-xs text-ink-2 hover:text-ink hover:underline">
      {addressOf(first)}
      {routes.length > 1 && ` +${routes.length - 1}`}
    </Link>
  );
}

/** The flow that a document names. */
function FlowCell({ name, of }: { name: string; of: DocumentView }): ReactElement {
  const [team, own] = name.includes("::") ? name.split("::", 2) : [of.team, name];
  return (
    <Link
      {...linkTo({ kind: "Flow", team: team ?? of.team, environment: of.environment, name: own ?? name })}
      className="truncate text-ink-2 hover:text-ink hover:underline"
    >
      {name}
    </Link>
  );
}

/** When a schedule is run next, or was last, with a way to what came of it. */
function RunAt({ schedule, which }: { schedule: DocumentView; which: "next" | "last" }): ReactElement | null {
  const now = useNow();
  const { data } = useQuery(timetableQuery(schedule.team, schedule.environment));
  const times = data?.items.find((item) => item.name === schedule.name);
  const at = times?.[which];
  if (!at && which === "last" && times)
    return (
      <span className="text-ink-3" title="None of its times has come yet">
        –
      </span>
    );
  if (!at) return null;
  const shown = <span title={dateTime(at)}>{which === "last" ? ago(at, now) : until(at, now)}</span>;
  if (which === "next" || !times.job) return <span className="text-ink-2">{shown}</span>;
  return (
    <Link
      to="/jobs/$team/$id"
      params={{ team: schedule.team, id: times.job }}
      className="text-ink-2 hover:text-ink hover:underline"
    >
      {shown}
    </Link>
  );
}

/** Whether events come through to a webhook, by the delivery that ended last. */
export function hookState({ off, failing_since, items }: WebhookDeliveries): {
  tone: Tone;
  word: string;
  title?: string;
} {
  if (off) return { tone: "bad", word: "Off" };
  if (failing_since)
    return {
      tone: "warn",
      word: "Failing",
      title: `Nothing has come through since ${dateTime(failing_since)}`,
    };
  const ended = items.filter((item) => item.state !== "waiting");
  const [first] = ended.sort((one, other) => ((one.last_at ?? "") < (other.last_at ?? "") ? 1 : -1));
  if (first?.state === "delivered") return { tone: "good", word: "Delivers" };
  if (first) return { tone: "bad", word: "Given up", title: first.last_detail ?? "" };
  return { tone: "neutral", word: items.length > 0 ? "Waiting" : "No events" };
}

function HookState({ webhook }: { webhook: DocumentView }): ReactElement | null {
  const { data } = useInfiniteQuery({ ...deliveriesQuery(webhook, undefined), refetchInterval: 30_000 });
  const first = data?.pages[0];
  if (!first) return null;
  const { tone, word, title } = hookState(first);
  if (tone === "neutral") return <span className="text-ink-3">{word.toLowerCase()}</span>;
  return (
    <Badge tone={tone} title={title}>
      {word}
    </Badge>
  );
}

function SecretCell({ secret }: { secret: Json | undefined }): ReactElement {
  const tag = tagOf(secret);
  if (tag === "env" || tag === "file") return mono(`${tag} ${text(insideOf(secret))}`);
  return <Badge tone="good">Sealed</Badge>;
}

function Targets({ targets }: { targets: JsonObject[] }): ReactElement {
  return (
    <span className="flex items-center gap-1.5 overflow-hidden">
      {targets.map((target, index) => (
        <span key={index} className="flex items-center gap-1.5 whitespace-nowrap">
          {index > 0 && <span className="text-ink-3">→</span>}
          <span className="font-mono text-xs">{text(target.model)}</span>
          <span className="text-2xs text-ink-3">{text(target.provider)}</span>
        </span>
      ))}
    </span>
  );
}

export function columnsOf(kind: Kind): Column<DocumentView>[] {
  return COLUMNS[kind].map(([title, width, cell]) => ({
    key: title,
    title,
    width,
    cell: (row) => cell(row.spec, row),
  }));
}

/** Documents that do nothing for now are dimmed. */
export function isOff(document: DocumentView): boolean {
  const { spec } = document;
  return (
    spec.suspended === true ||
    spec.revoked === true ||
    spec.disabled === true ||
    spec.state === "retired" ||
    spec.state === "draft"
  );
}
