import { parse, stringify } from "yaml";
import type { DocumentBody, JsonObject } from "~/api/types";

export type Format = "yaml" | "json";

export function toText(body: DocumentBody, format: Format): string {
  if (format === "json") return `${JSON.stringify(body, null, 2)}\n`;
  return stringify(body, { lineWidth: 110 });
}

export type Parsed = { body: DocumentBody } | { mistake: string };

/** Reads a document's text; `fixed` is what the text may not change (kind, and the name of an existing one). */
export function fromText(text: string, format: Format, fixed: Partial<DocumentBody>): Parsed {
  let value: unknown;
  try {
    value = format === "json" ? JSON.parse(text) : parse(text);
  } catch (error) {
    return { mistake: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error) };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { mistake: "A document is a mapping." };
  const body = value as Record<string, unknown>;
  for (const [name, wanted] of Object.entries(fixed)) {
    if (body[name] !== undefined && body[name] !== wanted)
      return { mistake: `\`${name}\` must stay ${String(wanted)}.` };
  }
  const spec = body.spec ?? {};
  if (typeof spec !== "object" || Array.isArray(spec)) return { mistake: "`spec` is a mapping." };
  return { body: { ...body, ...fixed, spec: spec as JsonObject } as DocumentBody };
}
