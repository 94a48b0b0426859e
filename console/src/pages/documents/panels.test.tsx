import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from "@tanstack/react-router";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactElement } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { DocumentView, JsonObject, Kind } from "~/api/types";
import { FlowRoutesPanel } from "./FlowRoutesPanel";
import { SchedulePanel } from "./SchedulePanel";

vi.setConfig({ testTimeout: 30_000 });
const patient = { timeout: 10_000 };
const view = (kind: Kind, name: string, spec: JsonObject) =>
  ({ kind, team: "default", environment: "default", name, spec }) as DocumentView;
const job = { id: "j-1", schedule: "nightly", service: null, name: "report", state: "failed" };

/** What was asked of the admin API. */
const asked: string[] = [];
let routes: DocumentView[] = [];

function answer(path: string, init?: RequestInit): Promise<Response> {
  asked.push(`${init?.method ?? "GET"} ${path}`);
  const json = (body: unknown) => Promise.resolve(new Response(JSON.stringify(body), { status: 200 }));
  if (path.endsWith("/session")) return json({ permissions: { default: ["documents_write"] } });
  if (path.endsWith("/run")) return json({ job: "j-2" });
  if (path.includes("/timetable"))
    return json({ items: [{ name: "nightly", next: "2026-01-02T03:00:00Z" }] });
  const created_at = "2026-01-01T03:00:00Z";
  if (path.includes("/jobs?")) return json({ items: [{ ...job, created_at, ended_at: created_at }] });
  return json({ items: routes, next_cursor: null });
}

function show(panel: () => ReactElement) {
  const root = createRootRoute({ component: Outlet });
  const page = createRoute({ getParentRoute: () => root, path: "/", component: panel });
  const made = createRoute({
    getParentRoute: () => root,
    path: "/jobs/$team/$id",
    component: () => "its job",
  });
  const all = createRoute({ getParentRoute: () => root, path: "/jobs", component: () => "all jobs" });
  const routeTree = root.addChildren([page, made, all]);
  const router = createRouter({ routeTree, history: createMemoryHistory() });
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
}

beforeEach(() => {
  asked.length = 0;
  routes = [];
  vi.stubGlobal("fetch", answer);
  vi.stubGlobal("scrollTo", () => {});
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("runs a schedule beside its times once that is confirmed, and leads to the job", async () => {
  show(() => <SchedulePanel document={view("Schedule", "nightly", { flow: "report", cron: "0 3 * * *" })} />);
  expect((await screen.findByRole("link", { name: /^Failed/ }, patient)).getAttribute("href")).toContain(
    "/j-1",
  );
  fireEvent.click(screen.getByRole("button", { name: "Run now" }));
  expect(asked.some((one) => one.startsWith("POST"))).toBe(false);
  fireEvent.click(await screen.findByRole("button", { name: "Run it" }, patient));
  await screen.findByText("its job", {}, patient);
  expect(asked).toContain("POST /api/v1/teams/default/schedules/nightly/run");
});

it("offers the description of a service whose routes flows answer, and nothing where none does", async () => {
  const service = view("Service", "pages", {});
  routes = [view("Route", "plain", { service: "pages" })];
  show(() => <FlowRoutesPanel document={service} />);
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0), patient);
  expect(screen.queryByRole("link")).toBeNull();
  cleanup();
  routes.push(view("Route", "page", { service: "pages", flow: { name: "page" } }));
  show(() => <FlowRoutesPanel document={service} />);
  const link = await screen.findByRole("link", { name: "Download" }, patient);
  expect(link.getAttribute("href")).toBe("/api/v1/teams/default/services/pages/openapi");
  expect(link.getAttribute("download")).toBe("pages.openapi.json");
});
