import type { DocumentView, Json } from "~/api/types";

/** What the gateway would say to an application, read from documents: the API explains what holds for every caller. */

export interface Caller {
  /** Null: it may call. */
  refused: { reason: string; detail: string } | null;
  subscription: DocumentView | undefined;
  /** Policies that come with the caller, outermost first. */
  adds: { scope: "plan" | "application"; source: DocumentView; use: Json }[];
}

export interface Found {
  application: DocumentView;
  /** As the API names it: `team/environment/Service/name`. */
  service: string;
  access: string;
  subscriptions: DocumentView[];
  plans: DocumentView[];
}

export interface DocumentId {
  team: string;
  environment: string;
  kind: string;
  name: string;
}

/** `team/environment/Kind/name` in its parts. */
export function parseId(id: string): DocumentId | undefined {
  const [team, environment, kind, ...name] = id.split("/");
  if (!team || !environment || !kind || name.length === 0) return undefined;
  return { team, environment, kind, name: name.join("/") };
}

/** Whether a reference in a document names another one. */
function refersTo(
  from: DocumentView,
  reference: Json | undefined,
  to: { team: string; name: string },
): boolean {
  if (typeof reference !== "string") return false;
  const at = reference.indexOf("::");
  const team = at < 0 ? from.team : reference.slice(0, at);
  return team === to.team && reference.slice(at < 0 ? 0 : at + 2) === to.name;
}

const uses = (document: DocumentView | undefined): Json[] =>
  Array.isArray(document?.spec.policies) ? document.spec.policies : [];

export function callerOf({ application, service, access, subscriptions, plans }: Found): Caller {
  const wanted = parseId(service);
  const mine = subscriptions.filter(
    (each) =>
      wanted !== undefined &&
      refersTo(each, each.spec.service, wanted) &&
      refersTo(each, each.spec.application, application),
  );
  const active = mine.find((each) => (each.spec.state ?? "active") === "active");
  const subscription = active ?? mine[0];
  const plan = active && plans.find((each) => refersTo(active, active.spec.plan, each));
  const adds: Caller["adds"] = [];
  if (plan) for (const use of uses(plan)) adds.push({ scope: "plan", source: plan, use });
  for (const use of uses(application)) adds.push({ scope: "application", source: application, use });
  return { refused: refusal(application, access, subscription, active), subscription, adds };
}

function refusal(
  application: DocumentView,
  access: string,
  subscription: DocumentView | undefined,
  active: DocumentView | undefined,
): Caller["refused"] {
  const name = application.title ?? application.name;
  if (application.spec.suspended === true)
    return { reason: "application_suspended", detail: `${name} is suspended: all its calls are refused` };
  if (access !== "subscription" || active) return null;
  const why = subscription
    ? `its subscription is ${String(subscription.spec.state)}`
    : "it has no subscription to this service";
  return { reason: "not_subscribed", detail: `${name} may not call: ${why}` };
}
