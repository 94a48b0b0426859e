import type { Phase } from "~/api/types";
import { words } from "~/lib/format";
import { phaseOf } from "./layout";

export interface PhaseInfo {
  label: string;
  group: "Scheduling" | "Connection" | "Request and response";
  about: string;
}

export const PHASE_INFO: Record<Phase, PhaseInfo> = {
  queued: {
    label: "Queued",
    group: "Scheduling",
    about: "Waited for our own limits or for a free connection",
  },
  dns: { label: "DNS", group: "Connection", about: "Looked the target's name up" },
  connect: { label: "Connect", group: "Connection", about: "TCP handshake, without TLS" },
  tls: { label: "TLS", group: "Connection", about: "TLS handshake" },
  send: { label: "Send", group: "Request and response", about: "Until the request's last byte was written" },
  wait: {
    label: "Wait",
    group: "Request and response",
    about: "From the request's last byte to the answer's first",
  },
  receive: {
    label: "Receive",
    group: "Request and response",
    about: "From the answer's first byte to its last",
  },
};

/** What the gateway does itself, stage by stage. */
const STAGE_INFO: Record<string, { label: string; about: string }> = {
  route: {
    label: "Route",
    about: "Request id, trace, the client's address; host, path and method against the routes",
  },
  authenticate: { label: "Authenticate", about: "The key, its application, its subscription" },
  limit: { label: "Limit", about: "Body length, concurrency, rates" },
  verify: { label: "Verify", about: "The signature of a webhook that comes in, over its body" },
  transform: { label: "Transform", about: "Changes to the request's header" },
  target: { label: "Target", about: "From the choice of a target to the head of its answer" },
};

/** A span's name and meaning as people read it. */
export function spanInfo(span: { name: string; kind: string }): { label: string; about: string } {
  const phase = span.kind === "phase" ? phaseOf(span.name) : undefined;
  if (phase) return PHASE_INFO[phase];
  if (span.kind === "stage") return STAGE_INFO[span.name] ?? { label: words(span.name), about: "" };
  return { label: span.kind === "attempt" ? words(span.name) : span.name, about: "" };
}

/** The colour of a span by name: a phase has its own, everything else is the gateway's. */
export function colorOf(name: string): string {
  const phase = phaseOf(name);
  return phase ? `var(--ph-${phase})` : "var(--ph-stage)";
}
