import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { Problem } from "./api/client";
import { sessionQuery, setupQuery } from "./api/queries";
import { RANGE_KEYS, type RangeKey } from "./lib/range";
import { compact, number, oneOf, text } from "./lib/search";
import { NotFound, RouteError } from "./pages/Fallbacks";
import { Shell } from "./shell/Shell";
import { Lines } from "./ui/basics";

interface RouterContext {
  client: QueryClient;
}

const root = createRootRouteWithContext<RouterContext>()({ component: Outlet, notFoundComponent: NotFound });

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  validateSearch: (raw: Record<string, unknown>): { token?: string } =>
    compact({ token: text(raw, "token") }),
  component: lazyRouteComponent(() => import("./pages/Setup")),
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (raw: Record<string, unknown>): { next?: string } => compact({ next: text(raw, "next") }),
  component: lazyRouteComponent(() => import("./pages/Login")),
});

/** Everything else needs a session. */
const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.client.ensureQueryData(sessionQuery);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      const { needed } = await context.client.fetchQuery(setupQuery).catch(() => ({ needed: false }));
      if (needed) throw redirect({ to: "/setup", search: {} });
      throw redirect({ to: "/login", search: location.href === "/" ? {} : { next: location.href } });
    }
  },
});

interface OverviewSearch {
  range?: RangeKey;
  team?: string;
  service?: string;
}

const overview = createRoute({
  getParentRoute: () => app,
  path: "/",
  validateSearch: (raw: Record<string, unknown>): OverviewSearch =>
    compact({
      range: oneOf(raw, "range", RANGE_KEYS),
      team: text(raw, "team"),
      service: text(raw, "service"),
    }),
  component: lazyRouteComponent(() => import("./pages/Overview")),
});

export const CALL_FILTERS = [
  "team",
  "service",
  "route",
  "application",
  "upstream",
  "model",
  "operation",
  "operation_kind",
  "method",
  "status",
  "reason",
  "q",
] as const;
export type CallFilter = (typeof CALL_FILTERS)[number];
export type CallsSearch = Partial<Record<CallFilter, string>> & {
  range?: RangeKey;
  min_duration_us?: number;
  live?: "off";
  scale?: "each" | "same";
};

const calls = createRoute({
  getParentRoute: () => app,
  path: "/calls",
  validateSearch: (raw: Record<string, unknown>): CallsSearch =>
    compact({
      ...Object.fromEntries(CALL_FILTERS.map((name) => [name, text(raw, name)])),
      range: oneOf(raw, "range", RANGE_KEYS),
      min_duration_us: number(raw, "min_duration_us"),
      live: oneOf(raw, "live", ["off"] as const),
      scale: oneOf(raw, "scale", ["each", "same"] as const),
    }),
  component: lazyRouteComponent(() => import("./pages/Calls")),
});

const CALL_TABS = ["bodies", "tokens", "attempts", "details"] as const;
const oneCall = createRoute({
  getParentRoute: () => app,
  path: "/calls/$id",
  validateSearch: (raw: Record<string, unknown>): { tab?: (typeof CALL_TABS)[number]; span?: string } =>
    compact({ tab: oneOf(raw, "tab", CALL_TABS), span: text(raw, "span") }),
  component: lazyRouteComponent(() => import("./pages/Call")),
});

export interface ExplainSearch {
  method?: string;
  host?: string;
  path?: string;
  /** `team/name`. */
  application?: string;
}

const explain = createRoute({
  getParentRoute: () => app,
  path: "/explain",
  validateSearch: (raw: Record<string, unknown>): ExplainSearch =>
    compact({
      method: text(raw, "method"),
      host: text(raw, "host"),
      path: text(raw, "path"),
      application: text(raw, "application"),
    }),
  component: lazyRouteComponent(() => import("./pages/Explain")),
});

const MODEL_ORDERS = ["input", "output", "context"] as const;
export interface ModelsSearch {
  tab?: "catalogue";
  q?: string;
  provider?: string;
  mode?: string;
  /** Capabilities, separated by commas. */
  can?: string;
  sort?: (typeof MODEL_ORDERS)[number];
  /** The model whose prices are all shown: provider and id. */
  open?: string;
}

