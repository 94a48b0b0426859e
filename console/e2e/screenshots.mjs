// Visits every page of the console in light and dark, saves a picture of each, and fails on any console error and on any
// page that is wider than a desk's or a telephone's screen.
// Usage: node e2e/screenshots.mjs BASE_URL OUT_DIR [--token SETUP_TOKEN] [--email E] [--password P] [--gateway URL --key KEY]
// --gateway, --key: those of a quickstart, which is then filled with flows, jobs, schedules, webhooks, batches and GraphQL calls.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { seed } from "./seed.mjs";

const [base = "http://127.0.0.1:8081", out = "shots"] = process.argv
  .slice(2)
  .filter((a, i, all) => !a.startsWith("--") && !all[i - 1]?.startsWith("--"));
const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
};
const token = option("token");
const email = option("email", "ada@example.com");
const password = option("password", "a quiet weir holds back the river");
mkdirSync(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: option("chromium", "/usr/bin/chromium"),
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const SIZE = { width: 1440, height: 900 };
/** Pages that are taken on a telephone too. */
const NARROW = new Set([
  "overview",
  "calls",
  "call",
  "services",
  "services-detail",
  "upstreams-edit",
  "providers",
  "providers-tested",
  "providers-new",
  "catalogue",
  "catalogue-model",
  "call-bodies",
  "explain",
  "webhooks-detail",
  "flows",
  "flow",
  "flow-run",
  "call-flow",
  "call-batch",
  "call-graphql",
  "jobs",
  "job",
  "schedules",
  "schedules-detail",
]);
const context = await browser.newContext({
  viewport: SIZE,
  colorScheme: "light",
  reducedMotion: "reduce",
});
const page = await context.newPage();
const faults = [];
/** Statuses of answers that belong to what is looked at, which the browser writes down by itself: at first, there is no session. */
const expected = new Set([401]);
page.on("console", (message) => {
  if (message.type() !== "error") return;
  if ([...expected].some((status) => message.text().includes(`status of ${status}`))) return;
  faults.push(`${page.url()}: ${message.text()}`);
});
// A form with changes asks before it is left.
page.on("dialog", (dialog) => dialog.accept());
page.on("pageerror", (error) => faults.push(`${page.url()}: ${error.stack ?? error}`));

async function shoot(name) {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.waitForTimeout(250);
    await page.screenshot({ path: join(out, `${name}-${scheme}.png`) });
  }
  await page.emulateMedia({ colorScheme: "light" });
}

async function visit(path, name, ready = "main h1") {
  await page.goto(base + path);
  await page.waitForSelector(ready, { timeout: 15_000 });
  await page.waitForTimeout(700);
  await shoot(name);
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 844 });
    await page.waitForTimeout(120);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) faults.push(`${path} is ${wide} px wide on a screen of ${width}`);
    if (width === 390 && NARROW.has(name)) await shoot(`${name}-narrow`);
  }
  await page.setViewportSize(SIZE);
}

/** The pages of flows: as they are stored, with a step chosen, with a mistake, run, and larger than the screen. */
async function flows() {
  const card = "[data-step]";
  const text = () => page.getByLabel("Document text");
  const run = page.getByRole("region", { name: "Run", exact: true });
  await visit("/flows", "flows");
  await visit("/flows?q=nobody-is-called-so", "flows-empty");
  await visit("/flows/default/product-page", "flow", card);
  await page.locator('[data-step="recommended"]').click();
  await shoot("flow-step");
  await run.getByLabel(/^Product/).fill("prd-1");
  await run.getByRole("button", { name: "Run", exact: true }).click();
  await run.getByText("Complete", { exact: true }).waitFor();
  await run.evaluate((part) => part.scrollIntoView({ block: "start" }));
  await shoot("flow-run");
  await page.setViewportSize({ width: 390, height: 844 });
  await run.evaluate((part) => part.scrollIntoView({ block: "start" }));
  await shoot("flow-run-narrow");
  await page.setViewportSize(SIZE);
  await run.getByRole("button", { name: "Dry run" }).click();
  await run.getByText("Nothing was sent.").waitFor();
  await run.evaluate((part) => part.scrollIntoView({ block: "start" }));
  await shoot("flow-dry-run");
  await visit("/flows/default/forty-steps", "flow-large", card);
  // The answer that lists the mistakes is a 422, which the browser writes down by itself.
  expected.add(422);
  await text().fill((await text().inputValue()).replace("{user0.items", "{nobody.items"));
  await page.getByRole("list", { name: "Mistakes" }).waitFor();
  await shoot("flow-mistake");
  expected.delete(422);
  await visit("/flows/default/two-hundred-steps", "flow-huge", card);
  await visit("/flows/default/checkout?tab=edit", "flow-form", "form");
  await visit("/flows/default/checkout?tab=history", "flow-history");
  await visit("/flows/new", "flow-new", card);
}

