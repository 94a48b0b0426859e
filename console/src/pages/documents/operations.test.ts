import { expect, it } from "vitest";
import { operationsOf } from "./operations";

it("lists operations with their inputs, wherever these stand", () => {
  const found = operationsOf({
    paths: {
      "/a/{id}": {
        get: {
          summary: "Reads",
          parameters: [
            { name: "id", in: "path", required: true, schema: { type: "string" } },
            { name: "Prefer", in: "header", schema: { type: "string" } },
          ],
          responses: { 200: {}, 404: {} },
        },
        post: {
          requestBody: {
            content: {
              "application/json": {
                schema: { required: ["n"], properties: { n: { type: ["integer", "null"] }, x: {} } },
              },
            },
          },
        },
      },
    },
  });
  expect(found).toEqual([
    {
      method: "GET",
      path: "/a/{id}",
      summary: "Reads",
      inputs: [{ name: "id", type: "string", required: true }],
      statuses: ["200", "404"],
    },
    {
      method: "POST",
      path: "/a/{id}",
      summary: "",
      inputs: [
        { name: "n", type: "integer | null", required: true },
        { name: "x", type: "any", required: false },
      ],
      statuses: [],
    },
  ]);
  expect(operationsOf({})).toEqual([]);
});
