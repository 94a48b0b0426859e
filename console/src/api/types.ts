/**
 * What the console calls the admin API's types. Times are RFC 3339 text, durations integer microseconds,
 * money integer micro-dollars. The types themselves are generated: see schema.ts.
 */
import type * as api from "./schema";

export type {
  ApiToken,
  Attempt,
  Attention,
  Bar,
  CallBody,
  CallSummary,
  CatalogueFacets,
  CatalogueModel,
  Explanation,
  FlowPlan,
  FlowRun,
  FlowTurned,
  IssuedKey,
  JobDetail,
  JobItem,
  Json,
  JsonObject,
  Kind,
  ListenerView,
  MadeApiToken,
  Overview,
  Permission,
  ProviderTest,
  ProviderView,
  Role,
  RoleIn,
  RunStep,
  SeriesPoint,
  Session,
  Span,
  StepPlan,
  SystemInfo,
  TargetHealth,
  Timetable,
  Totals,
  User,
  Validation,
  Vendor,
  WebhookDeliveries,
  WebhookDelivery,
  WorkflowPlan,
} from "./schema";
export type AiDetail = api.AiView;
export type FieldError = api.Mistake;
export type ProblemBody = Partial<api.Problem> & { status: number };
export type Revision = api.PastState;
export type TopKind = keyof api.Tops;
export type TopRow = api.Top;

type Json = api.Json;

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
  "Flow",
  "Webhook",
  "Schedule",
] as const satisfies readonly api.Kind[];

export const PERMISSIONS = [
  "documents_read",
  "documents_write",
  "calls_read",
  "bodies_read",
  "metrics_read",
  "tokens_manage",
  "users_manage",
  "system_read",
] as const satisfies readonly api.Permission[];

/** The phases of an attempt in the order of time. */
export const PHASES = [
  "queued",
  "dns",
  "connect",
  "tls",
  "send",
  "wait",
  "receive",
] as const satisfies readonly (keyof api.Phases)[];
export type Phase = (typeof PHASES)[number];
export type Phases = Partial<api.Phases>;

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** What tells a document from every other. */
export interface DocumentRef {
  kind: api.Kind;
  team: string;
  name: string;
  /** Absent: `default`. */
  environment?: string | undefined;
}

/** A document as it is sent. */
export interface DocumentBody {
  kind: api.Kind;
  team?: string;
  environment?: string;
  name: string;
  title?: string | null;
  description?: string | null;
  labels?: Record<string, string>;
  spec: api.JsonObject;
}
export type DocumentView = Omit<api.DocumentView, "spec"> & { spec: api.JsonObject };

/** A call with its spans; the attempts are counted as in a list, and stand beside it in full. */
export type CallDetail = Omit<api.CallDetail, "attempts"> & {
  attempts: number;
  attempts_detail: api.Attempt[];
};
export type CallDetailWire = api.CallDetail;

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
