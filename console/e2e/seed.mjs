// Puts flows, jobs, schedules, webhooks, batches and GraphQL calls into a quickstart, so that every page of them has
// something to show: what came out well, what failed, what is partial, and what is larger than usual.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const FLOWS = new URL("../../examples/flows/", import.meta.url);

/** A recipe in its short form, as the admin API takes it: with its steps as a list. */
function recipe(name, sources, more = {}) {
  const text = readFileSync(fileURLToPath(new URL(`${name}.flow.yaml`, FLOWS)), "utf8");
  const { sources: _, flow: __, ...flow } = parse(text);
  const steps = Object.entries(flow.steps).map(([id, step]) => ({ [id]: step }));
  const title = flow.title ?? name;
  return { kind: "Flow", name, title, spec: { flow: { ...flow, steps }, sources, ...more } };
}

const SHOP = { shop: { service: "shop" } };
const short = (name, title, flow, more = {}) => ({
  kind: "Flow",
  name,
  title,
  spec: { flow, sources: SHOP, ...more },
});

/** `many` steps, some of which wait for others. */
function wide(many) {
  const steps = [];
  for (let at = 0; at < many; at++) {
    const on = at - 7;
    const id = on < 0 ? "{inputs.user}" : `{${stepName(on)}.items.0.user_id}`;
    // Equal calls would be made once.
    steps.push({ [stepName(at)]: `GET /shop/users/${id}/orders?limit=${(at % 50) + 1}` });
  }
  return { inputs: { user: "string" }, steps, response: { last: `${stepName(many - 1)}.total` } };
}
const stepName = (at) =>
  at % 9 === 4 ? `whatTheWarehouseSaysOfItsPartNumber${at}` : `${["user", "stock", "price"][at % 3]}${at}`;

