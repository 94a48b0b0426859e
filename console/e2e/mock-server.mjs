// The admin API's contract with made-up data, for work on the console without a gateway.
// Usage: node e2e/mock-server.mjs [--port 8081] [--fresh]   (--fresh: set-up is still to be done)
// Also serves the built console from dist/, as the binary does.
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { detail, overview, summaries, summary } from "./mock-data/calls.mjs";
import { catalogue, facets } from "./mock-data/catalogue.mjs";
import { deliveries } from "./mock-data/deliveries.mjs";
import { documents } from "./mock-data/documents.mjs";
import { job, jobs, timetable } from "./mock-data/jobs.mjs";
import { bodies, provider, tried, vendors } from "./mock-data/providers.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = join(here, "../dist");
const everything = JSON.parse(readFileSync(join(here, "../../docs/schema/weir.schema.json"), "utf8"));
const schemas = Object.fromEntries(
  everything.oneOf.map(({ properties }) => [
    properties.kind.const,
    { ...properties.spec, $defs: everything.$defs },
  ]),
);
const argument = (name, fallback) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : process.argv[at + 1];
};
const port = Number(argument("--port", "8081"));
const PLURALS = {
  teams: "Team",
  webhooks: "Webhook",
  upstreams: "Upstream",
  services: "Service",
  routes: "Route",
  policies: "Policy",
  plans: "Plan",
  applications: "Application",
  credentials: "Credential",
  subscriptions: "Subscription",
  providers: "Provider",
  "provider-keys": "ProviderKey",
  "model-aliases": "ModelAlias",
  schedules: "Schedule",
};
const state = {
  needed: process.argv.includes("--fresh"),
  signedIn: false,
  documents: documents(),
  history: new Map(),
  revision: 100,
  tokens: [
    {
      id: "tok_1",
      name: "ci deploys",
      scopes: ["documents_read", "documents_write"],
      team: "shop",
      hint: "weir_at_9f2c",
      created_at: past(86400 * 20),
      last_used_at: past(340),
      expires_at: null,
    },
    {
      id: "tok_2",
      name: "grafana",
      scopes: ["metrics_read"],
      team: null,
      hint: "weir_at_41b0",
      created_at: past(86400 * 5),
      last_used_at: null,
      expires_at: past(-86400 * 25),
    },
  ],
  users: [
    {
      id: "usr_1",
      email: "ada@example.com",
      name: "Ada Keller",
      roles: [{ team: "system", role: "admin" }],
      created_at: past(86400 * 40),
      disabled: false,
    },
    {
      id: "usr_2",
      email: "tomas@example.com",
      name: "Tomás Rivera",
      roles: [
        { team: "shop", role: "editor" },
        { team: "assistants", role: "viewer" },
      ],
      created_at: past(86400 * 12),
      disabled: false,
    },
    {
      id: "usr_3",
      email: "noor@example.com",
      name: "Noor Haddad",
      roles: [{ team: "assistants", role: "editor" }],
      created_at: past(86400 * 3),
      disabled: true,
    },
  ],
};

function past(seconds) {
  return new Date(Date.now() - seconds * 1000).toISOString();
}

const permissions = [
  "documents_read",
  "documents_write",
  "calls_read",
  "metrics_read",
  "tokens_manage",
  "users_manage",
  "system_read",
];
const teams = () =>
  state.documents.filter((document) => document.kind === "Team").map((document) => document.name);
const session = () => ({
  user: { id: "usr_1", email: "ada@example.com", name: "Ada Keller" },
  roles: [{ team: "system", role: "admin" }],
  teams: teams(),
  permissions: Object.fromEntries(teams().map((team) => [team, permissions])),
  csrf_token: "mock-csrf",
  version: "0.1.0",
});

function send(response, status, body, headers = {}) {
  response.writeHead(status, {
    "content-type": status >= 400 ? "application/problem+json" : "application/json",
    ...headers,
  });
  response.end(body === undefined ? "" : JSON.stringify(body));
}

function problem(response, status, code, detail, errors) {
  send(response, status, {
    type: `/docs/errors#${code}`,
    title: code.replaceAll("_", " "),
    status,
    code,
    detail,
    errors,
    request_id: "req_mock",
  });
}

