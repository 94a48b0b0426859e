import { expect, it } from "vitest";
import type { DocumentView, JsonObject } from "~/api/types";
import { starter } from "./starter";

const service = (name: string, team: string, spec: JsonObject) => ({ name, team, spec }) as DocumentView;

it("begins with a call of a service of the team that is described", () => {
  const paths = { "/carts": { post: {} }, "/users": { get: {} }, "/users/{id}": { get: {} } };
  const services = [
    service("other", "b", { openapi: { paths } }),
    service("plain", "a", {}),
    service("shop@2", "a", { openapi: { paths } }),
  ];
  expect(starter(services, "a")).toEqual({
    kind: "Flow",
    team: "a",
    name: "new-flow",
    spec: {
      flow: {
        inputs: { id: "string" },
        steps: [{ first: "GET /users/{inputs.id}" }],
        response: { first: "first" },
      },
      sources: { "shop-2": { service: "shop@2" } },
    },
  });
  expect(starter([], "a").spec.sources).toEqual({ SERVICE: { service: "SERVICE" } });
});
