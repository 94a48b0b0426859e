import type { Kind } from "~/api/types";
import type { IconName } from "~/ui/icons";

export interface NavItem {
  label: string;
  to: string;
  icon: IconName;
  /** Second key after `g`. */
  key?: string;
  kind?: Kind;
}

export interface NavGroup {
  label: string;
  items: NavItem[];
}

export const NAV: NavGroup[] = [
  {
    label: "",
    items: [
      { label: "Overview", to: "/", icon: "overview", key: "o" },
      { label: "Calls", to: "/calls", icon: "calls", key: "c" },
    ],
  },
  {
    label: "Gateway",
    items: [
      { label: "Services", to: "/services", icon: "service", key: "s", kind: "Service" },
      { label: "Routes", to: "/routes", icon: "route", key: "r", kind: "Route" },
      { label: "Flows", to: "/flows", icon: "flow", key: "w", kind: "Flow" },
      { label: "Jobs", to: "/jobs", icon: "history", key: "j" },
      { label: "Schedules", to: "/schedules", icon: "play", kind: "Schedule" },
      { label: "Upstreams", to: "/upstreams", icon: "upstream", key: "u", kind: "Upstream" },
      { label: "Policies", to: "/policies", icon: "policy", key: "p", kind: "Policy" },
      { label: "Webhooks", to: "/webhooks", icon: "webhook", key: "h", kind: "Webhook" },
      { label: "Explain", to: "/explain", icon: "explain", key: "e" },
    ],
  },
  {
    label: "Callers",
    items: [
      { label: "Applications", to: "/applications", icon: "application", key: "a", kind: "Application" },
      { label: "Subscriptions", to: "/subscriptions", icon: "subscription", kind: "Subscription" },
      { label: "Plans", to: "/plans", icon: "plan", key: "l", kind: "Plan" },
    ],
  },
  {
    label: "AI",
    items: [
      { label: "Models", to: "/models", icon: "model", key: "m", kind: "ModelAlias" },
      { label: "Providers", to: "/providers", icon: "provider", key: "v", kind: "Provider" },
      { label: "Provider keys", to: "/provider-keys", icon: "key", kind: "ProviderKey" },
    ],
  },
  {
    label: "Installation",
    items: [
      { label: "Teams", to: "/teams", icon: "team", key: "t", kind: "Team" },
      { label: "Settings", to: "/settings", icon: "settings", key: "," },
    ],
  },
];

export const NAV_ITEMS: NavItem[] = NAV.flatMap((group) => group.items);
