import { useSearch } from "@tanstack/react-router";
import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { browser, mount } from "~/mount";
import CreateDocument from "./CreateDocument";

vi.setConfig({ testTimeout: 30_000 });
const patient = { timeout: 10_000 };

/** What was asked of the admin API. */
const asked: { path: string; body: unknown }[] = [];

function answer(path: string, init?: RequestInit): Promise<Response> {
  const body = typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
  asked.push({ path, body });
  const json = (value: unknown) => Promise.resolve(new Response(JSON.stringify(value), { status: 200 }));
  if (path.endsWith("/session")) return json({ teams: ["shop"], permissions: { shop: ["documents_write"] } });
  if (path.includes("/schemas/")) return json({ type: "object", properties: {} });
  if (path.endsWith("/flows/plan")) return json({ workflow: "page", workflows: [] });
  if (path.endsWith("/teams/shop/schedules")) return json(body);
  if (path.includes("/teams/shop/flows/page"))
    return json({ kind: "Flow", team: "shop", environment: "test", name: "page", spec: {} });
  return json({ items: [], next_cursor: null });
}

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("makes a schedule in the environment of the flow from which one comes", async () => {
  browser(answer);
  mount(
    {
      "/$plural/new": CreateDocument,
      "/$plural/$team/$name": () => `made with ${JSON.stringify(useSearch({ strict: false }))}`,
    },
    "/schedules/new?team=shop&environment=test&from=page&as=flow",
  );
  const button = await screen.findByRole("button", { name: /^Create/ }, patient);
  expect(asked.map((one) => one.path)).toContain("/api/v1/teams/shop/flows/page?environment=test");
  expect(screen.getByRole("heading", { name: "New schedule in test" })).toBeTruthy();
  fireEvent.click(button);
  await screen.findByText('made with {"environment":"test"}', {}, patient);
  expect(asked.find((one) => one.path.endsWith("/teams/shop/schedules"))?.body).toMatchObject({
    team: "shop",
    environment: "test",
    name: "page",
    spec: { flow: "page" },
  });
});