const api = async (path) => (await context.request.get(base + path)).json();

// --- sign in
const { needed } = await api("/api/v1/setup");
if (needed) {
  await visit(`/setup?token=${token ?? ""}`, "setup", "h1");
  if (!token) throw new Error("set-up is needed: give --token");
  await page.fill("#name", "Ada Keller");
  await page.fill("#email", email);
  await page.fill("#password", password);
} else {
  await visit("/login", "login", "#email");
  await page.fill("#email", email);
  await page.fill("#password", password);
}
await page.click("button[type=submit]");
await page.waitForSelector("main h1");
expected.delete(401);
const gateway = option("gateway");
if (gateway) await seed({ page, base, gateway, key: option("key") });

// --- pages
await visit("/?range=15m", "overview");
await visit("/calls", "calls");
await visit("/calls?scale=each&live=off", "calls-paused");
const calls = (await api("/api/v1/calls?limit=100")).items;
// The call of which there is most to see.
const worth = (call) =>
  call.attempts * 10 + call.bars.length + (call.streamed ? 2 : 0) + (call.model ? 1 : 0);
const best = calls.toSorted((a, b) => worth(b) - worth(a))[0];
const refused = calls.find((call) => call.reason);
const told = calls.find((call) => call.model && call.streamed && call.status === 200);
if (told) {
  await visit(`/calls/${encodeURIComponent(told.id)}?tab=bodies`, "call-bodies", "[role=tree]");
  const top = () =>
    page
      .getByRole("tablist", { name: "Details" })
      .evaluate((tabs) => tabs.scrollIntoView({ block: "start" }));
  await top();
  await shoot("call-bodies-below");
  await page.setViewportSize({ width: 390, height: 844 });
  await top();
  await shoot("call-bodies-below-narrow");
  await page.setViewportSize(SIZE);
}
const whole = calls.find((call) => call.model && !call.streamed && call.status === 200);
if (whole)
  await visit(`/calls/${encodeURIComponent(whole.id)}?tab=bodies`, "call-bodies-whole", "[role=tree]");
const plain = calls.find((call) => !call.model && call.status === 200);
if (plain)
  await visit(`/calls/${encodeURIComponent(plain.id)}?tab=bodies`, "call-bodies-none", "[role=tree]");
if (best) {
  await visit(`/calls/${encodeURIComponent(best.id)}`, "call", "[role=tree]");
  await page.hover("[role=treeitem] >> nth=6").catch(() => undefined);
  await page.waitForTimeout(200);
  await shoot("call-hover");
  await visit(`/calls/${encodeURIComponent(best.id)}?tab=tokens`, "call-tokens", "[role=tree]");
  await visit(`/calls/${encodeURIComponent(best.id)}?tab=attempts`, "call-attempts", "[role=tree]");
  await visit(`/calls/${encodeURIComponent(best.id)}?tab=details`, "call-request", "[role=tree]");
}
if (refused) await visit(`/calls/${encodeURIComponent(refused.id)}`, "call-refused", "[role=tree]");
// What a flow, a batch and a GraphQL schema did within a call, well and not.
const within = [
  ["call-flow", (call) => call.path.startsWith("/storefront/dashboard/")],
  ["call-flow-failed", (call) => call.path.startsWith("/storefront/broken/") && call.status >= 400],
  ["call-flow-large", (call) => call.path.startsWith("/storefront/forty/") && call.status === 200],
  ["call-job", (call) => call.status === 202],
  ["call-batch", (call) => call.path === "/storefront/batch"],
  ["call-graphql", (call) => call.operation === "Cart"],
];
const storefront = gateway
  ? [
      ...(await api("/api/v1/calls?limit=100&service=storefront")).items,
      ...(await api("/api/v1/calls?limit=100&service=graph")).items,
    ]
  : [];