const page = (items, url) => {
  const limit = Math.min(200, Number(url.searchParams.get("limit") ?? 50));
  const from = Number(url.searchParams.get("cursor") ?? 0);
  const next = from + limit < items.length ? String(from + limit) : null;
  return { items: items.slice(from, from + limit), next_cursor: next };
};

async function bodyOf(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text === "" ? {} : JSON.parse(text);
}

/** A few of the checks that the server makes, enough to see errors at their fields. */
function mistakes(document) {
  const errors = [];
  const spec = document.spec ?? {};
  if (!/^[A-Za-z0-9]([A-Za-z0-9._@:/-]*[A-Za-z0-9])?$/.test(document.name ?? ""))
    errors.push({ path: "/name", message: "is not a name" });
  if (document.kind === "Upstream") {
    if (!spec.targets?.length) errors.push({ path: "/spec/targets", message: "needs at least one target" });
    spec.targets?.forEach((target, index) => {
      if (!target.host) errors.push({ path: `/spec/targets/${index}/host`, message: "is empty" });
      if (!(target.port > 0 && target.port < 65536))
        errors.push({ path: `/spec/targets/${index}/port`, message: "is not a port" });
    });
  }
  if (document.kind === "Route") {
    if (!spec.paths?.length) errors.push({ path: "/spec/paths", message: "needs at least one path" });
    if (!state.documents.some((d) => d.kind === "Service" && d.name === spec.service))
      errors.push({ path: "/spec/service", message: `names no service: \`${spec.service}\`` });
  }
  return errors;
}

function remember(document, action) {
  const key = `${document.kind}/${document.team}/${document.name}`;
  const list = state.history.get(key) ?? [];
  list.unshift({
    revision: document.revision,
    at: new Date().toISOString(),
    by: "ada@example.com",
    action,
    document: structuredClone(document),
  });
  state.history.set(key, list);
}

for (const document of state.documents) {
  const first = structuredClone(document);
  first.revision = document.revision - 1;
  first.description = undefined;
  const key = `${document.kind}/${document.team}/${document.name}`;
  state.history.set(key, [
    {
      revision: document.revision,
      at: document.updated_at,
      by: document.updated_by,
      action: "updated",
      document: structuredClone(document),
    },
    {
      revision: first.revision,
      at: document.created_at,
      by: "quickstart",
      action: "created",
      document: first,
    },
  ]);
}

function save(response, document, found, status, action) {
  const errors = mistakes(document);
  if (errors.length > 0)
    return problem(response, 422, "invalid_document", "the document has mistakes", errors);
  state.revision += 1;
  const now = new Date().toISOString();
  const view = {
    environment: "default",
    labels: {},
    ...document,
    revision: state.revision,
    created_at: found?.created_at ?? now,
    updated_at: now,
    updated_by: "ada@example.com",
  };
  state.documents = [...state.documents.filter((d) => d !== found), view];
  remember(view, action);
  return send(response, status, view, { etag: `"${view.revision}"` });
}

