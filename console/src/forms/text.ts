import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parse,
  parseDocument,
  stringify,
  YAMLParseError,
} from "yaml";
import type { DocumentBody, JsonObject } from "~/api/types";
import { readFlow, sentFlow } from "./flow";

export type Format = "yaml" | "json";

export function toText(document: DocumentBody, format: Format): string {
  const body = readFlow(document);
  if (format === "json") return `${JSON.stringify(body, null, 2)}\n`;
  return stringify(body, { lineWidth: 110 });
}

/** What cannot be read, and the line where reading stopped, counted from 1. */
export interface Mistake {
  message: string;
  line: number;
}

export type Parsed = { body: DocumentBody } | { mistake: Mistake };

/** Reads a document's text; `fixed` is what the text may not change (kind, and the name of an existing one). */
export function fromText(text: string, format: Format, fixed: Partial<DocumentBody>): Parsed {
  let value: unknown;
  try {
    value = format === "json" ? JSON.parse(text) : parse(text);
  } catch (error) {
    return { mistake: readError(error, text) };
  }
  const at = (path: string, message: string): Parsed => ({ mistake: { message, line: lineOf(text, path) } });
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return at("", "A document is a mapping.");
  const body = value as Record<string, unknown>;
  for (const [name, wanted] of Object.entries(fixed)) {
    if (body[name] !== undefined && body[name] !== wanted)
      return at(`/${name}`, `\`${name}\` must stay ${String(wanted)}.`);
  }
  const spec = body.spec ?? {};
  if (typeof spec !== "object" || Array.isArray(spec)) return at("/spec", "`spec` is a mapping.");
  return { body: sentFlow({ ...body, ...fixed, spec: spec as JsonObject } as DocumentBody) };
}

/** What a reader of YAML or JSON said, and at which line. */
export function readError(error: unknown, text: string): Mistake {
  if (error instanceof YAMLParseError) {
    const message = (error.message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, "");
    return { message, line: error.linePos?.[0].line ?? 1 };
  }
  const message = error instanceof Error ? error.message : String(error);
  const last = text.trimEnd().split("\n").length;
  // Engines say where in different words: a line, or a position in the text.
  const line = /line (\d+)/.exec(message)?.[1];
  const position = /position (\d+)/.exec(message)?.[1];
  if (line) return { message, line: Number(line) };
  return { message, line: position ? text.slice(0, Number(position)).split("\n").length : last };
}

const isNumber = (name: string) => /^\d+$/.test(name);

/** The line (from 1) of what a JSON Pointer names, or of the nearest thing around it. JSON is read as YAML, of which it is a part. */
export function lineOf(text: string, path: string): number {
  const lines = new LineCounter();
  let node: unknown = parseDocument(text, { lineCounter: lines }).contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const part of path.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (isMap(node)) {
      const pair = node.items.find((each) => isScalar(each.key) && String(each.key.value) === name);
      // Steps of a flow have numbers where they are sent, and none in the text.
      if (!pair && isNumber(name)) continue;
      if (!pair) break;
      offset = isNode(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(name)];
      if (!isNode(item)) break;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return lines.linePos(offset).line || 1;
}
