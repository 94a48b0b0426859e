import type { CallBody } from "~/api/types";

/** A body for people: JSON on many lines, a stream as its events, or the text as it is. Nothing is lost but length. */
export type Shown =
  | { kind: "json"; text: string }
  | { kind: "events"; events: BodyEvent[] }
  | { kind: "text"; text: string }
  | { kind: "binary" }
  | { kind: "empty" };

export interface BodyEvent {
  /** Of server-sent events: the name. */
  name: string;
  /** The data as it came. */
  data: string;
  /** When it was whole, in microseconds after the start of the call; null: not known. */
  at_us: number | null;
}

const STREAMS = new Set(["text/event-stream", "application/x-ndjson", "application/vnd.amazon.eventstream"]);

/** Strings longer than this are shortened in JSON on many lines: pictures and files are. */
const LONGEST = 1200;

export function shownOf(body: CallBody): Shown {
  if (body.text === null) return { kind: "binary" };
  if (body.text === "") return { kind: "empty" };
  if (isEvents(body)) return { kind: "events", events: eventsOf(body.text, body.arrivals) };
  const text = pretty(body.text);
  return text === null ? { kind: "text", text: body.text } : { kind: "json", text };
}

function isEvents({ media_type, text }: CallBody): boolean {
  if (STREAMS.has(media_type ?? "")) return true;
  return media_type === "application/json" && /^\{.*\}\n\{/.test(text ?? "");
}

/** JSON on many lines; null: it is none, or not whole. */
export function pretty(text: string): string | null {
  try {
    return JSON.stringify(JSON.parse(text), shortened, 2);
  } catch {
    return null;
  }
}

function shortened(_: string, value: unknown): unknown {
  if (typeof value !== "string" || value.length <= LONGEST) return value;
  return `${value.slice(0, LONGEST / 2)}… ${(value.length - LONGEST / 2).toLocaleString("en-US")} more`;
}

/** The events of a stream, or the lines of one that has a JSON value on each. */
export function eventsOf(text: string, arrivals: [number, number][] = []): BodyEvent[] {
  const bytes = new TextEncoder();
  const lines = /^(event|data|id|retry|:)/m.test(text) && !text.startsWith("{");
  const parts = lines ? text.split(/(?<=\r?\n\r?\n)/) : text.split(/(?<=\n)/);
  let end = 0;
  let next = 0;
  return parts.flatMap((part) => {
    end += bytes.encode(part).length;
    while (next < arrivals.length && (arrivals[next]?.[1] ?? 0) < end) next += 1;
    const at_us = arrivals[next]?.[0] ?? null;
    if (part.trim() === "") return [];
    return [lines ? { ...eventOf(part), at_us } : { name: "", data: part.trim(), at_us }];
  });
}

function eventOf(part: string): { name: string; data: string } {
  const field = (name: string) =>
    part
      .split(/\r?\n/)
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).replace(/^ /, ""));
  const data = field("data");
  const comment = part.split(/\r?\n/).find((line) => line.startsWith(":"));
  if (data.length === 0 && comment !== undefined) return { name: "comment", data: comment.slice(1).trim() };
  return { name: field("event")[0] ?? "", data: data.join("\n") };
}

/** What the data of an event are about, where it has no name: the kind that OpenAI and others put inside. */
export function kindOf(event: BodyEvent): string {
  if (event.name !== "") return event.name;
  return /"type"\s*:\s*"([a-z_.]{1,60})"/.exec(event.data)?.[1] ?? "";
}

/** The text that an event brings, in any vendor's shape; null: it brings none. */
export function gistOf(event: BodyEvent): string | null {
  let value: unknown;
  try {
    value = JSON.parse(event.data);
  } catch {
    return null;
  }
  for (const path of GISTS) {
    const found = path.reduce<unknown>(
      (at, name) =>
        typeof at === "object" && at !== null ? (at as Record<string, unknown>)[name] : undefined,
      value,
    );
    if (typeof found === "string" && found !== "") return found;
  }
  return null;
}

/** Where vendors put the text of a piece, of reasoning, of a tool's arguments. */
const GISTS = [
  "choices.0.delta.content",
  "choices.0.delta.reasoning_content",
  "choices.0.delta.tool_calls.0.function.arguments",
  "delta.text",
  "delta.thinking",
  "delta.partial_json",
  "candidates.0.content.parts.0.text",
  "delta.message.content.text",
  "delta.reasoningContent.text",
  "message.content",
  "response",
  "delta",
].map((path) => path.split("."));

/** When pieces of an answer came, of the bodies that are kept: by attempt; 0 stands for what the client got. */
export function piecesOf(bodies: CallBody[]): Map<number, number[]> {
  const pieces = new Map<number, number[]>();
  for (const body of bodies)
    if (body.part === "received" && body.arrivals.length > 1)
      pieces.set(
        body.attempt ?? 0,
        body.arrivals.map(([at_us]) => at_us),
      );
  return pieces;
}

/** The pauses between pieces: the middle one, the one that 95 in 100 are under, the longest. */
export function gapsOf(at: number[]): { p50: number; p95: number; max: number } | null {
  const gaps = at.slice(1).map((us, index) => us - (at[index] ?? us));
  if (gaps.length === 0) return null;
  gaps.sort((a, b) => a - b);
  const quantile = (part: number) => gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * part))] ?? 0;
  return { p50: quantile(0.5), p95: quantile(0.95), max: gaps.at(-1) ?? 0 };
}