async function oneDocument(request, response, url, kind, team, name, rest) {
  const found = state.documents.find((d) => d.kind === kind && d.team === team && d.name === name);
  if (!found) return problem(response, 404, "not_found", `no ${kind} ${name} in ${team}`);
  const key = `${kind}/${team}/${name}`;
  if (rest === "history") return send(response, 200, page(state.history.get(key) ?? [], url));
  if (rest === "health") {
    const targets = found.spec.targets.map((target, index) => ({
      target: `${target.host}:${target.port}`,
      state: name === "inventory" && index === 1 ? "ejected" : "healthy",
      ejected_until: name === "inventory" && index === 1 ? past(-14) : null,
      consecutive_failures: name === "inventory" && index === 1 ? 7 : 0,
      weight: target.weight ?? 1,
    }));
    return send(response, 200, { targets });
  }
  if (rest === "deliveries") {
    const off = name === "crm" && !state.switchedOn;
    const wanted = url.searchParams.get("state");
    const items = deliveries(off).filter((item) => !wanted || item.state === wanted);
    const failing_since = off ? past(5 * 86_400) : past(190);
    return send(response, 200, { ...page(items, url), failing_since, off: off ? "gone" : null });
  }
  if (rest === "replay") {
    const { event } = await bodyOf(request);
    state.switchedOn = true;
    return send(response, 200, { count: event ? 1 : 4 });
  }
  if (rest === "keys") {
    const body = await bodyOf(request);
    const secret = `weir_${Array.from({ length: 40 }, () => "abcdefghijkmnpqrstuvwxyz23456789"[Math.floor(Math.random() * 32)]).join("")}`;
    state.revision += 1;
    const now = new Date().toISOString();
    const credential = {
      kind: "Credential",
      team,
      environment: "default",
      name: body.name || `${name}-${state.revision}`,
      labels: {},
      spec: {
        application: name,
        key_hash: `sha256:${"0".repeat(64)}`,
        hint: secret.slice(0, 11),
        ...(body.expires ? { expires: body.expires } : {}),
      },
      revision: state.revision,
      created_at: now,
      updated_at: now,
      updated_by: "ada@example.com",
    };
    state.documents.push(credential);
    return send(response, 201, { key: secret, credential });
  }
  if (rest === "rollback") {
    const { revision } = await bodyOf(request);
    const entry = (state.history.get(key) ?? []).find((r) => r.revision === revision);
    return save(response, entry.document, found, 200, "rolled_back");
  }
  if (request.method === "GET") return send(response, 200, found, { etag: `"${found.revision}"` });
  const match = request.headers["if-match"];
  if (!match) return problem(response, 428, "precondition_required", "send If-Match");
  if (match !== `"${found.revision}"`)
    return problem(response, 412, "precondition_failed", "somebody else changed it meanwhile");
  if (request.method === "DELETE") {
    state.documents = state.documents.filter((d) => d !== found);
    return send(response, 204);
  }
  return save(response, { ...(await bodyOf(request)), kind, team, name }, found, 200, "updated");
}

function live(request, response, url) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  let n = 0;
  const timer = setInterval(() => {
    n += 1;
    const call = summary(Date.now(), Math.floor(Date.now() / 650));
    if (matches(call, url.searchParams)) response.write(`event: call\ndata: ${JSON.stringify(call)}\n\n`);
    if (n % 40 === 0) response.write(`event: dropped\ndata: {"count":12}\n\n`);
  }, 650);
  request.on("close", () => clearInterval(timer));
}

function matches(call, search) {
  for (const field of [
    "team",
    "service",
    "route",
    "application",
    "upstream",
    "model",
    "operation",
    "operation_kind",
    "method",
    "reason",
  ]) {
    const wanted = search.get(field);
    if (wanted && call[field] !== wanted) return false;
  }
  const status = search.get("status");
  if (status === "error" && call.status < 400) return false;
  if (/^\dxx$/.test(status ?? "") && Math.floor(call.status / 100) !== Number(status[0])) return false;
  if (/^\d{3}$/.test(status ?? "") && call.status !== Number(status)) return false;
  const trace = search.get("trace");
  if (trace && call.trace_id !== trace) return false;
  const q = search.get("q");
  if (q && !`${call.path} ${call.id} ${call.trace_id}`.includes(q)) return false;
  return call.duration_us >= Number(search.get("min_duration_us") ?? 0);
}

