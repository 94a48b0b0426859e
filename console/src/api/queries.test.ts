import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, it, vi } from "vitest";
import { jobQuery, teamOfJobQuery } from "./queries";

const client = () => new QueryClient({ defaultOptions: { queries: { retry: false } } });
const said = (status: number, body: object = {}) =>
  Promise.resolve(new Response(JSON.stringify(body), { status }));

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("finds the team of a job among many, and asks no further", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    return said(path.includes("/team-8/") ? 200 : path.includes("/team-1/") ? 403 : 404);
  });
  const teams = Array.from({ length: 20 }, (_, at) => `team-${at}`);
  expect(await client().fetchQuery(teamOfJobQuery(teams, "id"))).toBe("team-8");
  expect(asked.length).toBe(12);
  expect(await client().fetchQuery(teamOfJobQuery(teams.slice(0, 8), "id"))).toBeNull();
  vi.stubGlobal("fetch", () => said(500));
  await expect(client().fetchQuery(teamOfJobQuery(teams, "id"))).rejects.toThrow();
});

it("asks for an open job every second, and no more for one that is not there", async () => {
  vi.useFakeTimers();
  const asked = vi.fn(() => said(200, { ended_at: null }));
  vi.stubGlobal("fetch", asked);
  const watch = async () => {
    asked.mockClear();
    const stop = new QueryObserver(client(), jobQuery("default", "id")).subscribe(() => {});
    await vi.advanceTimersByTimeAsync(3_500);
    stop();
    return asked.mock.calls.length;
  };
  expect(await watch()).toBe(4);
  for (const status of [404, 403]) {
    asked.mockImplementation(() => said(status));
    expect(await watch()).toBe(1);
  }
  // It may come back.
  asked.mockImplementation(() => said(503));
  expect(await watch()).toBe(4);
});
