import { cleanup, fireEvent, screen } from "@testing-library/react";
import type { ReactElement } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { DocumentView, JsonObject, Kind } from "~/api/types";
import { browser, mount } from "~/mount";
import { Published } from "~/pages/flows/Published";
import { Traffic } from "~/pages/flows/Traffic";
import { FlowRoutesPanel } from "./FlowRoutesPanel";
import { LaterPanel } from "./LaterPanel";
import { SchedulePanel } from "./SchedulePanel";

vi.setConfig({ testTimeout: 30_000 });
const patient = { timeout: 10_000 };
const view = (kind: Kind, name: string, spec: JsonObject) =>
  ({ kind, team: "default", environment: "default", name, spec }) as DocumentView;
const job = { id: "j-1", schedule: "nightly", service: null, name: "report", state: "failed" };

/** What was asked of the admin API. */
const asked: string[] = [];
let routes: DocumentView[] = [];
/** How many pages of other routes come before these. */
let pages = 0;

function answer(path: string, init?: RequestInit): Promise<Response> {
  asked.push(`${init?.method ?? "GET"} ${path}`);
  const json = (body: unknown) => Promise.resolve(new Response(JSON.stringify(body), { status: 200 }));
  if (path.endsWith("/session")) return json({ permissions: { default: ["documents_write"] } });
  if (path.endsWith("/run")) return json({ job: "j-2" });
  if (path.includes("/timetable"))
    return json({ items: [{ name: "nightly", next: "2026-01-02T03:00:00Z" }] });
  const created_at = "2026-01-01T03:00:00Z";
  if (path.includes("/jobs?")) return json({ items: [{ ...job, created_at, ended_at: created_at }] });
  const page = Number(new URL(path, "http://weir").searchParams.get("cursor") ?? 0);
  return json(
    page < pages ? { items: [], next_cursor: String(page + 1) } : { items: routes, next_cursor: null },
  );
}

function show(panel: () => ReactElement) {
  mount({
    "/": panel,
    "/jobs/$team/$id": () => "its job",
    "/jobs": () => "all jobs",
    "/$plural/$team/$name": () => "it",
    "/$plural/new": () => "new",
  });
}

beforeEach(() => {
  asked.length = 0;
  routes = [];
  pages = 0;
  browser(answer);
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

it("finds the route of a flow behind many others, and says none where all are known alone", async () => {
  const flow = view("Flow", "page", {});
  show(() => <Published flow={flow} may />);
  const publish = await screen.findByRole("link", { name: /Publish/ }, patient);
  expect(publish.getAttribute("href")).toBe("/routes/new?team=default&from=page&as=flow");
  cleanup();
  pages = 3;
  routes = [view("Route", "page", { service: "pages", paths: ["/page"], flow: { name: "page" } })];
  show(() => <Published flow={flow} may />);
  await screen.findByRole("link", { name: "/page" }, patient);
  cleanup();
  pages = 30;
  const many = asked.length;
  show(() => <Published flow={flow} may />);
  await screen.findByText("Routes not known", {}, patient);
  expect(asked.length - many).toBe(10);
  cleanup();
  show(() => <LaterPanel document={view("Service", "pages", { jobs: {} })} />);
  await screen.findByText(/not known/, {}, patient);
  expect(screen.queryByText("Not reached")).toBeNull();
});

it("draws the calls of two routes of a flow, and tells how many more there are", async () => {
  routes = ["a", "b", "c", "d"].map((name) =>
    view("Route", name, { paths: [`/${name}`], flow: { name: "page" } }),
  );
  show(() => <Traffic flow={view("Flow", "page", {})} />);
  await screen.findByText(/^and 2 more routes/, {}, patient);
});
