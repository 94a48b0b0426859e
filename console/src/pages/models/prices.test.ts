import { expect, test } from "vitest";
import type { CatalogueModel, DocumentView } from "~/api/types";
import { overridesOf, perPiece, pricesOf, priceText } from "./prices";

const model = (prices: Record<string, number | null>): CatalogueModel => ({
  id: "m",
  provider: "p",
  mode: "chat",
  max_input_tokens: null,
  max_output_tokens: null,
  prices,
  capabilities: [],
  deprecated: null,
});

test("prices are told of a million tokens, and of one image", () => {
  const check = (micros: number | null, unit: string, text: string) =>
    expect(priceText({ micros, unit })).toBe(text);
  check(2_500_000, "1M tokens", "$2.50");
  check(20_000, "1M tokens", "$0.02");
  check(37_500, "1M tokens", "$0.037");
  check(150_000_000, "1M tokens", "$150");
  check(0, "1M tokens", "$0");
  check(null, "1M tokens", "unknown");
  check(40_000_000_000, "image", "$0.04");
  check(100_000_000, "second", "$0.0001");
});

test("an unknown price is said to be unknown, and what is sold by the piece has no token price", () => {
  const unknown = pricesOf(model({ input: null, output: null, cache_read: null }));
  expect(unknown.map((price) => [price.key, price.micros])).toEqual([
    ["input", null],
    ["output", null],
  ]);
  const image = model({ input: null, output: null, per_image: 40_000_000_000 });
  expect(pricesOf(image).map((price) => price.key)).toEqual(["per_image"]);
  expect(perPiece(image)?.unit).toBe("image");
  expect(perPiece(model({ input: 1 }))).toBeUndefined();
});

test("prices of aliases are found by what their providers are in the catalogue", () => {
  const document = (kind: string, team: string, name: string, spec: object) =>
    ({ kind, team, name, spec }) as unknown as DocumentView;
  const price = { input: 1, output: 2 };
  const aliases = [
    document("ModelAlias", "t", "fast", {
      targets: [
        { provider: "own", model: "m", price },
        { provider: "own", model: "n" },
      ],
    }),
    document("ModelAlias", "t", "big", { targets: [{ provider: "system::all", model: "m", price }] }),
  ];
  const providers = [
    document("Provider", "t", "own", { vendor: "groq" }),
    document("Provider", "system", "all", { api: "openai", catalogue: "azure" }),
  ];
  const found = overridesOf(aliases, providers);
  expect([...found.keys()]).toEqual(["groq/m", "azure/m"]);
  expect(found.get("groq/m")).toEqual([{ team: "t", alias: "fast", dollars: price }]);
});
