import type { CatalogueModel, DocumentView, JsonObject } from "~/api/types";
import { isObject } from "~/forms/schema";

/** A price of the catalogue: what it is for, and for how much of it. */
export interface Price {
  key: string;
  label: string;
  unit: string;
  /** Micro-dollars per million; null: not known. */
  micros: number | null;
}

const LABELS: [key: string, label: string, unit: string][] = [
  ["input", "Input", "1M tokens"],
  ["output", "Output", "1M tokens"],
  ["cache_read", "Read from cache", "1M tokens"],
  ["cache_write", "Written to cache, 5 minutes", "1M tokens"],
  ["cache_write_1h", "Written to cache, 1 hour", "1M tokens"],
  ["reasoning", "Reasoning", "1M tokens"],
  ["audio_in", "Audio in", "1M tokens"],
  ["audio_out", "Audio out", "1M tokens"],
  ["batch_input", "Input in a batch", "1M tokens"],
  ["batch_output", "Output in a batch", "1M tokens"],
  ["per_image", "An image", "image"],
  ["per_second", "A second", "second"],
  ["per_character", "A character", "1M characters"],
  ["per_query", "A query", "query"],
];

/** Units that are so dear that prices are told of one and not of a million. */
const SINGLE = new Set(["image", "second", "query"]);

/** Every price that a model has, and its token prices where they are unknown. */
export function pricesOf(model: CatalogueModel): Price[] {
  const of = (key: string) => model.prices[key] ?? null;
  return LABELS.map(([key, label, unit]) => ({ key, label, unit, micros: of(key) })).filter(
    (price) =>
      price.micros !== null || ((price.key === "input" || price.key === "output") && !hasOther(model)),
  );
}

function hasOther(model: CatalogueModel): boolean {
  return ["per_image", "per_second", "per_character", "per_query", "audio_in", "audio_out"].some(
    (key) => (model.prices[key] ?? null) !== null,
  );
}

/** The price of an image, a second, a character or a query, for what is not sold by tokens. */
export function perPiece(model: CatalogueModel): Price | undefined {
  return pricesOf(model).find((price) => price.key.startsWith("per_"));
}

/** `$2.50`: dollars for a million of it, or for one. */
export function priceText(price: Pick<Price, "micros" | "unit">): string {
  if (price.micros === null) return "unknown";
  const dollars = price.micros / 1e6 / (SINGLE.has(price.unit) ? 1e6 : 1);
  if (dollars === 0) return "$0";
  if (dollars >= 100) return `$${dollars.toFixed(0)}`;
  if (dollars >= 0.1) return `$${dollars.toFixed(2)}`;
  return `$${dollars.toPrecision(2).replace(/\.?0+$/, "")}`;
}

/** What a document's price is of; a million tokens where nothing is said. */
const UNITS: Record<string, string> = {
  image: "image",
  minute: "minute",
  characters: "1M characters",
  query: "query",
  request: "request",
};

export function unitOf(name: string): string {
  return UNITS[name] ?? "1M tokens";
}

/** A price that a document sets instead of the catalogue's. */
export interface Override {
  team: string;
  alias: string;
  /** Dollars per million tokens, by the catalogue's names. */
  dollars: Record<string, number>;
}

/** The prices that aliases set, by `provider/model` as the catalogue has them. */
export function overridesOf(aliases: DocumentView[], providers: DocumentView[]): Map<string, Override[]> {
  const names = new Map<string, string>();
  for (const { team, name, spec } of providers) {
    const catalogue = spec.catalogue ?? spec.vendor ?? spec.api;
    if (typeof catalogue === "string") names.set(`${team}/${name}`, catalogue);
  }
  const found = new Map<string, Override[]>();
  for (const { team, name, spec } of aliases) {
    const targets = Array.isArray(spec.targets) ? spec.targets.filter(isObject) : [];
    for (const { provider, model, price } of targets as JsonObject[]) {
      if (!isObject(price) || typeof provider !== "string" || typeof model !== "string") continue;
      const own = provider.startsWith("system::") ? `system/${provider.slice(8)}` : `${team}/${provider}`;
      const catalogue = names.get(own);
      if (catalogue === undefined) continue;
      const numbers = Object.entries(price).filter(
        (entry): entry is [string, number] => typeof entry[1] === "number",
      );
      const key = `${catalogue}/${model}`;
      found.set(key, [
        ...(found.get(key) ?? []),
        { team, alias: name, dollars: Object.fromEntries(numbers) },
      ]);
    }
  }
  return found;
}
