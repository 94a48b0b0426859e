// What people do in the console, against a running Weir (or the mock): exits non-zero at the first thing that fails.
// Usage: node e2e/flows.mjs BASE_URL [--setup LINK] [--email E] [--password P] [--gateway URL --key KEY] [--chromium PATH]
// --setup: the one-time link as it was printed; without it the user is there already.
// --gateway, --key: where the shop of the quickstart is called while the live tail is watched, and its key.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const base = process.argv[2] ?? "http://127.0.0.1:8081";
const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
};
const email = option("email", "ada@example.com");
const password = option("password", "a quiet weir holds back the river");
const unique = `e2e-${Date.now().toString(36)}`;

const browser = await chromium.launch({
  executablePath: option("chromium", "/usr/bin/chromium"),
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
  ],
});
const page = await browser.newPage({ viewport: { width: 1360, height: 860 } });
page.setDefaultTimeout(30_000);
const faults = [];
page.on("pageerror", (error) => faults.push(String(error)));
const button = (name) => page.getByRole("button", { name, exact: true });
const toast = (text) => page.locator("output", { hasText: text }).waitFor();

async function step(name, what) {
  try {
    await what();
  } catch (error) {
    const picture = join(tmpdir(), "weir-flow-failed.png");
    await page.screenshot({ path: picture }).catch(() => undefined);
    const seen = await page
      .locator("main")
      .ariaSnapshot()
      .catch(() => "");
    console.error(
      `failed: ${name} (see ${picture})\n${error.stack ?? error}\non the page:\n${seen.slice(0, 2000)}`,
    );
    process.exit(1);
  }
  console.log(`ok  ${name}`);
}

const signOut = async () => {
  await button("Account").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForSelector("#email");
  assert.equal((await page.request.get(`${base}/api/v1/session`)).status(), 401);
};

const setup = option("setup");
if (setup)
  await step("the printed link makes the first administrator, once", async () => {
    await page.goto(setup);
    await page.fill("#name", "Ada Keller");
    await page.fill("#email", email);
    await page.fill("#password", password);
    await page.click("button[type=submit]");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await signOut();
    await page.goto(setup);
    await page.getByText("has its first administrator already").waitFor();
  });

await step("sign in, and come back to where one was", async () => {
  await page.goto(`${base}/upstreams`);
  await page.fill("#email", email);
  await page.fill("#password", "not the password");
  await page.click("button[type=submit]");
  await page.getByRole("alert").waitFor();
  await page.fill("#password", password);
  await page.click("button[type=submit]");
  await page.getByRole("heading", { name: "Upstreams" }).waitFor();
});

await step("a mistake is said at its field, then the document is created", async () => {
  await page.goto(`${base}/upstreams/new`);
  await page.fill("#doc-name", unique);
  await page.fill("#doc-title", "Made by a test");
  await page.getByLabel("host", { exact: true }).fill("");
  await page.getByRole("button", { name: /^Create/ }).click();
  await page.locator("[aria-invalid=true]").first().waitFor();
  await page.getByLabel("host", { exact: true }).fill("127.0.0.1");
  await page.getByLabel("port", { exact: true }).fill("9");
  await page.getByRole("button", { name: /^Create/ }).click();
  await toast("created");
  await page.getByRole("heading", { name: "Made by a test" }).waitFor();
});

await step("an edit is compared before it is saved", async () => {
  await page.keyboard.press("e");
  await page.fill("#doc-title", "Changed by a test");
  await page.getByRole("button", { name: /^Review and save/ }).click();
  await page.locator("[role=dialog]", { hasText: "+title: Changed by a test" }).waitFor();
  await page.locator("[role=dialog]").getByRole("button", { name: "Save", exact: true }).click();
  await toast("Saved");
  await page.getByRole("heading", { name: "Changed by a test" }).waitFor();
});

await step("the text tab takes YAML and refuses what cannot be read", async () => {
  await page.goto(`${page.url().split("?")[0]}?tab=edit`);
  await page.getByRole("radio", { name: "Text" }).click();
  const text = page.getByLabel("Document text");
  const before = await text.inputValue();
  await text.fill("a: [");
  assert.ok(await page.getByRole("button", { name: /^Review and save/ }).isDisabled());
  await text.fill(before.replace("port: 9", "port: 10"));
  await page.getByRole("button", { name: /^Review and save/ }).click();
  await page.locator("[role=dialog]").getByRole("button", { name: "Save", exact: true }).click();
  await toast("Saved");
});

