import { expect, it } from "vitest";
import type { DocumentView, JsonObject } from "~/api/types";
import { exampleOf, lineOf } from "./example";

const route = (spec: JsonObject) => ({ kind: "Route", name: "r", spec }) as unknown as DocumentView;

it("fills a path with words in capitals", () => {
  expect(exampleOf(route({ paths: ["/a/{user-id}/*"] }))).toEqual({ method: "GET", path: "/a/USER_ID/" });
  expect(exampleOf(route({ paths: [] }))).toBeUndefined();
});

it("takes what must be there from the description", () => {
  const schema = {
    type: "object",
    required: ["user", "items"],
    properties: {
      user: { type: "string" },
      items: {
        type: "array",
        items: { type: "object", required: ["n"], properties: { n: { type: "integer" } } },
      },
      note: { type: "string" },
    },
  };
  const described: JsonObject = {
    paths: {
      "/a": {
        post: {
          parameters: [
            { name: "day", in: "query", required: true },
            { name: "limit", in: "query" },
          ],
          requestBody: { content: { "application/json": { schema } } },
        },
      },
    },
  };
  expect(exampleOf(route({ paths: ["/a"], methods: ["POST"] }), described)).toEqual({
    method: "POST",
    path: "/a?day=DAY",
    body: { user: "…", items: [{ n: 1 }] },
  });
});

it("writes the line with the key where the service looks first, the host of the route, and quotes that hold", () => {
  const base = "http://127.0.0.1:8080";
  const any = route({ paths: ["/a"] });
  const get = { method: "GET", path: "/a" };
  const line = (access: JsonObject, of = any, path = "/a") =>
    lineOf({ ...get, path }, { base, route: of, access });
  expect(lineOf(get, { base, route: any })).toBe(
    `curl 'http://127.0.0.1:8080/a' \\\n  -H "authorization: Bearer $KEY"`,
  );
  expect(line({ mode: "public" })).toBe("curl 'http://127.0.0.1:8080/a'");
  expect(line({ keys: [{ header: "x-api-key" }, "bearer"] })).toContain(`-H "x-api-key: $KEY"`);
  expect(line({ keys: [{ query: "key" }] })).toBe(`curl "http://127.0.0.1:8080/a?key=$KEY"`);
  expect(line({ keys: [{ query: "key" }] }, any, "/a?day=DAY")).toContain(`/a?day=DAY&key=$KEY"`);
  const hosts = (...names: string[]) => line({ mode: "public" }, route({ paths: ["/a"], hosts: names }));
  expect(hosts("*.shop.example", "api.example.com")).toContain("-H 'host: api.example.com'");
  expect(hosts("*.shop.example")).toContain("-H 'host: any.shop.example'");
  expect(hosts("127.0.0.1")).not.toContain("host:");
  const post = { method: "POST", path: "/a", body: { says: "it's" } };
  expect(lineOf(post, { base, route: any, fields: ["prefer: respond-async"] })).toBe(
    [
      "curl -i -X POST 'http://127.0.0.1:8080/a'",
      `-H "authorization: Bearer $KEY"`,
      "-H 'prefer: respond-async'",
      "-H 'content-type: application/json'",
      `-d '{"says":"it'\\''s"}'`,
    ].join(" \\\n  "),
  );
});
