import type { Format } from "./text";

/** Text in its parts for colouring, a list of parts a line. What is not understood is plain: nothing is lost or changed. */

export type Part = {
  text: string;
  kind: "key" | "string" | "number" | "word" | "comment" | "mark" | "plain";
};

export function highlight(text: string, format: Format): Part[][] {
  const lines = text.split("\n");
  return format === "json" ? lines.map(json) : yaml(lines);
}

const JSON_PARTS =
  /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b|([{}[\],:]+)/g;

function json(line: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of line.matchAll(JSON_PARTS)) {
    const [whole, quoted, colon, number, word] = match;
    if (match.index > at) parts.push({ text: line.slice(at, match.index), kind: "plain" });
    if (quoted !== undefined) {
      parts.push({ text: quoted, kind: colon === undefined ? "string" : "key" });
      if (colon !== undefined) parts.push({ text: colon, kind: "mark" });
    } else
      parts.push({
        text: whole,
        kind: number !== undefined ? "number" : word !== undefined ? "word" : "mark",
      });
    at = match.index + whole.length;
  }
  if (at < line.length) parts.push({ text: line.slice(at), kind: "plain" });
  return parts;
}

const INDENT = /^(\s*(?:- +)*-?)(.*)$/;
const KEY =
  /^(\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#'"[{&*!|>%@,-][^#:]*?|-[^\s#:][^#:]*?))(\s*:)(?=\s|$)(.*)$/;

function yaml(lines: string[]): Part[][] {
  // Within a block scalar (`|`, `>`) everything that is further in is text.
  let block: number | undefined;
  return lines.map((line) => {
    const depth = line.length - line.trimStart().length;
    if (block !== undefined && (line.trim() === "" || depth > block))
      return [{ text: line, kind: "string" as const }];
    block = undefined;
    const [, lead = "", rest = ""] = INDENT.exec(line) ?? [];
    const parts: Part[] = lead === "" ? [] : [{ text: lead, kind: "mark" }];
    const key = KEY.exec(rest);
    const value = key ? (key[3] ?? "") : rest;
    if (key) parts.push({ text: key[1] ?? "", kind: "key" }, { text: key[2] ?? "", kind: "mark" });
    if (/^\s*[|>][-+\d]*\s*(#.*)?$/.test(value)) block = lead.length > depth ? lead.length - 1 : depth;
    return [...parts, ...scalar(value)];
  });
}

function scalar(text: string): Part[] {
  if (text === "") return [];
  const lead = text.slice(0, text.length - text.trimStart().length);
  const body = text.slice(lead.length);
  const before: Part[] = lead === "" ? [] : [{ text: lead, kind: "plain" }];
  if (body.startsWith("#")) return [...before, { text: body, kind: "comment" }];
  const quoted = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(.*)$/.exec(body);
  if (quoted) return [...before, { text: quoted[1] ?? "", kind: "string" }, ...scalar(quoted[2] ?? "")];
  if (/^[[{]/.test(body)) return [...before, ...json(body)];
  const comment = /\s#/.exec(body);
  const value = comment ? body.slice(0, comment.index) : body;
  const rest: Part[] = comment ? scalar(body.slice(comment.index)) : [];
  return value === ""
    ? [...before, ...rest]
    : [...before, { text: value, kind: kindOf(value.trim()) }, ...rest];
}

function kindOf(value: string): Part["kind"] {
  if (/^-?\d+(\.\d+)?$/.test(value)) return "number";
  if (/^(true|false|null|~)$/.test(value)) return "word";
  return /^[|>&*!]/.test(value) ? "mark" : "string";
}