await step("the history goes back", async () => {
  await page.getByRole("tab", { name: "History" }).click();
  await page.locator("ol button", { hasText: "Created" }).click();
  await button("Roll back to this").click();
  await toast("Back at revision");
  await page.getByRole("heading", { name: "Made by a test" }).waitFor();
});

await step("a deletion can be taken back", async () => {
  await button("More").click();
  await page.getByRole("menuitem", { name: /^Delete/ }).click();
  await page.locator("[role=dialog]").getByRole("button", { name: "Delete", exact: true }).click();
  await toast("deleted");
  await button("Undo").click();
  await page.getByText(unique).first().waitFor();
});

await step("an application gets a key that is shown once and can be revoked", async () => {
  await page.goto(`${base}/applications/new`);
  await page.fill("#doc-name", unique);
  await page.getByRole("button", { name: /^Create/ }).click();
  await toast("created");
  await button("New key").click();
  await button("Create key").click();
  const key = await page.locator("[role=dialog] code").textContent();
  assert.match(key ?? "", /^weir_/);
  await button("I have it").click();
  await button("Revoke").click();
  await toast("no longer works");
});

await step("tokens and users", async () => {
  await page.goto(`${base}/settings`);
  await button("New token").click();
  await page.fill("#token-name", unique);
  await page.getByLabel("Calls read").check();
  await button("Create token").click();
  assert.match((await page.locator("[role=dialog] code").textContent()) ?? "", /^weir_at_/);
  await button("I have it").click();
  await page
    .getByRole("row", { name: new RegExp(unique) })
    .getByRole("button", { name: "Revoke" })
    .click();
  await toast("no longer works");
  await page.getByRole("tab", { name: "Users" }).click();
  await button("New user").click();
  await page.fill("#user-name", unique);
  await page.fill("#user-email", `${unique}@example.com`);
  await page.fill("#user-password", "a long enough password");
  await button("Create user").click();
  await toast("User created");
  await page
    .getByRole("row", { name: new RegExp(unique) })
    .first()
    .click();
  await button("Delete").click();
  await toast("User deleted");
});

await step("a request is explained, and a pasted address is taken apart", async () => {
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await page.getByLabel("Path or address").fill(`https://${unique}.example.com/${unique}?a=b`);
  await page.keyboard.press("Enter");
  await page.locator("main section").first().waitFor();
  assert.equal(await page.getByLabel("Host").inputValue(), `${unique}.example.com`);
  assert.equal(new URL(page.url()).searchParams.get("path"), `/${unique}?a=b`);
});

await step("the palette finds a document", async () => {
  await page.keyboard.press("Control+k");
  await page.locator("[cmdk-input]").fill(unique);
  await page.locator("[cmdk-item]", { hasText: unique }).first().waitFor();
  await page.keyboard.press("Escape");
});

const gateway = option("gateway");
await step("the live tail shows a call, and the keyboard opens it", async () => {
  await page.goto(`${base}/calls`);
  await page.getByText("Live ·").first().waitFor();
  if (gateway) {
    await page.locator("main", { hasText: `curl -i ${gateway}/ ` }).waitFor();
    await page.request.get(`${gateway}/${unique}`);
    await page.locator("[role=option]", { hasText: unique }).first().waitFor();
  }
  await page.keyboard.press("p");
  await page.getByText("Paused ·").waitFor();
  await page.locator("[role=listbox]").focus();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[role=tree]");
  await page.keyboard.press("Escape");
  await page.waitForSelector("[role=listbox]");
});

if (gateway)
  await step("a call's waterfall has its stages, its attempt and its phases", async () => {
    const headers = { authorization: `Bearer ${option("key")}` };
    await page.goto(`${base}/calls`);
    await page.getByText("Live ·").first().waitFor();
    assert.equal((await page.request.get(`${gateway}/shop/users/usr-1/orders`, { headers })).status(), 200);
    await page.locator("[role=option]", { hasText: "/shop/users/usr-1/orders" }).first().click();
    await page.getByRole("heading", { name: /200.*GET.*\/shop\/users\/usr-1\/orders/ }).waitFor();
    for (const span of [/^route/i, /^authenticate/i, /^target/i, /^attempt/i, /^connect/i, /^wait/i])
      await page.getByRole("tree").getByRole("treeitem").filter({ hasText: span }).first().waitFor();
    const wait = page.getByRole("treeitem").filter({ hasText: /^wait/i }).first();
    await wait.click();
    assert.equal(await wait.getAttribute("aria-selected"), "true");
  });