for (const [name, is] of within) {
  const found = storefront.find(is);
  if (found) await visit(`/calls/${encodeURIComponent(found.id)}`, name, "[role=tree]");
}
await visit("/explain", "explain-empty");
await visit("/explain?path=/shop/users/usr-1/orders&application=default/demo", "explain", "main section");
await visit("/explain?method=POST&path=/nothing-here", "explain-refused", "main section");
const kinds = {
  services: "Service",
  routes: "Route",
  upstreams: "Upstream",
  applications: "Application",
  plans: "Plan",
  policies: "Policy",
  subscriptions: "Subscription",
  providers: "Provider",
  "provider-keys": "ProviderKey",
  teams: "Team",
  "model-aliases": "ModelAlias",
  webhooks: "Webhook",
  schedules: "Schedule",
};
for (const [plural, kind] of Object.entries(kinds)) {
  if (plural !== "model-aliases") await visit(`/${plural}`, plural);
  const { items } = await api(`/api/v1/documents?kind=${kind}&limit=5`);
  const [item] = items.toSorted((a, b) => JSON.stringify(b.spec).length - JSON.stringify(a.spec).length);
  if (!item) continue;
  const path = `/${plural}/${encodeURIComponent(item.team)}/${encodeURIComponent(item.name)}`;
  await visit(path, `${plural}-detail`);
  await visit(`${path}?tab=edit`, `${plural}-edit`, "form");
  if (kind === "Service" || kind === "Upstream") await visit(`${path}?tab=history`, `${plural}-history`);
}
if (gateway) {
  await visit("/webhooks/default/crm", "webhooks-waiting");
  await visit("/webhooks/default/ledger", "webhooks-dead");
  await visit("/services/default/storefront", "service-of-flows");
  await flows();
} else await visit("/webhooks/default/crm", "webhooks-off");
await visit("/upstreams/new", "create", "form");
const [upstream] = (await api("/api/v1/documents?kind=Upstream&q=shop&limit=1")).items;
await page.goto(`${base}/upstreams/${upstream.team}/${upstream.name}?tab=edit`);
await page.getByRole("radio", { name: "Text" }).click();
await page.getByLabel("Document text").press("Control+End");
await page.getByLabel("Document text").pressSequentially("  nothing: here\n");
await page.waitForTimeout(1000);
await shoot("text");
await visit("/models", "models");
await visit("/models?tab=catalogue", "catalogue");
await visit("/models?tab=catalogue&provider=all&can=vision,reasoning&sort=input", "catalogue-filtered");
await visit("/models?tab=catalogue&provider=all&q=no-model-is-called-so", "catalogue-empty");
const openai = (await api("/api/v1/catalogue/models?provider=openai&q=gpt-4.1-mini&limit=1")).items[0];
if (openai)
  await visit(
    `/models?tab=catalogue&provider=openai&q=gpt-4.1&open=${encodeURIComponent(`openai/${openai.id}`)}`,
    "catalogue-model",
  );
await visit("/providers/new", "providers-new");
await visit("/providers?q=nobody-is-called-so", "providers-empty");
// Each thing that a test can tell, one under another.
await page.goto(`${base}/providers`);
const tests = page.getByRole("button", { name: /^Test / });
await tests.first().waitFor();
for (const at of [0, 1]) await tests.nth(at).click();
await page
  .getByText(/answered in/)
  .first()
  .waitFor();
await page.getByLabel("Model to test").nth(1).fill("no-such-model");
await page.getByRole("button", { name: "Test this model" }).nth(1).click();
await page
  .getByText(/answered with an error|gave no answer|No connection/)
  .first()
  .waitFor();
await shoot("providers-tested");
await page.setViewportSize({ width: 390, height: 844 });
await shoot("providers-tested-narrow");
await page.setViewportSize(SIZE);
const team = gateway ? "default" : "shop";
await visit(`/jobs?team=${team}`, "jobs");
await visit(`/jobs?team=${team}&schedule=nobody`, "jobs-empty");
const listed = await api(`/api/v1/teams/${team}/jobs?limit=200`);
for (const [state, name] of [
  ["running", "job-running"],
  ["succeeded", "job"],
  ["failed", "job-failed"],
  ["cancelled", "job-cancelled"],
]) {
  const found = listed.items?.find((job) => job.state === state);
  if (found) await visit(`/jobs/${team}/${found.id}`, name, "main dl");
}
await visit("/settings", "settings-tokens");
await visit("/settings?tab=users", "settings-users");
await visit("/settings?tab=system", "settings-system");
await page.keyboard.press("Control+k");
await page.waitForSelector("[cmdk-input]");
await page.waitForTimeout(300);
await shoot("palette");
await page.keyboard.press("Escape");
await visit("/calls?q=nothing-is-called-so&live=off", "calls-empty");
await visit("/nowhere/at/all/really", "not-found", "h2");

await browser.close();
if (faults.length > 0) {
  console.error(`${faults.length} console errors:\n${[...new Set(faults)].join("\n")}`);
  process.exit(1);
}
console.log(`pictures in ${out}, no console errors`);
