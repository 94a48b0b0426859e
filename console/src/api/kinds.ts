import type { DocumentRef, Kind } from "./types";

export interface KindInfo {
  kind: Kind;
  plural: string;
  /** As headings say it. */
  title: string;
  one: string;
  /** One line under the heading. */
  about: string;
}

const info = (kind: Kind, plural: string, title: string, one: string, about: string): KindInfo => ({
  kind,
  plural,
  title,
  one,
  about,
});

export const KIND_INFO: Record<Kind, KindInfo> = {
  Team: info(
    "Team",
    "teams",
    "Teams",
    "team",
    "Tenants: each owns its documents and may reserve hosts and paths.",
  ),
  Upstream: info(
    "Upstream",
    "upstreams",
    "Upstreams",
    "upstream",
    "Where requests go: targets, balancing, time limits, ejection.",
  ),
  Service: info(
    "Service",
    "services",
    "Services",
    "service",
    "The APIs that Weir publishes, and who may call them.",
  ),
  Flow: info("Flow", "flows", "Flows", "flow", "Calls that need each other's answers, made as one."),
  Route: info("Route", "routes", "Routes", "route", "What requests match, and which service serves them."),
  Policy: info(
    "Policy",
    "policies",
    "Policies",
    "policy",
    "Limits, headers, CORS, time limits and retries, under a name.",
  ),
  Plan: info("Plan", "plans", "Plans", "plan", "The limits under which applications subscribe."),
  Application: info(
    "Application",
    "applications",
    "Applications",
    "application",
    "The callers, their keys and their subscriptions.",
  ),
  Credential: info(
    "Credential",
    "credentials",
    "Keys",
    "key",
    "What applications are known by. Only hashes are kept.",
  ),
  Subscription: info(
    "Subscription",
    "subscriptions",
    "Subscriptions",
    "subscription",
    "Which application may call which service, under which plan.",
  ),
  Provider: info(
    "Provider",
    "providers",
    "Providers",
    "provider",
    "AI vendors and runtimes, and the wire format each speaks.",
  ),
  ProviderKey: info(
    "ProviderKey",
    "provider-keys",
    "Provider keys",
    "provider key",
    "The secrets that vendors know you by. Sealed, never read out again.",
  ),
  ModelAlias: info(
    "ModelAlias",
    "model-aliases",
    "Models",
    "model alias",
    "The model names your callers use, each with an ordered fallback.",
  ),
  Webhook: info(
    "Webhook",
    "webhooks",
    "Webhooks",
    "webhook",
    "Where events are sent, signed, and tried again until they come through.",
  ),
  Schedule: info(
    "Schedule",
    "schedules",
    "Schedules",
    "schedule",
    "Flows that are run at given times, each time as a job.",
  ),
};

/** What an address or a document tells of an environment: nothing of the usual one. */
export function environmentOf(environment: string | undefined): { environment?: string } {
  return environment && environment !== "default" ? { environment } : {};
}

/** Where the router finds a document: what a `Link` or `navigate` takes. */
export function linkTo({ kind, team, name, environment }: DocumentRef) {
  return {
    to: "/$plural/$team/$name" as const,
    params: { plural: KIND_INFO[kind].plural, team, name },
    search: environmentOf(environment),
  };
}

export function kindOfPlural(plural: string): Kind | undefined {
  return Object.values(KIND_INFO).find((entry) => entry.plural === plural)?.kind;
}