async function api(request, response, url) {
  const path = url.pathname.slice("/api/v1".length);
  const method = request.method;
  if (path === "/setup" && method === "GET") return send(response, 200, { needed: state.needed });
  if (path === "/setup" && method === "POST") {
    const body = await bodyOf(request);
    if (!state.needed) return problem(response, 409, "setup_done", "set-up is done already");
    if (body.token !== "mock-token")
      return problem(response, 403, "bad_token", "the link is not valid: use the one that Weir printed");
    if ((body.password ?? "").length < 12)
      return problem(response, 422, "invalid", "the form has mistakes", [
        { path: "/password", message: "needs at least 12 characters" },
      ]);
    state.needed = false;
    state.signedIn = true;
    return send(response, 200, session());
  }
  if (path === "/session" && method === "POST") {
    const body = await bodyOf(request);
    if (["wrong", "not the password"].includes(body.password))
      return problem(response, 401, "bad_credentials", "the address or the password is wrong");
    state.signedIn = true;
    return send(response, 200, session());
  }
  if (!state.signedIn) return problem(response, 401, "unauthenticated", "sign in first");
  if (path === "/session" && method === "DELETE") {
    state.signedIn = false;
    return send(response, 204);
  }
  if (path === "/session") return send(response, 200, session());
  if (path === "/system")
    return send(response, 200, {
      version: "0.1.0",
      revision: "3f9c1d2",
      snapshot_revision: state.revision,
      started_at: past(273_600),
      uptime_s: 273_600,
      mode: "store",
      listeners: [
        { name: "public", address: "127.0.0.1:8080", protocol: "http", connections: 214 },
        { name: "public-tls", address: "127.0.0.1:8443", protocol: "https", connections: 38 },
        { name: "admin", address: "127.0.0.1:8081", protocol: "http", connections: 3 },
      ],
      records: {
        queued: 12,
        written: 18_402_113,
        dropped: 0,
        disk_bytes: 2_948_113_408,
        oldest: past(86400 * 6.4),
      },
      store: { kind: "sqlite", path: "./data/weir.db" },
      last_config_error: null,
    });
  if (path === "/users" && method === "GET") return send(response, 200, page(state.users, url));
  if (path === "/users" && method === "POST") {
    const body = await bodyOf(request);
    const user = {
      id: `usr_${state.users.length + 1}`,
      created_at: new Date().toISOString(),
      disabled: false,
      roles: [],
      ...body,
    };
    state.users.push(user);
    return send(response, 201, user);
  }
  if (path.startsWith("/users/")) {
    const user = state.users.find((u) => u.id === path.slice(7));
    if (method === "DELETE") state.users = state.users.filter((u) => u !== user);
    else Object.assign(user, await bodyOf(request));
    return send(response, 200, user);
  }
  if (path === "/tokens" && method === "GET") return send(response, 200, page(state.tokens, url));
  if (path === "/tokens" && method === "POST") {
    const body = await bodyOf(request);
    const token = {
      id: `tok_${state.tokens.length + 1}`,
      created_at: new Date().toISOString(),
      hint: "weir_at_77aa",
      last_used_at: null,
      expires_at: null,
      team: null,
      ...body,
    };
    state.tokens.push(token);
    return send(response, 201, { ...token, token: "weir_at_77aa4d0c8b1e4f7fa9d2c3b4a5968778" });
  }
  if (path.startsWith("/tokens/")) {
    state.tokens = state.tokens.filter((t) => t.id !== path.slice(8));
    return send(response, 204);
  }
  if (path === "/schemas") return send(response, 200, schemas);
  if (path.startsWith("/schemas/")) return send(response, 200, schemas[path.slice(9)]);
  if (path === "/catalogue/vendors") return send(response, 200, { items: vendors() });
  if (path === "/catalogue/facets") return send(response, 200, facets());
  if (path === "/providers") {
    const q = (url.searchParams.get("q") ?? "").toLowerCase();
    const found = state.documents.filter((d) => d.kind === "Provider" && d.name.includes(q));
    return send(
      response,
      200,
      page(
        found.map((d) => provider(d, state.documents)),
        url,
      ),
    );
  }
  const trial = /^\/teams\/[^/]+\/providers\/([^/]+)\/test$/.exec(path);
  if (trial) return send(response, 200, tried(trial[1], await bodyOf(request)));
  const kept = /^\/calls\/([^/]+)\/bodies$/.exec(path);
  if (kept) return send(response, 200, { items: bodies(detail(decodeURIComponent(kept[1]))) });
  if (path === "/catalogue/models") {
    const q = url.searchParams.get("q") ?? "";
    const provider = url.searchParams.get("provider");
    const can = (url.searchParams.get("can") ?? "").split(",").filter(Boolean);
    return send(
      response,
      200,
      page(
        catalogue().filter(
          (m) =>
            m.id.includes(q) &&
            (!provider || m.provider === provider) &&
            can.every((name) => m.capabilities.includes(name)),
        ),
        url,
      ),
    );
  }
  if (path === "/metrics/overview") return send(response, 200, overview(url.searchParams));
  if (path === "/calls/live") return live(request, response, url);
  if (path === "/calls")
    return send(
      response,
      200,
      page(
        summaries(600).filter((call) => matches(call, url.searchParams)),
        url,
      ),
    );
  if (path.startsWith("/calls/")) return send(response, 200, detail(decodeURIComponent(path.slice(7))));
  if (path === "/validate") {
    const { documents: list } = await bodyOf(request);
    const errors = list.flatMap((document) =>
      mistakes(document).map((error) => ({ ...error, document: document.name })),
    );
    return send(response, 200, { valid: errors.length === 0, errors });
  }
  if (path === "/explain")
    return send(response, 200, {
      matched: true,
      refused: null,
      route: "shop/default/Route/orders",
      pattern: "/orders/{id}",
      service: "shop/default/Service/orders",
      team: "shop",
      access: "subscription",
      shadowed: [],
      path_params: { id: "42" },
      chain: [
        {
          stage: "rate_limit",
          scope: "plan",
          source: "shop/default/Plan/gold",
          settings: { rate_limit: { requests: 100, window: "1s" } },
        },
      ],
      target: {
        kind: "upstream",
        names: ["shop/default/Upstream/orders"],
        upstream: "shop/default/Upstream/orders",
        aliases: [],
        path: "/orders/42",
        targets: ["10.0.0.1:8080 (weight 1)"],
      },
    });
  if (path === "/documents") {
    const kind = url.searchParams.get("kind");
    const q = url.searchParams.get("q") ?? "";
    const team = url.searchParams.get("team");
    const items = state.documents
      .filter(
        (d) =>
          (!kind || d.kind === kind) &&
          (!team || d.team === team) &&
          `${d.name} ${d.title ?? ""}`.toLowerCase().includes(q.toLowerCase()),
      )
      .sort((a, b) => a.team.localeCompare(b.team) || a.name.localeCompare(b.name));
    return send(response, 200, page(items, url));
  }
  const [, , team, plural, name, rest] = path.split("/").map(decodeURIComponent);
  if (plural === "timetable") return send(response, 200, timetable());
  if (plural === "jobs" && rest === "cancel") return send(response, 200, { cancelled: true });
  if (plural === "jobs" && name) {
    const found = job(name);
    return found ? send(response, 200, found) : problem(response, 404, "not_found", "there is no such job");
  }
  if (plural === "jobs") {
    const wanted = url.searchParams.get("state");
    const schedule = url.searchParams.get("schedule");
    const is = (one) => !wanted || (wanted === "open" ? one.ended_at === null : one.state === wanted);
    const items = jobs().filter((one) => is(one) && (!schedule || one.schedule === schedule));
    return send(response, 200, page(items, url));
  }
  const kind = PLURALS[plural];
  if (!kind) return problem(response, 404, "not_found", "no such path");
  if (name) return oneDocument(request, response, url, kind, team, name, rest);
  if (method === "POST") {
    const document = { ...(await bodyOf(request)), kind, team };
    if (state.documents.some((d) => d.kind === kind && d.team === team && d.name === document.name))
      return problem(response, 409, "exists", `${document.name} exists already`);
    return save(response, document, undefined, 201, "created");
  }
  return send(
    response,
    200,
    page(
      state.documents.filter((d) => d.kind === kind && d.team === team),
      url,
    ),
  );
}

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

function file(response, path) {
  const wanted = join(dist, path);
  const found = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(dist, "index.html");
  if (!existsSync(found)) return send(response, 404, { status: 404, title: "build the console first" });
  response.writeHead(200, {
    "content-type": TYPES[extname(found)] ?? "application/octet-stream",
    "content-security-policy":
      "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'",
  });
  createReadStream(found).pipe(response);
}

createServer((request, response) => {
  const url = new URL(request.url, "http://mock");
  if (!url.pathname.startsWith("/api/")) return file(response, url.pathname);
  api(request, response, url).catch((error) => problem(response, 500, "internal", String(error)));
}).listen(port, "127.0.0.1", () => console.log(`mock admin API on http://127.0.0.1:${port}`));
