import { expect, test } from "vitest";
import type { CallBody } from "~/api/types";
import { eventsOf, gapsOf, gistOf, kindOf, piecesOf, pretty, shownOf } from "./body";

const body = (text: string | null, media_type: string, arrivals: [number, number][] = []): CallBody => ({
  part: "received",
  attempt: 1,
  format: "openai",
  media_type,
  to: null,
  bytes: text?.length ?? 0,
  kept_bytes: text?.length ?? 0,
  text,
  arrivals,
});

test("a body is shown as what it is", () => {
  expect(shownOf(body('{"a":[1]}', "application/json"))).toEqual({
    kind: "json",
    text: '{\n  "a": [\n    1\n  ]\n}',
  });
  expect(shownOf(body('{"a":', "application/json"))).toEqual({ kind: "text", text: '{"a":' });
  expect(shownOf(body(null, "image/png")).kind).toBe("binary");
  expect(shownOf(body("", "application/json")).kind).toBe("empty");
  expect(shownOf(body("data: x\n\n", "text/event-stream")).kind).toBe("events");
});

test("events have names, data and the time of the piece that made them whole", () => {
  const text = "event: a\ndata: {}\n\n: ping\n\ndata: x\ndata: y\r\n\r\ndata: [DONE]\n\n";
  const first = "event: a\ndata: {}\n\n".length;
  const events = eventsOf(text, [
    [100, first - 3],
    [250, first],
    [900, text.length],
  ]);
  expect(events).toEqual([
    { name: "a", data: "{}", at_us: 250 },
    { name: "comment", data: "ping", at_us: 900 },
    { name: "", data: "x\ny", at_us: 900 },
    { name: "", data: "[DONE]", at_us: 900 },
  ]);
  expect(eventsOf('{"a":1}\n{"b":2}\n').map((event) => event.data)).toEqual(['{"a":1}', '{"b":2}']);
  const gist = (data: object) => gistOf({ name: "", data: JSON.stringify(data), at_us: null });
  expect(gist({ choices: [{ delta: { content: "a" } }] })).toBe("a");
  expect(gist({ type: "content_block_delta", delta: { type: "text_delta", text: "b" } })).toBe("b");
  expect(gist({ candidates: [{ content: { parts: [{ text: "c" }] } }] })).toBe("c");
  expect(gist({ type: "response.output_text.delta", delta: "d" })).toBe("d");
  expect(gist({ type: "ping" })).toBeNull();
  expect(kindOf({ name: "", data: '{"type":"response.created"}', at_us: null })).toBe("response.created");
});

test("long strings are shortened and say by how much", () => {
  const text = pretty(JSON.stringify({ image: "a".repeat(5000) })) ?? "";
  expect(text.length).toBeLessThan(800);
  expect(text).toContain("… 4,400 more");
});

test("the gaps between pieces are summed up", () => {
  const pieces = piecesOf([
    body("", "text/event-stream", [
      [10, 1],
      [20, 2],
      [50, 3],
    ]),
    body("", "x", [[1, 1]]),
  ]);
  expect([...pieces]).toEqual([[1, [10, 20, 50]]]);
  expect(gapsOf([10, 20, 50])).toEqual({ p50: 30, p95: 30, max: 30 });
  expect(gapsOf([10])).toBeNull();
});
