import { expect, it } from "vitest";
import type { DocumentView, JsonObject } from "~/api/types";
import { exampleOf } from "./example";

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
