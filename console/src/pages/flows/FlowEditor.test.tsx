import { cleanup, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Loaded } from "~/api/queries";
import type {
  DocumentBody,
  DocumentView,
  FlowPlan,
  FlowRun,
  JsonObject,
  RunStep,
  StepPlan,
} from "~/api/types";
import { browser, mount } from "~/mount";
import FlowEditor from "./FlowEditor";

const step = (id: string, level: number, waits: string[], more: Partial<StepPlan> = {}): StepPlan => ({
  id,
  description: null,
  path: `/spec/arazzo/workflows/0/steps/${level}`,
  call: {
    method: "GET",
    path: `/shop/${id}`,
    operation: id,
    source: "shop",
    service: "default/default/Service/shop",
    route: "default/default/Route/shop-read",
  },
  workflow: null,
  does: `GET /shop/${id}`,
  marks: [],
  safe: true,
  barrier: false,
  level,
  begins_us: level * 1000,
  expected_us: 1000,
  latency: "recorded",
  slack_us: 0,
  critical: true,
  waits: waits.map((on) => ({
    on,
    why: "output",
    text: `needs $steps.${on}.outputs.id`,
    path: "/spec/arazzo",
  })),
  ...more,
});

const plan: FlowPlan = {
  workflow: "page",
  workflows: [
    {
      id: "page",
      summary: null,
      inputs: { type: "object", required: ["product"], properties: { product: { type: "string" } } },
      outputs: [],
      before: [],
      steps: [step("user", 0, []), step("cart", 1, ["user"])],
      levels: 2,
      critical: ["user", "cart"],
      total_us: 2000,
      sequential_us: 3000,
      timed: true,
      remarks: [],
    },
  ],
};

const ran = (name: string, start_us: number, after: number[]): RunStep => ({
  step: name,
  attempt: 1,
  start_us,
  duration_us: 1000,
  status: 200,
  end: "good",
  after,
  within: null,
  call: `call-of-${name}`,
  critical: true,
  slack_us: 0,
});

const run: FlowRun = {
  plan: null,
  requests: [],
  trace_id: "0af7651916cd43dd8448eb211c80319c",
  duration_us: 2100,
  outputs: { total: 12 },
  failure: null,
  absent: [],
  steps: [ran("user", 0, []), ran("cart", 1000, [0])],
};

const short: JsonObject = {
  inputs: { product: "string" },
  steps: [{ user: "GET /users/7" }, { cart: "GET /carts/{user.id}" }],
};

const view: DocumentView = {
  kind: "Flow",
  team: "default",
  environment: "default",
  name: "page",
  title: null,
  description: null,
  labels: {},
  spec: { sources: {}, arazzo: { title: "good", arazzo: "1.1.0" } },
  revision: 1,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
  updated_by: "ada",
};

/** What was asked of the admin API. */
const asked: { path: string; body: Record<string, unknown> }[] = [];
const json = (status: number, body: unknown) =>
  Promise.resolve(new Response(JSON.stringify(body), { status }));

function answer(path: string, init?: RequestInit): Promise<Response> {
  const body = typeof init?.body === "string" ? JSON.parse(init.body) : {};
  asked.push({ path, body });
  if (path.endsWith("/flows/run")) return json(200, run);
  if (path.endsWith("/flows/turn")) return json(200, { spec: { flow: short, timeout: "30s" } });
  if (init?.method === "POST" && path.endsWith("/teams/default/flows"))
    return json(201, { ...view, ...body });
  if (!path.endsWith("/flows/plan")) return json(200, { items: [], next_cursor: null });
  const bad = JSON.stringify(body).includes("bad");
  const errors = [{ path: "/spec/arazzo/title", message: "this is bad" }];
  return bad ? json(422, { status: 422, title: "It has mistakes", errors }) : json(200, plan);
}