const models = createRoute({
  getParentRoute: () => app,
  path: "/models",
  validateSearch: (raw: Record<string, unknown>): ModelsSearch =>
    compact({
      tab: oneOf(raw, "tab", ["catalogue"] as const),
      q: text(raw, "q"),
      provider: text(raw, "provider"),
      mode: text(raw, "mode"),
      can: text(raw, "can"),
      sort: oneOf(raw, "sort", MODEL_ORDERS),
      open: text(raw, "open"),
    }),
  component: lazyRouteComponent(() => import("./pages/Models")),
});

export const JOB_STATES = ["open", "succeeded", "failed", "cancelled"] as const;
export interface JobsSearch {
  team?: string;
  service?: string;
  schedule?: string;
  state?: (typeof JOB_STATES)[number];
}

const jobs = createRoute({
  getParentRoute: () => app,
  path: "/jobs",
  validateSearch: (raw: Record<string, unknown>): JobsSearch =>
    compact({
      team: text(raw, "team"),
      service: text(raw, "service"),
      schedule: text(raw, "schedule"),
      state: oneOf(raw, "state", JOB_STATES),
    }),
  component: lazyRouteComponent(() => import("./pages/Jobs")),
});

const oneJob = createRoute({
  getParentRoute: () => app,
  path: "/jobs/$team/$id",
  component: lazyRouteComponent(() => import("./pages/Job")),
});

const SETTINGS_TABS = ["tokens", "users", "system"] as const;
const settings = createRoute({
  getParentRoute: () => app,
  path: "/settings",
  validateSearch: (raw: Record<string, unknown>): { tab?: (typeof SETTINGS_TABS)[number] } =>
    compact({ tab: oneOf(raw, "tab", SETTINGS_TABS) }),
  component: lazyRouteComponent(() => import("./pages/Settings")),
});

const providers = createRoute({
  getParentRoute: () => app,
  path: "/providers",
  validateSearch: (raw: Record<string, unknown>): { q?: string; team?: string } =>
    compact({ q: text(raw, "q"), team: text(raw, "team") }),
  component: lazyRouteComponent(() => import("./pages/Providers")),
});

const list = createRoute({
  getParentRoute: () => app,
  path: "/$plural",
  validateSearch: (raw: Record<string, unknown>): { q?: string; team?: string; environment?: string } =>
    compact({ q: text(raw, "q"), team: text(raw, "team"), environment: text(raw, "environment") }),
  component: lazyRouteComponent(() => import("./pages/Documents")),
});

const create = createRoute({
  getParentRoute: () => app,
  path: "/$plural/new",
  validateSearch: (
    raw: Record<string, unknown>,
  ): {
    team?: string;
    environment?: string;
    from?: string;
    as?: string;
    provider?: string;
    vendor?: string;
  } =>
    compact({
      team: text(raw, "team"),
      environment: text(raw, "environment"),
      from: text(raw, "from"),
      as: text(raw, "as"),
      provider: text(raw, "provider"),
      vendor: text(raw, "vendor"),
    }),
  component: lazyRouteComponent(() => import("./pages/CreateDocument")),
});

const DOCUMENT_TABS = ["edit", "history"] as const;
const document = createRoute({
  getParentRoute: () => app,
  path: "/$plural/$team/$name",
  validateSearch: (
    raw: Record<string, unknown>,
  ): { tab?: (typeof DOCUMENT_TABS)[number]; environment?: string; step?: string } =>
    compact({
      tab: oneOf(raw, "tab", DOCUMENT_TABS),
      environment: text(raw, "environment"),
      step: text(raw, "step"),
    }),
  component: lazyRouteComponent(() => import("./pages/Document")),
});

const tree = root.addChildren([
  setup,
  login,
  app.addChildren([
    overview,
    calls,
    oneCall,
    jobs,
    oneJob,
    explain,
    models,
    providers,
    settings,
    list,
    create,
    document,
  ]),
]);

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { client },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: RouteError,
    defaultPendingComponent: Lines,
    defaultPendingMs: 200,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
