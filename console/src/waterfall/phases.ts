import type { Phase } from "~/api/types";
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

/** The colour of a span by name: a phase has its own, everything else is the gateway's. */
export function colorOf(name: string): string {
  const phase = phaseOf(name);
  return phase ? `var(--ph-${phase})` : "var(--ph-stage)";
}