await step("a vendor is chosen, and its provider's form knows the address", async () => {
  await page.goto(`${base}/providers`);
  await page.getByRole("heading", { name: "Providers", exact: true }).waitFor();
  await page.getByRole("link", { name: "New provider" }).first().click();
  await page.getByLabel("Find a vendor").fill("groq");
  await page.getByRole("link", { name: /^Groq/ }).click();
  await page.waitForSelector("form #doc-name");
  assert.equal(await page.locator("#doc-name").inputValue(), "groq");
  await page.locator("input[value='https://api.groq.com/openai/v1']").first().waitFor();
  await page.fill("#doc-name", unique);
  await page.getByRole("button", { name: /^Create/ }).click();
  await toast("created");
  await page.goto(`${base}/providers?q=${unique}`);
  await page.locator("main li", { hasText: "api.groq.com" }).getByText("Add a key").waitFor();
});

await step("a provider is tried: the answer and its phases, or what failed and the way out", async () => {
  await page.goto(`${base}/providers?q=openai`);
  const card = page.locator("main li", { hasText: "/openai" }).first();
  await card.getByRole("button", { name: "Test openai" }).click();
  await card.getByText(/answered in/).waitFor();
  for (const phase of ["Connect", "Wait"]) await card.getByText(phase, { exact: true }).waitFor();
  await card.getByLabel("Model to test").fill("no-such-model");
  await card.getByRole("button", { name: "Test this model" }).click();
  await card.getByText(/answered with an error/).waitFor();
  await card.getByText(/Look at the model's name/).waitFor();
});

await step("the catalogue is filtered, a model opens with every price and becomes an alias", async () => {
  await page.goto(`${base}/models?tab=catalogue&provider=openai`);
  const rows = page.getByRole("listbox", { name: "Catalogue" }).getByRole("option");
  await rows.first().waitFor();
  await page.getByLabel("Find a model").fill("gpt-4.1-mini");
  await page.getByRole("button", { name: "Vision", exact: true }).click();
  await page.waitForURL(/can=vision/);
  await rows.filter({ hasNotText: "gpt-4.1-mini" }).first().waitFor({ state: "detached" });
  await rows
    .filter({ hasText: /^gpt-4.1-mini/ })
    .first()
    .click();
  const card = page.getByRole("complementary", { name: /^gpt-4.1-mini/ });
  await card.getByText("Read from cache").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("listbox", { name: "Catalogue" }).focus();
  await page.keyboard.press("ArrowDown");
  await card.getByRole("link", { name: "Use as alias" }).click();
  await page.waitForSelector("form #doc-name");
  await page.locator("form input[value^='gpt-4.1-mini']").first().waitFor();
});

if (gateway)
  await step("a call's page has both sides of request and answer, and the pieces of a stream", async () => {
    const headers = { authorization: `Bearer ${option("key")}` };
    const data = { model: "claude", stream: true, seed: 7, messages: [{ role: "user", content: unique }] };
    await page.goto(`${base}/calls`);
    await page.getByText("Live ·").first().waitFor();
    assert.equal(
      (await page.request.post(`${gateway}/v1/chat/completions`, { headers, data })).status(),
      200,
    );
    await page.locator("[role=option]", { hasText: "/v1/chat/completions" }).first().click();
    const pane = (name) => page.getByRole("region", { name, exact: true });
    await pane("The client sent").getByText(unique).waitFor();
    await pane("Weir sent to the provider").getByText(unique).waitFor();
    await pane("Weir sent to the provider").getByText("Anthropic Messages").waitFor();
    await pane("The provider answered").getByText("message_start").first().waitFor();
    await pane("The client got").getByText("[DONE]").first().waitFor();
    await page.getByText("first token").waitFor();
    await page.getByText("Piece", { exact: true }).waitFor();
  });

if (gateway)
  await step("a flow is drawn, a mistake stands at its line, and what is mended runs", async () => {
    await page.goto(`${base}/flows/default/product-page`);
    const card = (name) => page.locator(`[data-step="${name}"]`);
    await card("recommended").click();
    await page.getByRole("button", { name: "needs $steps.reviews.outputs.firstAuthor" }).waitFor();
    await card("recommended").press("ArrowRight");
    assert.match((await page.locator(":focus").getAttribute("data-step")) ?? "", /^alsoLiked/);
    const text = page.getByLabel("Document text");
    const before = await text.inputValue();
    await text.fill(before.replace("$steps.alsoLiked.outputs.name", "$steps.nobody.outputs.name"));
    const line = before.slice(0, before.indexOf("$steps.alsoLiked.outputs.name")).split("\n").length;
    await page.locator("#document-text-help", { hasText: `Line ${line}: there is no step` }).waitFor({
      state: "attached",
    });
    await page.getByRole("list", { name: "Mistakes" }).getByRole("button").click();
    const run = page.getByRole("region", { name: "Run", exact: true });
    assert.ok(await run.getByRole("button", { name: "Run", exact: true }).isDisabled());
    await text.fill(before);
    await run.getByLabel(/^Product/).fill("prd-1");
    await run.getByRole("button", { name: "Dry run" }).click();
    await run.getByText("GET /shop/products/prd-1", { exact: true }).waitFor();
    await run.getByRole("button", { name: "Run", exact: true }).click();
    await run.getByText("Complete", { exact: true }).waitFor();
    assert.equal(await run.locator("[data-row]").count(), 8);
    const critical = run.getByRole("button", { name: /on the critical path/ });
    assert.equal(await critical.count(), 3);
    await critical.first().click();
    await page.getByRole("tree").waitFor();
    assert.match(page.url(), /\/calls\//);
  });

if (gateway)
  await step(
    "a flow begins in the short form, becomes Arazzo and back, and is run by a schedule at once",
    async () => {
      await page.goto(`${base}/flows/new`);
      const text = page.getByLabel("Document text");
      await text.waitFor();
      const page_ = `      a: GET /shop/products/{inputs.id}\n      b: GET /shop/prices/{a.id}\n`;
      const written = (await text.inputValue())
        .replace("new-flow", `${unique}-short`)
        .replace(/ {6}first: GET .*\n/, page_)
        .replace("first: first", "price: b.amount");
      await text.fill(written);
      await page.locator('[data-step="b"]').waitFor();
      await button("As Arazzo").click();
      await button("In short form").waitFor();
      assert.match(await text.inputValue(), /workflowId: .*-short/);
      await button("In short form").click();
      await button("As Arazzo").waitFor();
      assert.ok((await text.inputValue()).includes(page_), await text.inputValue());
      await page.getByRole("button", { name: /^Create/ }).click();
      await toast("created");
      await page.goto(`${base}/schedules/new?from=${unique}-short&as=flow`);
      await page.fill("#doc-name", `${unique}-nightly`);
      await page.getByRole("radio", { name: "Text" }).click();
      const schedule = await page.getByLabel("Document text").inputValue();
      const spec = `spec:\n  cron: "0 3 * * *"\n  flow: ${unique}-short\n  inputs: {id: prd-1}\n`;
      await page.getByLabel("Document text").fill(schedule.slice(0, schedule.indexOf("spec:")) + spec);
      await page.getByRole("button", { name: /^Create/ }).click();
      await toast("created");
      await page.getByText("It has not run yet.").waitFor();
      await button("Run now").click();
      await button("Run it").click();
      await page.getByText("Succeeded", { exact: true }).waitFor();
      assert.match(page.url(), /\/jobs\//);
      const steps = page.getByRole("region", { name: "Steps", exact: true });
      await steps
        .getByRole("button", { name: /, well, .*critical path/ })
        .first()
        .waitFor();
    },
  );

if (gateway)
  await step("a call that ran a flow shows its steps", async () => {
    const headers = { authorization: `Bearer ${option("key")}` };
    const answered = await page.request.get(`${gateway}/shop/pages/prd-2`, { headers });
    assert.equal(answered.status(), 200);
    // Records are written once a second.
    const until = Date.now() + 15_000;
    let found = [];
    while (found.length === 0) {
      assert.ok(Date.now() < until);
      const listed = await page.request.get(`${base}/api/v1/calls?q=/shop/pages/prd-2&limit=1`);
      found = (await listed.json()).items;
    }
    const [{ id }] = found;
    await page.goto(`${base}/calls/${id}`);
    const steps = page.getByRole("region", { name: "Steps of the flow" });
    await steps.getByRole("button", { name: /^alsoLiked, well/ }).waitFor();
    assert.equal(await steps.locator("[data-row]").count(), 8);
  });

if (gateway)
  await step("the first flow of the docs is published, called, found, and run as a job", async () => {
    const docs = readFileSync(new URL("../../docs/flows.md", import.meta.url), "utf8");
    const [, written = ""] = /```yaml\n([^`]*name: my-page[^`]*)```/.exec(docs) ?? [];
    const name = `${unique}-page`;
    await page.goto(`${base}/flows/new`);
    await page.getByLabel("Document text").fill(written.replaceAll(/^ {3}/gm, "").replace("my-page", name));
    await page.locator('[data-step="parcel"]').waitFor();
    await page.getByRole("button", { name: /^Create/ }).click();
    await toast("created");
    await page.getByRole("link", { name: "Publish" }).click();
    await page.waitForSelector(`#doc-name[value="${name}"]`);
    await page.getByRole("button", { name: /^Create/ }).click();
    await page.getByRole("region", { name: "Try it" }).getByText(`/${name}/USER`).first().waitFor();
    const headers = { authorization: `Bearer ${option("key")}` };
    const answered = await page.request.get(`${gateway}/${name}/usr-1`, { headers });
    assert.equal(answered.status(), 200);
    await page.goto(`${base}/calls?q=/${name}/`);
    await page
      .locator("[role=option]", { hasText: `/${name}/usr-1` })
      .first()
      .click();
    await page.getByRole("region", { name: "Steps of the flow" }).waitFor();
    await page.getByRole("link", { name, exact: true }).first().waitFor();
    const later = await page.request.get(`${gateway}/${name}/usr-1`, {
      headers: { ...headers, prefer: "respond-async" },
    });
    assert.equal(later.status(), 202);
    await page.goto(`${base}/jobs`);
    await page
      .getByRole("row", { name: new RegExp(name) })
      .first()
      .press("Enter");
    await page.getByRole("heading", { name: `${name} Succeeded` }).waitFor();
    await page.getByRole("region", { name: "Result" }).getByText('"orders"').waitFor();
  });

if (gateway)
  await step("what the help of flows shows is a flow, and a link leads to one of its steps", async () => {
    await page.goto(`${base}/flows/new`);
    const text = page.getByLabel("Document text");
    await text.waitFor();
    await button("Help").click();
    const shown = await page.getByRole("dialog").locator("pre").allTextContents();
    await page.keyboard.press("Escape");
    const [response, sources] = shown.slice(-2);
    const within = (lines, by) => lines.replaceAll(/^/gm, " ".repeat(by));
    const inputs = "    inputs: {user: string, key: string, items: array, products: array}";
    const steps = within(shown.slice(0, -2).join("\n"), 6);
    const flow = `${inputs}\n    steps:\n${steps}\n${within(response, 4)}\n${within(sources, 2)}`;
    await text.fill(`kind: Flow\nteam: default\nname: ${unique}-glance\nspec:\n  flow:\n${flow}\n`);
    await page
      .locator("[data-step]")
      .nth(shown.length - 3)
      .waitFor();
    assert.equal(await page.getByRole("list", { name: "Mistakes" }).count(), 0);
    await page.getByRole("button", { name: /^Create/ }).click();
    await toast("created");
    await page.locator('[data-step="parcel"]').click();
    await page.waitForURL(/step=parcel/);
    await page.reload();
    await page.locator('[data-step="parcel"][aria-pressed=true]').waitFor();
    await page.getByRole("button", { name: "needs $steps.placed.outputs.body#/id" }).waitFor();
  });

if (gateway)
  await step("a GraphQL query's page has the calls that it needed", async () => {
    const headers = {
      "x-csrf-token": (await (await page.request.get(`${base}/api/v1/session`)).json()).csrf_token,
      origin: base,
    };
    const make = async (kind, body) => {
      const made = await page.request.post(`${base}/api/v1/teams/default/${kind}`, { headers, data: body });
      assert.ok(made.ok(), await made.text());
    };
    const schema =
      'type Query { user(id: ID!): User @rest(operation: "GET /shop/users/{id}") } type User { name: String }';
    const backend = { graphql: { sources: { shop: { service: "shop" } }, schema } };
    const name = `${unique}-graph`;
    await make("services", {
      kind: "Service",
      team: "default",
      name,
      spec: { access: { mode: "public" }, backend },
    });
    await make("routes", {
      kind: "Route",
      team: "default",
      name,
      spec: { service: name, paths: [`/${name}`] },
    });
    const query = 'query Whose { a: user(id: "usr-1") { name } b: user(id: "usr-2") { name } }';
    const answered = await page.request.post(`${gateway}/${name}`, { data: { query } });
    assert.equal(answered.status(), 200);
    await page.goto(`${base}/calls?q=/${name}`);
    await page.locator("[role=option]", { hasText: "query Whose" }).first().click();
    const calls = page.getByRole("region", { name: "Calls within" });
    await calls.getByRole("button", { name: /^GET \/shop\/users\/usr-2, well/ }).click();
    await page.getByRole("heading", { name: "/shop/users/usr-2" }).waitFor();
  });

await step("single keys lead to pages, and sign-out ends the session", async () => {
  // Not from a form, where keys are text.
  await page.goto(`${base}/`);
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await page.getByRole("heading", { name: "Services" }).waitFor();
  await signOut();
});

await browser.close();
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exit(1);
}