/** Shows the editor of what is stored, or of a new flow. */
function open(
  loaded: Loaded | null,
  initial: DocumentBody,
  more: { step?: string; onStep?: (step: string | undefined) => void } = {},
) {
  mount({
    "/": () => <FlowEditor loaded={loaded} initial={initial} may {...more} />,
    "/$plural/$team/$name": () => "made",
  });
}

beforeEach(() => {
  asked.length = 0;
  browser(answer);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const stored = () => open({ document: view, etag: '"1"' }, view);
const patient = { timeout: 10_000 };
vi.setConfig({ testTimeout: 30_000 });

it("draws the plan, tells mistakes of what is typed, and keeps the graph of the last good text", async () => {
  stored();
  const card = await screen.findByRole("button", { name: /^cart: GET \/shop\/cart/ }, patient);
  expect(card.getAttribute("aria-label")).toContain("waits for user");
  // Tab leads to one card, the arrows to the others.
  expect([card.tabIndex, screen.getByRole("button", { name: /^user: / }).tabIndex]).toEqual([-1, 0]);
  fireEvent.focus(card);
  expect(card.tabIndex).toBe(0);
  expect(screen.getByText(/2 steps on 2 levels/).textContent).toContain("1.5 times sooner");
  fireEvent.click(card);
  expect(screen.getByText("needs $steps.user.outputs.id")).toBeTruthy();
  const text = screen.getByLabelText("Document text") as HTMLTextAreaElement;
  const good = text.value;
  fireEvent.change(text, { target: { value: good.replace("good", "bad") } });
  const mistakes = await screen.findByRole("list", { name: "Mistakes" }, patient);
  expect(within(mistakes).getByRole("button").textContent).toBe("Line 7: this is bad");
  expect(text.getAttribute("aria-invalid")).toBe("true");
  expect(screen.getByText("Of the last text without mistakes")).toBeTruthy();
  expect((screen.getByRole("button", { name: "Run" }) as HTMLButtonElement).disabled).toBe(true);
  fireEvent.click(within(mistakes).getByRole("button"));
  expect(text.value.slice(text.selectionStart, text.selectionEnd)).toContain("title: bad");
  fireEvent.change(text, { target: { value: good } });
  await vi.waitFor(() => expect(screen.queryByRole("list", { name: "Mistakes" })).toBeNull(), patient);
  expect(screen.getByText("As stored")).toBeTruthy();
});

it("counts another order of steps as a change, and sends it", async () => {
  const spec: JsonObject = { sources: {}, flow: { steps: [{ pay: "POST /pay" }, { call: "POST /call" }] } };
  open({ document: { ...view, spec }, etag: '"1"' }, { ...view, spec });
  const text = (await screen.findByLabelText("Document text", {}, patient)) as HTMLTextAreaElement;
  const good = text.value;
  expect(good).toContain("      pay: POST /pay\n      call: POST /call\n");
  expect(screen.getByText("As stored")).toBeTruthy();
  const turned = good.replace(/( +pay: .*\n)( +call: .*\n)/, "$2$1");
  fireEvent.change(text, { target: { value: turned } });
  await screen.findByText("Changed, not saved", {}, patient);
  await vi.waitFor(() => {
    const sent = asked.filter((one) => one.path.endsWith("/flows/plan")).at(-1)?.body;
    expect(JSON.stringify(sent)).toContain('"steps":[{"call":"POST /call"},{"pay":"POST /pay"}]');
  }, patient);
  fireEvent.change(text, { target: { value: good } });
  await screen.findByText("As stored", {}, patient);
});

it("runs what stands in the text with the inputs that the workflow asks for", async () => {
  stored();
  const region = within(await screen.findByRole("region", { name: "Run" }, patient));
  fireEvent.change(await region.findByLabelText(/^Product/, {}, patient), { target: { value: "prd-1" } });
  fireEvent.click(region.getByRole("button", { name: "Run" }));
  const bar = await region.findByRole(
    "button",
    { name: /^cart, well, 1.00 ms, on the critical path/ },
    patient,
  );
  expect(bar.getAttribute("aria-label")).toContain("opens its call");
  const sent = asked.find((one) => one.path.endsWith("/flows/run"))?.body;
  expect(sent).toMatchObject({ inputs: { product: "prd-1" }, dry_run: false, document: { name: "page" } });
  expect(region.getByText(/"total": 12/)).toBeTruthy();
});

it("asks before it runs with an empty text, and once", async () => {
  stored();
  const region = within(await screen.findByRole("region", { name: "Run" }, patient));
  await region.findByLabelText(/^Product/, {}, patient);
  fireEvent.click(region.getByRole("button", { name: "Run" }));
  await region.findByText(/^It is empty/, {}, patient);
  expect(asked.some((one) => one.path.endsWith("/flows/run"))).toBe(false);
  fireEvent.click(region.getByRole("button", { name: "Run" }));
  await region.findByText("Complete", {}, patient);
});

it("begins with the step that a link names, and tells which is chosen", async () => {
  const told = vi.fn();
  open({ document: view, etag: '"1"' }, view, { step: "cart", onStep: told });
  const card = await screen.findByRole("button", { name: /^cart: GET \/shop\/cart/ }, patient);
  expect(card.getAttribute("aria-pressed")).toBe("true");
  fireEvent.click(screen.getByRole("button", { name: /^user: GET \/shop\/user/ }));
  expect(told).toHaveBeenLastCalledWith("user");
  fireEvent.click(screen.getByRole("button", { name: "Close the step" }));
  expect(told).toHaveBeenLastCalledWith(undefined);
});

it("gives the graph the whole width by a button that keeps its name", async () => {
  stored();
  const wide = await screen.findByRole("button", { name: "Whole width" }, patient);
  expect(wide.getAttribute("aria-pressed")).toBe("false");
  fireEvent.click(wide);
  expect(screen.getByRole("button", { name: "Whole width", pressed: true })).toBe(wide);
});

it("does not store what has mistakes", async () => {
  stored();
  const text = (await screen.findByLabelText("Document text", {}, patient)) as HTMLTextAreaElement;
  const save = () => screen.getByRole("button", { name: /^Review and save/ }) as HTMLButtonElement;
  fireEvent.change(text, { target: { value: text.value.replace("good", "bad") } });
  await screen.findByRole("list", { name: "Mistakes" }, patient);
  expect([save().disabled, save().title]).toEqual([true, "Mend the mistakes first"]);
});

it("turns an Arazzo document into the short form, with steps by their names in the text and in a list where it is sent", async () => {
  stored();
  const turn = await screen.findByRole("button", { name: "In short form" }, patient);
  await vi.waitFor(() => expect((turn as HTMLButtonElement).disabled).toBe(false), patient);
  fireEvent.click(turn);
  const back = await screen.findByRole("button", { name: "As Arazzo" }, patient);
  const text = screen.getByLabelText("Document text") as HTMLTextAreaElement;
  expect(text.value).toContain("steps:\n      user: GET /users/7\n      cart: GET /carts/{user.id}\n");
  expect(text.value).not.toContain("arazzo");
  expect(text.value).not.toContain("timeout");
  await vi.waitFor(() => {
    const sent = asked.filter((one) => one.path.endsWith("/flows/plan")).at(-1)?.body;
    expect(sent).toMatchObject({ document: { spec: { flow: { steps: short.steps } } } });
  }, patient);
  expect(back).toBeTruthy();
});

it("creates a flow from what is written", async () => {
  open(null, { kind: "Flow", team: "default", name: "new-flow", spec: { flow: short, sources: {} } });
  const text = (await screen.findByLabelText("Document text", {}, patient)) as HTMLTextAreaElement;
  fireEvent.change(text, { target: { value: text.value.replace("new-flow", "page") } });
  fireEvent.click(screen.getByRole("button", { name: /^Create/ }));
  await screen.findByText("made", {}, patient);
  const sent = asked.find((one) => one.path.endsWith("/teams/default/flows"))?.body;
  expect(sent).toMatchObject({ name: "page", spec: { flow: { steps: short.steps } } });
});
