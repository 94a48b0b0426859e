import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call, get, Problem, query, setCsrfToken } from "./client";
import { KIND_INFO } from "./kinds";
import type {
  ApiToken,
  CallBody,
  CallDetail,
  CallDetailWire,
  CallSummary,
  CatalogueFacets,
  CatalogueModel,
  DocumentBody,
  DocumentRef,
  DocumentView,
  Explanation,
  JobDetail,
  JobItem,
  Kind,
  Overview,
  Page,
  ProviderView,
  Revision,
  Schema,
  Session,
  SystemInfo,
  TargetHealth,
  Timetable,
  User,
  Vendor,
  WebhookDeliveries,
} from "./types";

export type Filters = Record<string, string | number | undefined>;

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }) => {
    const session = await get<Session>("/api/v1/session", signal);
    setCsrfToken(session.csrf_token ?? "");
    return session;
  },
  staleTime: 60_000,
  retry: false,
});

export const setupQuery = queryOptions({
  queryKey: ["setup"],
  queryFn: ({ signal }) => get<{ needed: boolean }>("/api/v1/setup", signal),
  retry: false,
});

export function documentsQuery(
  kind: Kind,
  filters: { q?: string; team?: string; environment?: string } = {},
) {
  return infiniteQueryOptions({
    queryKey: ["documents", kind, filters],
    queryFn: ({ pageParam, signal }) =>
      get<Page<DocumentView>>(
        `/api/v1/documents${query({ kind, ...filters, limit: 200, cursor: pageParam })}`,
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function jobsQuery(
  team: string,
  filters: { service?: string; schedule?: string; state?: string; environment?: string } = {},
) {
  return infiniteQueryOptions({
    queryKey: ["jobs", team, filters],
    queryFn: ({ pageParam, signal }) =>
      get<Page<JobItem>>(
        `/api/v1/teams/${encodeURIComponent(team)}/jobs${query({ ...filters, limit: 100, cursor: pageParam })}`,
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });
}

/** When a team's schedules are run next, and were last. */
export function timetableQuery(team: string, environment: string) {
  return queryOptions({
    queryKey: ["timetable", team, environment],
    queryFn: ({ signal }) =>
      get<Timetable>(`/api/v1/teams/${encodeURIComponent(team)}/timetable${query({ environment })}`, signal),
    refetchInterval: 15_000,
  });
}

export function jobQuery(team: string, id: string) {
  return queryOptions({
    queryKey: ["jobs", team, "one", id],
    queryFn: ({ signal }) => get<JobDetail>(`/api/v1/teams/${encodeURIComponent(team)}/jobs/${id}`, signal),
    // Asked again in a second anyway, as long as it may be there.
    retry: false,
    refetchInterval: (found) => (found.state.data?.ended_at || isAbsent(found.state.error) ? false : 1_000),
  });
}

/** Whether it is not there, or not for this person. */
function isAbsent(error: unknown): boolean {
  return error instanceof Problem && (error.status === 404 || error.status === 403);
}

/** How many teams are asked at once. */
const AT_ONCE = 6;

/** The team in which a job is, by its id alone; null where none of them has it. */
export function teamOfJobQuery(teams: string[], id: string) {
  return queryOptions({
    queryKey: ["jobs", teams, "of", id],
    queryFn: async ({ signal }): Promise<string | null> => {
      for (let at = 0; at < teams.length; at += AT_ONCE) {
        const some = teams.slice(at, at + AT_ONCE).map((team) =>
          get<JobDetail>(`/api/v1/teams/${encodeURIComponent(team)}/jobs/${id}`, signal).then(
            () => team,
            (error: unknown) => {
              if (!isAbsent(error)) throw error;
              return null;
            },
          ),
        );
        const found = (await Promise.all(some)).find((team) => team !== null);
        if (found !== undefined) return found;
      }
      return null;
    },
    staleTime: 5_000,
    retry: false,
  });
}

/** The path under which a team's documents of a kind are made. */
export function collectionPath(kind: Kind, team: string): string {
  return `/api/v1/teams/${encodeURIComponent(team)}/${KIND_INFO[kind].plural}`;
}

/** The path of a document, or of what is below it; every part is escaped, since names may hold slashes. */
export function documentPath(of: DocumentRef, below = "", values: Filters = {}): string {
  const environment = of.environment === "default" ? undefined : of.environment;
  const path = `${collectionPath(of.kind, of.team)}/${encodeURIComponent(of.name)}${below}`;
  return path + query({ ...values, environment });
}

const keyOf = (of: DocumentRef) => [of.kind, of.team, of.environment ?? "default", of.name];

export interface Loaded {
  document: DocumentView;
  etag: string;
}

export function documentQuery(of: DocumentRef) {
  return queryOptions({
    queryKey: ["document", ...keyOf(of)],
    queryFn: async ({ signal }): Promise<Loaded> => {
      const { body, etag } = await call<DocumentView>("GET", documentPath(of), { signal });
      return { document: body, etag: etag ?? `"${body.revision}"` };
    },
  });
}

export function historyQuery(of: DocumentRef) {
  return queryOptions({
    queryKey: ["history", ...keyOf(of)],
    queryFn: ({ signal }) => get<Page<Revision>>(documentPath(of, "/history", { limit: 100 }), signal),
  });
}

export function schemaQuery(kind: Kind) {
  return queryOptions({
    queryKey: ["schema", kind],
    queryFn: ({ signal }) => get<Schema>(`/api/v1/schemas/${kind}`, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function healthQuery(of: DocumentRef) {
  return queryOptions({
    queryKey: ["health", ...keyOf(of)],
    queryFn: ({ signal }) => get<{ targets: TargetHealth[] }>(documentPath(of, "/health"), signal),
    refetchInterval: 5_000,
  });
}

export type DeliveryState = "waiting" | "delivered" | "dead";

/** What became of the events that a webhook was sent, newest first. */
export function deliveriesQuery(of: DocumentRef, state?: DeliveryState) {
  return infiniteQueryOptions({
    queryKey: ["deliveries", ...keyOf(of), state ?? "all"],
    queryFn: ({ pageParam, signal }) =>
      get<WebhookDeliveries>(
        documentPath(of, "/deliveries", { state, limit: 50, cursor: pageParam || undefined }),
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: 3_000,
    placeholderData: keepPreviousData,
  });
}

export interface CatalogueFilters {
  q?: string;
  provider?: string;
  mode?: string;
  /** Capabilities, separated by commas. */
  can?: string;
  sort?: string;
}

export function catalogueQuery(filters: CatalogueFilters) {
  return infiniteQueryOptions({
    queryKey: ["catalogue", filters],
    queryFn: ({ pageParam, signal }) =>
      get<Page<CatalogueModel>>(
        `/api/v1/catalogue/models${query({ ...filters, limit: 100, cursor: pageParam })}`,
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 600_000,
  });
}

export const facetsQuery = queryOptions({
  queryKey: ["catalogue-facets"],
  queryFn: ({ signal }) => get<CatalogueFacets>("/api/v1/catalogue/facets", signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const vendorsQuery = queryOptions({
  queryKey: ["vendors"],
  queryFn: async ({ signal }) => (await get<{ items: Vendor[] }>("/api/v1/catalogue/vendors", signal)).items,
  staleTime: Number.POSITIVE_INFINITY,
});

export function providersQuery(filters: Filters) {
  return infiniteQueryOptions({
    queryKey: ["providers", filters],
    queryFn: ({ pageParam, signal }) =>
      get<Page<ProviderView>>(
        `/api/v1/providers${query({ ...filters, limit: 100, cursor: pageParam })}`,
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
}

/** The bodies of a call, where a policy keeps them. */
export function bodiesQuery(id: string) {
  return queryOptions({
    queryKey: ["bodies", id],
    queryFn: async ({ signal }) =>
      (await get<{ items: CallBody[] }>(`/api/v1/calls/${encodeURIComponent(id)}/bodies`, signal)).items,
    staleTime: 300_000,
    retry: false,
  });
}

export function callsQuery(filters: Filters) {
  return infiniteQueryOptions({
    queryKey: ["calls", filters],
    queryFn: ({ pageParam, signal }) =>
      get<Page<CallSummary>>(`/api/v1/calls${query({ ...filters, limit: 100, cursor: pageParam })}`, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    // New calls come all the time: who comes back to the list does not want that of before.
    refetchOnMount: "always",
  });
}

export function callQuery(id: string) {
  return queryOptions({
    queryKey: ["call", id],
    queryFn: async ({ signal }): Promise<CallDetail> => {
      const wire = await get<CallDetailWire>(`/api/v1/calls/${encodeURIComponent(id)}`, signal);
      return { ...wire, attempts: wire.attempts.length, attempts_detail: wire.attempts };
    },
    staleTime: 300_000,
    // The live tail is ahead of the records by up to a second: a call that has just ended is asked for again.
    retry: (failures, error) =>
      failures < 8 && error instanceof Problem && error.status === 404 && isFresh(id, Date.now()),
    retryDelay: 300,
  });
}

/** Whether an id (UUIDv7: its first 48 bits are milliseconds) was made within the last seconds. */
export function isFresh(id: string, now: number): boolean {
  const made = Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
  return Number.isFinite(made) && Math.abs(now - made) < 15_000;
}

export function overviewQuery(filters: Filters, refetch: number | false) {
  return queryOptions({
    queryKey: ["overview", filters],
    queryFn: ({ signal }) => get<Overview>(`/api/v1/metrics/overview${query(resolve(filters))}`, signal),
    placeholderData: keepPreviousData,
    refetchInterval: refetch,
  });
}

/** `range` stands for a time that moves: it is turned into `from` and `to` when the request is made. */
function resolve(filters: Filters): Filters {
  const { range_s, ...rest } = filters;
  if (typeof range_s !== "number") return rest;
  const to = new Date();
  const from = new Date(to.getTime() - range_s * 1000);
  return { ...rest, from: from.toISOString(), to: to.toISOString() };
}

/** What would happen to a request; asked anew each time, since the configuration may have changed. */
export function explainQuery(asked: { method?: string; host?: string; path?: string }) {
  const { method = "GET", host = "", path = "/" } = asked;
  return queryOptions({
    queryKey: ["explain", method, host, path],
    queryFn: async ({ signal }) => {
      const body = { method, url: host === "" ? path : `http://${host}${path}`, headers: {} };
      return (await call<Explanation>("POST", "/api/v1/explain", { body, signal })).body;
    },
    staleTime: 0,
    retry: false,
  });
}

export const systemQuery = queryOptions({
  queryKey: ["system"],
  queryFn: ({ signal }) => get<SystemInfo>("/api/v1/system", signal),
  refetchInterval: 10_000,
});

export const usersQuery = queryOptions({
  queryKey: ["users"],
  queryFn: ({ signal }) => get<Page<User>>("/api/v1/users?limit=200", signal),
});

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: ({ signal }) => get<Page<ApiToken>>("/api/v1/tokens?limit=200", signal),
});

/** What is sent for a document: the view without what the server alone sets. */
export function bodyOf(view: DocumentBody): DocumentBody {
  const { kind, team, environment, name, title, description, labels, spec } = view;
  // In the order in which a document is read.
  return {
    kind,
    ...(team ? { team } : {}),
    ...(environment && environment !== "default" ? { environment } : {}),
    name,
    ...(title ? { title } : {}),
    ...(description ? { description } : {}),
    ...(labels && Object.keys(labels).length > 0 ? { labels } : {}),
    spec,
  };
}