/** `shop` is the target of the sample shop. */
export const documents = (shop) => [
  {
    kind: "Service",
    name: "storefront",
    title: "Storefront",
    spec: { backend: { upstream: { name: "shop" } }, jobs: {}, batch: {} },
  },
  {
    kind: "Subscription",
    name: "demo-storefront",
    spec: { application: "demo", service: "storefront", plan: "pro" },
  },
  // The service of a step that takes its time: no time limit is in its way.
  {
    kind: "Upstream",
    name: "slow",
    title: "Sample shop, with patience",
    spec: { targets: [shop], timeouts: { first_byte: "1h" } },
  },
  {
    kind: "Service",
    name: "slow",
    title: "Slow reports",
    spec: {
      backend: { upstream: { name: "slow", path_prefix: "/shop" } },
      openapi: {
        openapi: "3.1.0",
        info: { title: "Slow reports", version: "1.0.0" },
        paths: {
          "/users/{id}": {
            get: {
              operationId: "report",
              parameters: [
                { name: "id", in: "path", required: true, schema: { type: "string" } },
                { name: "x-simulate", in: "header", schema: { type: "string" } },
              ],
              responses: { 200: { description: "The report" } },
            },
          },
        },
      },
    },
  },
  {
    kind: "Route",
    name: "slow",
    spec: { service: "slow", paths: ["/slow/*"], strip_prefix: "/slow" },
  },
  recipe("dashboard", SHOP),
  recipe("checkout", SHOP),
  recipe("search", SHOP),
  recipe("orders-with-products", SHOP),
  short("nightly-sums", "Nightly sums", {
    inputs: { day: "string?" },
    steps: [
      {
        counted: {
          call: "GET /shop/orders?status={inputs.status}&limit=1",
          "for-each": { in: '["pending", "paid", "shipped"]', as: "status" },
          outputs: { totals: "$response.body#/total" },
        },
      },
    ],
    response: { totals: "$steps.counted.outputs.totals" },
  }),
  {
    kind: "Flow",
    name: "long-report",
    title: "A report that takes minutes",
    spec: {
      flow: {
        inputs: { user: "string", wait: "string" },
        steps: [
          { user: "shop GET /shop/users/{inputs.user}" },
          { orders: "shop GET /shop/users/{inputs.user}/orders" },
          {
            gathered: {
              call: "slow GET /users/{user.id}",
              headers: { "x-simulate": "latency={inputs.wait}" },
            },
          },
          { told: "shop GET /shop/users/{gathered.id}/recommendations" },
        ],
        response: { report: "gathered", orders: "orders.total", picks: "told.product_ids" },
      },
      sources: { ...SHOP, slow: { service: "slow" } },
      timeout: "10m",
    },
  },
  short("broken-promise", "A step that fails each time", {
    inputs: { user: "string" },
    steps: [
      { user: "GET /shop/users/{inputs.user}" },
      { reviews: { call: "GET /shop/products/prd-1/reviews", optional: true } },
      {
        shipping: {
          call: "GET /shop/shipping/{user.name}",
          retry: { attempts: 3, backoff: "50ms" },
        },
      },
    ],
    response: { user: "user", shipping: "shipping" },
  }),
  short(
    "forty-steps",
    "Forty steps, seven at a time, with names of the length that people give them",
    wide(40),
  ),
  short("two-hundred-steps", "Two hundred steps", wide(200)),
  ...[
    ["dashboard", "/storefront/dashboard/{user}", ["GET"]],
    ["checkout", "/storefront/checkout", ["POST"]],
    ["orders-with-products", "/storefront/orders/{user}", ["GET"]],
    ["long-report", "/storefront/reports/{user}", ["POST"]],
    ["broken-promise", "/storefront/broken/{user}", ["GET"]],
    ["forty-steps", "/storefront/forty/{user}", ["GET"]],
    ["search", "/storefront/search", ["GET"]],
  ].map(([name, path, methods]) => ({
    kind: "Route",
    name: `storefront-${name}`,
    spec: { service: "storefront", paths: [path], methods, flow: { name } },
  })),
  {
    kind: "Route",
    name: "storefront",
    spec: { service: "storefront", paths: ["/storefront/*"], strip_prefix: "/storefront" },
  },
  {
    kind: "Schedule",
    name: "nightly-sums",
    title: "Sums of the day, every night",
    spec: {
      cron: "0 3 * * *",
      time_zone: "Europe/Paris",
      flow: "nightly-sums",
      inputs: { day: "{$schedule.date}" },
      concurrency: "allow",
    },
  },
  {
    kind: "Schedule",
    name: "paused",
    title: "One that is paused",
    spec: { cron: "*/15 * * * *", flow: "nightly-sums", suspended: true },
  },
  // Nobody listens at port 9: what goes there waits for its next attempt, or is a dead letter soon.
  webhook("crm", "The CRM, which is down", { lasts: "24h", first: "5m", longest: "15m", gives_up: "5d" }),
  webhook("ledger", "The ledger, which gave up", { lasts: "1s", first: "1s", longest: "1s", gives_up: "5d" }),
  {
    kind: "Service",
    name: "graph",
    title: "The shop as GraphQL",
    spec: {
      access: { mode: "public" },
      backend: {
        graphql: {
          sources: SHOP,
          schema: `
            type Query {
              user(id: ID!): User @rest(source: "shop", operation: "GET /shop/users/{id}")
              product(id: ID!): Product @rest(source: "shop", operation: "GET /shop/products/{id}")
            }
            type User { id: ID!, name: String, tier: String }
            type Product {
              id: ID!
              name: String
              price: Price @rest(source: "shop", operation: "GET /shop/prices/{product}", args: {product: "$parent.id"})
            }
            type Price { amount: Float, currency: String }
          `,
        },
      },
    },
  },
  { kind: "Route", name: "graph", spec: { service: "graph", paths: ["/graphql"] } },
];

