/** The admin API's types. Times are RFC 3339 text, durations integer microseconds, money integer micro-dollars. */

export const KINDS = [
  "Team",
  "Upstream",
  "Service",
  "Route",
  "Policy",
  "Plan",
  "Application",
  "Credential",
  "Subscription",
  "Provider",
  "ProviderKey",
  "ModelAlias",
] as const;
export type Kind = (typeof KINDS)[number];

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface FieldError {
  path: string;
  message: string;
  document?: string;
}

export interface ProblemBody {
  type?: string;
  title?: string;
  status: number;
  detail?: string;
  code?: string;
  errors?: FieldError[];
  request_id?: string;
}

export type Permission =
  | "documents_read"
  | "documents_write"
  | "calls_read"
  | "metrics_read"
  | "tokens_manage"
  | "users_manage"
  | "system_read";
export const PERMISSIONS: Permission[] = [
  "documents_read",
  "documents_write",
  "calls_read",
  "metrics_read",
  "tokens_manage",
  "users_manage",
  "system_read",
];
export type Role = "admin" | "editor" | "viewer";
export interface RoleIn {
  team: string;
  role: Role;
}

export interface Session {
  user: { id: string; email: string; name: string };
  roles: RoleIn[];
  teams: string[];
  permissions: Record<string, Permission[]>;
  csrf_token: string;
  version: string;
}

export interface User {
  id: string;
  email: string;
  name: string;
  roles: RoleIn[];
  created_at: string;
  disabled: boolean;
}

export interface ApiToken {
  id: string;
  name: string;
  scopes: Permission[];
  team?: string | null;
  hint?: string | null;
  created_at: string;
  expires_at?: string | null;
  last_used_at?: string | null;
}
export interface NewApiToken extends ApiToken {
  token: string;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface DocumentBody {
  kind: Kind;
  team?: string;
  environment?: string;
  name: string;
  title?: string;
  description?: string;
  labels?: Record<string, string>;
  spec: JsonObject;
}
export interface DocumentView extends DocumentBody {
  team: string;
  environment: string;
  revision: number | string;
  created_at: string;
  updated_at: string;
  updated_by: string | null;
}
export interface Revision {
  revision: number | string;
  at: string;
  by: string | null;
  action: "created" | "updated" | "deleted" | "rolled_back";
  document: DocumentView | null;
}
export interface IssuedKey {
  key: string;
  credential: DocumentView;
}

export interface TargetHealth {
  target: string;
  state: "healthy" | "ejected" | "probing";
  ejected_until?: string | null;
  consecutive_failures: number;
  weight: number;
}

export interface CatalogueModel {
  id: string;
  provider: string;
  mode: string;
  max_input_tokens: number | null;
  max_output_tokens: number | null;
  prices: Record<string, number | null>;
  capabilities: string[];
}

export const PHASES = ["queued", "dns", "connect", "tls", "send", "wait", "receive"] as const;
export type Phase = (typeof PHASES)[number];
export type Phases = Partial<Record<Phase, number | null>>;

export interface Bar {
  name: string;
  start_us: number;
  duration_us: number;
}

export interface CallSummary {
  id: string;
  trace_id: string;
  at: string;
  duration_us: number;
  method: string;
  host: string | null;
  path: string;
  status: number | null;
  reason: string | null;
  protocol: string | null;
  team: string | null;
  service: string | null;
  route: string | null;
  application: string | null;
  upstream: string | null;
  target: string | null;
  client: string | null;
  bytes_in: number;
  bytes_out: number;
  attempts: number;
  model?: string | null;
  provider?: string | null;
  streamed?: boolean | null;
  input_tokens?: number | null;
  output_tokens?: number | null;
  cost_micros?: number | null;
  phases: Phases;
  stages_us: number | null;
  bars: Bar[];
}

export type SpanKind = "call" | "stage" | "attempt" | "phase";
export interface Span {
  id: string | number;
  parent: string | number | null;
  name: string;
  kind: SpanKind;
  start_us: number;
  duration_us: number;
  critical: boolean;
  slack_us: number | null;
  attributes: Record<string, Json>;
}
export interface Attempt {
  number: number;
  target: string | null;
  retry_of: number | null;
  reason: string | null;
  error: string | null;
  started_us: number;
  phases: Phases;
  reused: boolean;
  protocol: string | null;
  peer: string | null;
  status: number | null;
  bytes_up: number;
  bytes_down: number;
}
export interface AiUsage {
  input: number | null;
  output: number | null;
  cache_read?: number | null;
  cache_write?: number | null;
  reasoning?: number | null;
  estimated?: boolean;
}
export interface AiDetail {
  dialect: string | null;
  alias: string | null;
  provider: string | null;
  model: string | null;
  usage: AiUsage | null;
  cost_micros: number | null;
  cost_parts?: Record<string, number | null> | null;
  finish_reason: string | null;
  ttft_us: number | null;
  inter_token_p50_us: number | null;
  dropped?: string[];
}
export interface CallDetail extends CallSummary {
  spans: Span[];
  attempts_detail?: Attempt[];
  ai?: AiDetail | null;
  request_headers: [string, string][];
  response_headers: [string, string][];
  traceparent: string | null;
  credential: string | null;
  plan: string | null;
}
/** As sent: `attempts` is a list in the detail and a count in the summary. */
export type CallDetailWire = Omit<CallDetail, "attempts" | "attempts_detail"> & {
  attempts: Attempt[] | number;
};

export interface Totals {
  calls: number;
  errors_4xx: number;
  errors_5xx: number;
  p50_us: number | null;
  p95_us: number | null;
  p99_us: number | null;
  bytes_in: number;
  bytes_out: number;
  input_tokens: number;
  output_tokens: number;
  cost_micros: number | null;
  unknown_cost_calls: number;
}
export interface SeriesPoint extends Omit<Totals, "unknown_cost_calls"> {
  at: string;
}
export interface TopRow {
  name: string;
  team: string | null;
  calls: number;
  errors: number;
  p95_us: number | null;
  tokens: number | null;
  cost_micros: number | null;
}
export type TopKind = "services" | "routes" | "applications" | "upstreams" | "models";
export interface Attention {
  severity: "info" | "warning" | "critical";
  code: string;
  title: string;
  detail: string;
  link: string | null;
}
export interface Overview {
  from: string;
  to: string;
  step_s: number;
  totals: Totals;
  previous: Totals | null;
  series: SeriesPoint[];
  top: Record<TopKind, TopRow[]>;
  reasons: { reason: string; calls: number }[];
  attention: Attention[];
}

export interface ExplainResult {
  matched: boolean;
  refused?: { reason: string; detail: string } | null;
  route: string | null;
  service: string | null;
  team: string | null;
  path_params: Record<string, string>;
  chain: { stage: string; scope: string; source: string | null; settings: Json }[];
  target: Json;
}

export interface SystemInfo {
  version: string;
  revision: string | null;
  snapshot_revision: number | string | null;
  started_at: string;
  uptime_s: number;
  mode: "store" | "files";
  listeners: { name: string; address: string; protocol: string; connections: number }[];
  records: {
    queued: number;
    written: number;
    dropped: number;
    disk_bytes: number;
    oldest: string | null;
  };
  store: { kind: string; path?: string | null };
  last_config_error?: string | null;
}

/** JSON Schema as far as the documents use it. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  title?: string;
  description?: string;
  const?: Json;
  enum?: Json[];
  default?: Json;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}
