import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { type ReactElement, useState } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FieldError, type JsonObject, KINDS, type Schema } from "~/api/types";
// Loaded here, so that no test waits for it.
import "./JsonArea";
import { SchemaForm } from "./SchemaForm";
import { blankOf } from "./schema";
import { schemas as all } from "./schemas.testdata";

function Form({
  kind,
  start,
  errors = [],
  seen,
}: {
  kind: string;
  start?: JsonObject;
  errors?: FieldError[];
  seen?: (value: JsonObject) => void;
}): ReactElement {
  const schema = all[kind] as Schema;
  const [value, setValue] = useState<JsonObject>(start ?? (blankOf(schema, schema) as JsonObject));
  const change = (next: JsonObject) => {
    setValue(next);
    seen?.(next);
  };
  return (
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <SchemaForm schema={schema} value={value} onChange={change} errors={errors} team="default" />
    </QueryClientProvider>
  );
}

beforeEach(() => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response('{"items":[],"next_cursor":null}')));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("the form", () => {
  it("makes a webhook's key, which can be read until it is saved", () => {
    const seen = vi.fn();
    render(<Form kind="Webhook" seen={seen} />);
    fireEvent.click(screen.getByRole("button", { name: "Make one" }));
    const { secret } = seen.mock.calls.at(-1)?.[0] ?? {};
    expect(secret.value).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(screen.getByDisplayValue(secret.value).getAttribute("type")).toBe("text");
    screen.getByRole("button", { name: "Copy secret" });
  });

  it("does not make a key that a vendor gives", () => {
    render(<Form kind="ProviderKey" />);
    expect(screen.queryByRole("button", { name: "Make one" })).toBeNull();
  });

  it.each(KINDS)("shows a new %s with a field for each property", (kind) => {
    const { container } = render(<Form kind={kind} />);
    const properties = Object.keys(all[kind]?.properties ?? {});
    expect(container.textContent).not.toContain("Edit this in the text tab");
    if (properties.length > 0)
      expect(container.querySelectorAll("input, select, button").length).toBeGreaterThanOrEqual(
        properties.length,
      );
  });

  it("adds a target, changes it and says what is wrong at the field", () => {
    const seen = vi.fn();
    const errors = [{ path: "/spec/targets/0/port", message: "is not a port" }];
    render(<Form kind="Upstream" errors={errors} seen={seen} />);
    const host = screen.getByLabelText("host");
    fireEvent.change(host, { target: { value: "10.0.0.1" } });
    expect(seen).toHaveBeenLastCalledWith({ targets: [{ host: "10.0.0.1", port: 80 }] });
    fireEvent.change(screen.getByLabelText("weight"), { target: { value: "3" } });
    expect(seen).toHaveBeenLastCalledWith({ targets: [{ host: "10.0.0.1", port: 80, weight: 3 }] });
    const port = screen.getByLabelText("port");
    expect(port.getAttribute("aria-invalid")).toBe("true");
    expect(screen.getByRole("alert").textContent).toBe("is not a port");
  });

  it("turns from one branch of a choice to another and keeps nothing of the first", () => {
    const seen = vi.fn();
    render(<Form kind="Service" start={{ backend: { upstream: { name: "shop" } } }} seen={seen} />);
    fireEvent.change(screen.getByLabelText(/^Backend/), { target: { value: "ai" } });
    expect(seen).toHaveBeenLastCalledWith({ backend: { ai: {} } });
  });

  it("sets an optional part and takes it away again", () => {
    const seen = vi.fn();
    render(<Form kind="Upstream" seen={seen} />);
    const set = screen.getAllByRole("button", { name: "Set" });
    expect(set.length).toBeGreaterThan(2);
    fireEvent.click(set[0] as HTMLElement);
    expect(Object.keys(seen.mock.lastCall?.[0] as object)).toHaveLength(2);
    fireEvent.click(screen.getByRole("button", { name: "Use the default" }));
    expect(Object.keys(seen.mock.lastCall?.[0] as object)).toEqual(["targets"]);
  });

  it("leaves an emptied optional text out", () => {
    const seen = vi.fn();
    render(<Form kind="Route" start={{ service: "a", paths: ["/"], strip_prefix: "/x" }} seen={seen} />);
    fireEvent.change(screen.getByLabelText("Strip prefix"), { target: { value: "" } });
    expect(seen).toHaveBeenLastCalledWith({ service: "a", paths: ["/"] });
  });

  it("offers methods to tick, and keeps one that it does not know", () => {
    const seen = vi.fn();
    render(<Form kind="Route" start={{ service: "a", paths: ["/"], methods: ["PURGE"] }} seen={seen} />);
    fireEvent.click(screen.getByRole("button", { name: "POST" }));
    fireEvent.click(screen.getByRole("button", { name: "GET" }));
    expect(seen.mock.lastCall?.[0].methods).toEqual(["GET", "POST", "PURGE"]);
    expect(screen.getByRole("button", { name: "GET" }).getAttribute("aria-pressed")).toBe("true");
    fireEvent.click(screen.getByRole("button", { name: "PURGE" }));
    expect(seen.mock.lastCall?.[0].methods).toEqual(["GET", "POST"]);
  });

  it("shows what an absent choice means", () => {
    render(<Form kind="Service" start={{ backend: { ai: {} } }} />);
    expect((screen.getByLabelText("State") as HTMLSelectElement).value).toBe("published");
  });

  it("never shows a sealed secret and lets another be set", () => {
    const seen = vi.fn();
    render(<Form kind="ProviderKey" start={{ provider: "openai", secret: { sealed: "***" } }} seen={seen} />);
    expect(screen.queryByDisplayValue("***")).toBeNull();
    expect(screen.getByText(/never read out/)).toBeTruthy();
    fireEvent.change(screen.getByLabelText(/^Secret/), { target: { value: "value" } });
    expect((screen.getByLabelText(/^Value/) as HTMLInputElement).type).toBe("password");
  });

  it("takes free JSON as YAML, tells what cannot be read and keeps what was", async () => {
    const seen = vi.fn();
    const start = { arazzo: { arazzo: "1.1.0" }, sources: {} };
    const errors = [{ path: "/spec/arazzo/info", message: "is missing" }];
    render(<Form kind="Flow" start={start} errors={errors} seen={seen} />);
    const area = (await screen.findByLabelText("Arazzo")) as HTMLTextAreaElement;
    expect(area.value).toBe("arazzo: 1.1.0");
    expect(screen.getByRole("alert").textContent).toBe("Line 1: is missing");
    fireEvent.change(area, { target: { value: "arazzo: 1.1.0\ninfo: {title: [}" } });
    expect(seen).not.toHaveBeenCalled();
    expect(screen.getByRole("alert").textContent).toMatch(/^Line 2: /);
    fireEvent.change(area, { target: { value: '{"arazzo": "1.1.0", "info": {"title": "x"}}' } });
    expect(seen.mock.lastCall?.[0].arazzo).toEqual({ arazzo: "1.1.0", info: { title: "x" } });
  });

  it("folds large JSON away and counts the mistakes in it", async () => {
    const steps = Array.from({ length: 80 }, (_, index) => ({ stepId: `step-${index}` }));
    const errors = [0, 1].map((index) => ({ path: `/spec/arazzo/steps/${index}`, message: "is odd" }));
    render(<Form kind="Flow" start={{ arazzo: { steps }, sources: {} }} errors={errors} />);
    expect(screen.queryByLabelText("Arazzo")).toBeNull();
    expect(screen.getByRole("alert").textContent).toBe("2 mistakes in it");
    fireEvent.click(screen.getByRole("button", { name: "Show and edit" }));
    expect(((await screen.findByLabelText("Arazzo")) as HTMLTextAreaElement).value).toContain("step-79");
    fireEvent.click(screen.getByRole("button", { name: "Fold it away" }));
    expect(screen.queryByLabelText("Arazzo")).toBeNull();
  });
});
