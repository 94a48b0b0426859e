import { describe, expect, it } from "vitest";
import type { DocumentView, JsonObject } from "~/api/types";
import { partsOf } from "../Explain";
import { callerOf, parseId } from "./caller";

const document = (kind: string, name: string, spec: JsonObject, team = "shop") =>
  ({ kind, name, team, environment: "default", spec }) as unknown as DocumentView;
const subscription = (state?: string, service = "orders") =>
  document("Subscription", `s-${state}`, {
    application: "web",
    service,
    plan: "gold",
    ...(state ? { state } : {}),
  });
const limit = { rate_limit: { requests: 5, window: "1s" } };
const cap = { concurrency: { max: 2 } };
const application = document("Application", "web", { policies: [cap] });
const ask = (subscriptions: DocumentView[], access = "subscription", caller: DocumentView = application) =>
  callerOf({
    application: caller,
    service: "shop/default/Service/orders",
    access,
    subscriptions,
    plans: [document("Plan", "gold", { policies: [limit] }), document("Plan", "gold", {}, "other")],
  });

describe("a caller", () => {
  it("brings the policies of plan and application, in this order", () => {
    const caller = ask([subscription("pending"), subscription()]);
    expect(caller.refused).toBeNull();
    expect(caller.adds.map((each) => [each.scope, each.use])).toEqual([
      ["plan", limit],
      ["application", cap],
    ]);
  });
  it("is refused without an active subscription, where one is asked for", () => {
    expect(ask([]).refused?.reason).toBe("not_subscribed");
    expect(ask([subscription("suspended")]).refused?.detail).toContain("is suspended");
    expect(ask([subscription(undefined, "other")]).refused?.reason).toBe("not_subscribed");
    expect(ask([], "application").refused).toBeNull();
  });
  it("is refused while suspended, whatever the service asks for", () => {
    const off = document("Application", "web", { suspended: true });
    expect(ask([subscription()], "public", off).refused?.reason).toBe("application_suspended");
  });
});

describe("what was typed", () => {
  it("is a path or a whole address", () => {
    expect(partsOf("https://api.example.com:8443/a?b=c")).toEqual({
      host: "api.example.com:8443",
      path: "/a?b=c",
    });
    expect([partsOf("/a"), partsOf("http://"), partsOf("a/b")]).toEqual([undefined, undefined, undefined]);
    expect(parseId("a/b/Route/c/d")).toEqual({ team: "a", environment: "b", kind: "Route", name: "c/d" });
    expect(parseId("orders")).toBeUndefined();
  });
});
