import { expect, it } from "vitest";
import type { DocumentView, JsonObject } from "~/api/types";
import { reachedAt, takes } from "./reach";

const route = (spec: JsonObject) => ({ kind: "Route", name: "r", spec }) as unknown as DocumentView;

it("compares paths as routes do", () => {
  expect(takes("/a/*", "/a")).toBe(true);
  expect(takes("/a/*", "/a/b/c")).toBe(true);
  expect(takes("/a/*", "/ab")).toBe(false);
  expect(takes("/a/{id}", "/a/7")).toBe(true);
  expect(takes("/a/{id}", "/a/7/b")).toBe(false);
});

it("finds where a path of the service's own is reached, behind what a route takes off", () => {
  const stripped = route({ paths: ["/reports/*"], strip_prefix: "/reports" });
  expect(reachedAt([stripped], "/jobs", "GET")).toBe("/reports/jobs");
  expect(reachedAt([route({ paths: ["/shop/*"] })], "/jobs", "GET")).toBeUndefined();
  expect(reachedAt([route({ paths: ["/*"], methods: ["GET"] })], "/batch", "POST")).toBeUndefined();
  expect(reachedAt([route({ paths: ["/jobs"], flow: { name: "f" } })], "/jobs", "GET")).toBeUndefined();
});
