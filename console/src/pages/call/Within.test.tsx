import { act, cleanup, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { CallDetail, CallSummary } from "~/api/types";
import { browser, mount } from "~/mount";
import { Within } from "./Within";

const at = "2026-11-22T08:39:20.000100Z";
const of = (id: string) =>
  ({
    id,
    trace_id: "t",
    at,
    duration_us: 300,
    method: "GET",
    path: `/${id}`,
    status: 200,
    reason: null,
  }) as CallSummary;
const call = { ...of("query"), duration_us: 1_000 } as CallDetail;

const asked: URLSearchParams[] = [];
/** The pages of the log, each reached by the number of it. */
let pages: CallSummary[][] = [];

function answer(path: string): Promise<Response> {
  const values = new URL(path, "http://weir").searchParams;
  asked.push(values);
  const page = Number(values.get("cursor") ?? 0);
  const next_cursor = page + 1 < pages.length ? String(page + 1) : null;
  return Promise.resolve(new Response(JSON.stringify({ items: pages[page], next_cursor }), { status: 200 }));
}

async function show(): Promise<void> {
  mount({ "/": () => <Within call={call} />, "/calls": () => null });
  await pass(100);
}

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
const bars = () => screen.queryAllByRole("button", { name: /^GET / }).length;

beforeEach(() => {
  asked.length = 0;
  vi.useFakeTimers();
  browser(answer);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("shows the calls of all pages, and asks once more for those that were not written yet", async () => {
  pages = [[of("query"), of("a")], [of("b")]];
  await show();
  expect(bars()).toBe(2);
  expect(screen.queryByText(/of more/)).toBeNull();
  expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({ trace: "t", from: "1795336760000100" });
  pages = [[of("late")], ...pages];
  await pass(1_500);
  expect(bars()).toBe(3);
  const many = asked.length;
  await pass(60_000);
  expect(asked.length).toBe(many);
});

it("says that there are more than it asks for", async () => {
  pages = Array.from({ length: 12 }, (_, page) => [of(`call-${page}`)]);
  await show();
  expect(bars()).toBe(10);
  expect(screen.getByText(/the last 10 of more/)).toBeTruthy();
});
