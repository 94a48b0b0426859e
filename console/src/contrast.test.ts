import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** The colour tokens as the style sheet declares them, read from it, since they are what has to hold. */
const sheet = readFileSync("src/styles.css", "utf8");
const tokens = new Map(
  [...sheet.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(
    ([, name = "", light = "", dark = ""]) => [name, { light, dark }],
  ),
);

function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2.2 §1.4.3. */
function contrast(text: string, ground: string): number {
  const [a, b] = [luminance(text), luminance(ground)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const GROUNDS = ["bg", "panel", "raised", "sunken", "hover", "selected"];
const TEXTS: Record<string, string[]> = {
  ink: [...GROUNDS, "lift", "bad-soft"],
  "ink-2": [...GROUNDS, "lift", "bad-soft"],
  "ink-3": [...GROUNDS, "lift"],
  accent: [...GROUNDS, "accent-soft"],
  "accent-ink": ["accent"],
  good: [...GROUNDS, "good-soft"],
  warn: [...GROUNDS, "warn-soft"],
  bad: [...GROUNDS, "bad-soft"],
  "code-key": ["panel", "bad-soft"],
  "code-string": ["panel", "bad-soft"],
  "code-number": ["panel", "bad-soft"],
};
const pairs = Object.entries(TEXTS).flatMap(([text, grounds]) =>
  grounds.flatMap((ground) => (["light", "dark"] as const).map((theme) => [text, ground, theme] as const)),
);

describe("contrast", () => {
  it.each(pairs)("of %s on %s, %s, is that of AA", (text, ground, theme) => {
    const ratio = contrast(tokens.get(text)?.[theme] ?? "", tokens.get(ground)?.[theme] ?? "");
    expect(ratio).toBeGreaterThanOrEqual(4.5);
  });

  it("of phases against the ground is that of graphics", () => {
    for (const [name, { light, dark }] of tokens) {
      if (!name.startsWith("ph-")) continue;
      expect
        .soft(contrast(light, tokens.get("panel")?.light ?? ""), `${name}, light`)
        .toBeGreaterThanOrEqual(3);
      expect.soft(contrast(dark, tokens.get("panel")?.dark ?? ""), `${name}, dark`).toBeGreaterThanOrEqual(3);
    }
  });
});