function webhook(name, title, retry) {
  return {
    kind: "Webhook",
    name,
    title,
    spec: {
      url: "http://127.0.0.1:9/hooks",
      reach: "anywhere",
      secret: { value: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
      retry,
    },
  };
}

/** What a flow that is `many` times written lists. */
const copies = (many) =>
  Array.from({ length: many }, (_, at) =>
    short(`copy-${String(at).padStart(2, "0")}`, `Copy ${at} of a small flow`, {
      inputs: { user: "string" },
      steps: [{ user: "GET /shop/users/{inputs.user}" }],
      response: { user: "user" },
    }),
  );

/**
 * Fills a quickstart in which somebody is signed in.
 * @param {{page: import("playwright-core").Page, base: string, gateway: string, key: string, full?: boolean}} where
 */
export async function seed({ page, base, gateway, key, full = false }) {
  const session = await (await page.request.get(`${base}/api/v1/session`)).json();
  const api = async (method, path, data) => {
    const headers = { "x-csrf-token": session.csrf_token, origin: base };
    const answer = await page.request.fetch(base + path, { method, data, headers });
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  };
  const plural = {
    Flow: "flows",
    Service: "services",
    Route: "routes",
    Schedule: "schedules",
    Subscription: "subscriptions",
    Upstream: "upstreams",
    Webhook: "webhooks",
  };
  const sample = await api("GET", "/api/v1/teams/default/upstreams/shop");
  const shop = sample.spec.targets[0];
  for (const { kind, ...rest } of [...documents(shop), ...(full ? copies(55) : [])])
    await api("POST", `/api/v1/teams/default/${plural[kind]}`, { kind, team: "default", ...rest });
  const send = (method, path, data, headers = {}) =>
    page.request.fetch(gateway + path, {
      method,
      ...(data === undefined ? {} : { data }),
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    });
  const later = { prefer: "respond-async" };
  const basket = (quantity) => ({ user: "usr-2", items: [{ product_id: "prd-3", quantity }] });
  // Runs: well, in part, failed; as calls and as jobs.
  for (let user = 1; user <= (full ? 12 : 3); user++) {
    await send("GET", `/storefront/dashboard/usr-${user}`);
    await send("GET", `/storefront/orders/usr-${user}`, undefined, later);
  }
  await send("GET", "/storefront/search?categories=kitchen&categories=garden");
  await send("GET", "/storefront/broken/usr-1");
  await send("GET", "/storefront/broken/usr-1", undefined, later);
  await send("POST", "/storefront/checkout", basket(1));
  await send("POST", "/storefront/checkout", basket(1), later);
  await send("GET", "/storefront/forty/usr-1");
  await send("GET", "/storefront/forty/usr-2", undefined, later);
  await send("GET", "/storefront/nothing-is-here", undefined, later);
  for (let at = 0; at < (full ? 60 : 0); at++)
    await send("GET", `/storefront/orders/usr-${(at % 50) + 1}`, undefined, later);
  await send("POST", "/storefront/batch", {
    requests: [
      { id: "user", method: "GET", path: "/shop/users/usr-1" },
      { id: "orders", method: "GET", path: "/shop/users/{$ref:user.body#/id}/orders" },
      { id: "nobody", method: "GET", path: "/shop/users/usr-999" },
      { id: "after", method: "GET", path: "/shop/users/{$ref:nobody.body#/id}" },
      { method: "GET", path: "/shop/products/prd-4" },
    ],
  });
  for (const query of [
    'query Cart { user(id: "usr-1") { name tier } product(id: "prd-1") { name price { amount } } }',
    'query NobodyThere { user(id: "usr-999") { name } }',
    "{ user(id: 3) { nothing } }",
  ])
    await send("POST", "/graphql", { query });
  for (let at = 0; at < (full ? 3 : 2); at++)
    await api("POST", "/api/v1/teams/default/schedules/nightly-sums/run");
  for (let at = 0; at < (full ? 55 : 4); at++)
    await api("POST", "/api/v1/teams/default/events", {
      type: "order.created",
      data: { id: `ord-${at}`, total: at },
    });
  // Last, so that these still run when the pages are looked at.
  const running = await send("POST", "/storefront/reports/usr-1", { wait: "5m" }, later);
  await send("POST", "/storefront/reports/usr-2", { wait: "5m" }, later);
  const jobs = await api("GET", "/api/v1/teams/default/jobs?limit=200");
  const mine = jobs.items.find((job) => (running.headers().location ?? "").endsWith(job.id));
  if (mine) await api("POST", `/api/v1/teams/default/jobs/${mine.id}/cancel`);
}
