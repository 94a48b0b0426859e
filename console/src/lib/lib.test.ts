import { describe, expect, it } from "vitest";
import { query } from "~/api/client";
import { baseOf } from "~/api/gateway";
import { linkTo } from "~/api/kinds";
import { documentPath, isFresh } from "~/api/queries";
import type { CallDetail } from "~/api/types";
import { mergeCalls } from "~/pages/calls/useLive";
import { curlOf, quote } from "./curl";
import { diffLines, hunks } from "./diff";
import {
  ago,
  bytes,
  change,
  count,
  duration,
  money,
  operationOf,
  percent,
  until,
  uptime,
  words,
} from "./format";
import { harOf } from "./har";
import { stepOf } from "./range";
import { compact, number, oneOf, text } from "./search";

describe("formats", () => {
  it("durations", () => {
    const cases: [number | null, string][] = [
      [0, "0 µs"],
      [412, "412 µs"],
      [3400, "3.40 ms"],
      [98_300, "98.3 ms"],
      [412_000, "412 ms"],
      [999_600, "1.00 s"],
      [2_230_000, "2.23 s"],
      [59_996_000, "1 m 00 s"],
      [125_000_000, "2 m 05 s"],
      [3_720_000_000, "1 h 02 m"],
      [null, "–"],
    ];
    for (const [us, shown] of cases) expect(duration(us)).toBe(shown);
  });
  it("counts, bytes and money", () => {
    expect([0, 999, 9999, 12_400, 141_000, 3_100_000, null].map(count)).toEqual([
      "0",
      "999",
      "9,999",
      "12.4k",
      "141k",
      "3.1M",
      "–",
    ]);
    expect([0, 1023, 1024, 3380, 5 * 1024 ** 3].map(bytes)).toEqual([
      "0 B",
      "1023 B",
      "1.00 KiB",
      "3.30 KiB",
      "5.00 GiB",
    ]);
    expect([null, 0, 1417, 11_000, 30_620_000, 12_345_000_000].map(money)).toEqual([
      "–",
      "$0",
      "$0.001417",
      "$0.011",
      "$30.62",
      "$12,345",
    ]);
  });
  it("shares and changes", () => {
    expect([percent(0, 0), percent(0, 5), percent(1, 1_000_000), percent(1, 300), percent(1, 3)]).toEqual([
      "0 %",
      "0 %",
      "< 0.01 %",
      "0.33 %",
      "33.3 %",
    ]);
    expect(change(110, 100)).toEqual({ text: "10 %", direction: "up" });
    expect(change(50, 100)).toEqual({ text: "50 %", direction: "down" });
    expect(change(100.1, 100)).toEqual({ text: "0 %", direction: "flat" });
    expect(change(2000, 100)).toEqual({ text: "20×", direction: "up" });
    expect(change(1, 0)).toBeNull();
  });
  it("times and words", () => {
    const now = Date.parse("2026-01-10T12:00:00Z");
    expect(
      [
        "2026-01-10T11:59:58Z",
        "2026-01-10T11:59:10Z",
        "2026-01-10T11:20:00Z",
        "2026-01-10T02:00:00Z",
        "2026-01-07T12:00:00Z",
      ].map((at) => ago(at, now)),
    ).toEqual(["just now", "50 s ago", "40 min ago", "10 h ago", "3 d ago"]);
    expect([5, 700, 7300, 273_600].map(uptime)).toEqual(["5 s", "11 min", "2 h 1 min", "3 d 4 h"]);
    expect(words("rate_limited")).toBe("Rate limited");
    expect(operationOf({ operation_kind: "mutation", operation: "Order" })).toBe("mutation Order");
    expect(operationOf({ operation_kind: "query", operation: null })).toBe("query");
    expect(operationOf({})).toBe("");
  });
});

describe("a diff", () => {
  it("shows what was added and removed, in order", () => {
    const lines = diffLines("a\nb\nc\n", "a\nx\nc\nd\n");
    expect(lines.map((line) => line.kind.charAt(0) + line.text)).toEqual(["sa", "rb", "ax", "sc", "ad"]);
    expect(diffLines("", "a").map((line) => line.kind)).toEqual(["added"]);
    expect(diffLines("a", "").map((line) => line.kind)).toEqual(["removed"]);
  });
  it("leaves far lines out", () => {
    const text = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const shown = hunks(diffLines(text.join("\n"), text.with(10, "other").join("\n")), 1);
    expect(shown.map((line) => line?.kind ?? "…")).toEqual(["…", "same", "removed", "added", "same", "…"]);
  });
});

describe("curl", () => {
  const call = {
    method: "POST",
    path: "/a?b=c&d='e'",
    host: "api.example.com",
    bytes_in: 5,
    request_headers: [
      ["authorization", "Bearer weir_1***"],
      ["connection", "close"],
      ["x-a", "it's"],
    ],
  } as unknown as CallDetail;
  it("quotes for a shell and hides keys", () => {
    expect(curlOf(call, "http://127.0.0.1:8080")).toBe(
      [
        "curl -i -X POST 'http://127.0.0.1:8080/a?b=c&d='\\''e'\\'''",
        "-H 'host: api.example.com'",
        '-H "authorization: Bearer $KEY"',
        "-H 'x-a: it'\\''s'",
        "--data @body",
      ].join(" \\\n  "),
    );
    const sly = {
      ...call,
      request_headers: [["authorization", 'Basic `id`" *** $(id)']],
    } as unknown as CallDetail;
    expect(curlOf(sly, "http://a")).toContain('-H "authorization: Basic \\`id\\`\\" $KEY \\$(id)"');
    expect([quote("/plain/path"), quote("$HOME"), quote("")]).toEqual(["/plain/path", "'$HOME'", "''"]);
  });
});

describe("an HTTP archive", () => {
  const call = {
    id: "c",
    at: "2026-11-21T09:29:38.248704Z",
    method: "GET",
    path: "/a?b=c%20d",
    host: "api.example.com",
    tls: true,
    protocol: "http/2",
    status: 200,
    duration_us: 12_500,
    bytes_in: 0,
    bytes_out: 79,
    request_headers: [["user-agent", "k6"]],
    response_headers: [],
    phases: {},
    steps: [],
    attempts_detail: [
      { phases: { queued: 500, dns: null, connect: 1000, tls: 2000, send: 0, wait: 9000, receive: 0 } },
    ],
    spans: [],
  } as unknown as CallDetail;
  it("times the last attempt in milliseconds, with TLS within the connection", () => {
    const [entry] = JSON.parse(harOf(call, "http://127.0.0.1:8080", "1.0.0")).log.entries;
    expect(entry.request.url).toBe("https://api.example.com/a?b=c%20d");
    expect(entry.request.queryString).toEqual([{ name: "b", value: "c d" }]);
    expect(entry.request.headers).toEqual([{ name: "user-agent", value: "k6" }]);
    expect(entry.request.httpVersion).toBe("HTTP/2");
    expect([entry.time, entry.response.status, entry.response.content.size]).toEqual([12.5, 200, 79]);
    expect(entry.timings).toEqual({
      blocked: 0.5,
      dns: -1,
      connect: 3,
      ssl: 2,
      send: 0,
      wait: 9,
      receive: 0,
    });
  });
});

describe("the URL", () => {
  it("is read without trust", () => {
    const raw = { a: "x", b: 5, c: "", d: ["x"], e: "-1", f: "7" };
    expect([text(raw, "a"), text(raw, "b"), text(raw, "c"), text(raw, "d")]).toEqual([
      "x",
      "5",
      undefined,
      undefined,
    ]);
    expect([number(raw, "f"), number(raw, "e"), number(raw, "a"), number(raw, "none")]).toEqual([
      7,
      undefined,
      undefined,
      undefined,
    ]);
    expect(oneOf(raw, "a", ["x", "y"])).toBe("x");
    expect(compact({ a: 1, b: undefined, c: "" })).toEqual({ a: 1 });
    expect(query({ a: "x y", b: undefined, c: 0 })).toBe("?a=x+y&c=0");
  });
  it("asks for a step that gives a readable number of points", () => {
    for (const seconds of [900, 3600, 21_600, 86_400, 604_800])
      expect(seconds / stepOf(seconds)).toBeLessThanOrEqual(90);
  });
});

describe("the gateway's address", () => {
  const listener = (protocol: string, address: string) => ({
    name: protocol,
    protocol,
    address,
    connections: 0,
  });
  it("is that of a listener, as seen from the browser", () => {
    const both = [listener("http", "0.0.0.0:80"), listener("https", "127.0.0.1:8443")];
    expect(baseOf(both, false, "weir.example.com")).toBe("http://weir.example.com:80");
    expect(baseOf(both, true, "weir.example.com")).toBe("https://127.0.0.1:8443");
    expect(baseOf([listener("http", "[::]:8080")], true, "a")).toBe("http://a:8080");
    expect(baseOf([], false, "a")).toBe("http://a:8080");
    expect(baseOf([listener("http", ""), listener("http", "10.0.0.1:81")], false, "a")).toBe(
      "http://10.0.0.1:81",
    );
    expect(baseOf([listener("http", "")], false, "a")).toBe("http://a:8080");
  });
});

describe("a document's address", () => {
  const document = { kind: "ModelAlias" as const, team: "a b", name: "x/y", environment: "default" };
  it("names its environment unless that is the default one", () => {
    expect(documentPath(document)).toBe("/api/v1/teams/a%20b/model-aliases/x%2Fy");
    expect(documentPath({ ...document, environment: "test" }, "/history", { limit: 5 })).toBe(
      "/api/v1/teams/a%20b/model-aliases/x%2Fy/history?limit=5&environment=test",
    );
    expect(linkTo({ ...document, environment: "test" }).search).toEqual({ environment: "test" });
    expect(linkTo(document)).toEqual({
      to: "/$plural/$team/$name",
      params: { plural: "model-aliases", team: "a b", name: "x/y" },
      search: {},
    });
  });
});

describe("live calls", () => {
  it("are known as new by their id", () => {
    const now = 0x01a1fcde8ce9;
    expect(isFresh("01a1fcde-8ce9-79e2-b3d1-d616a13f1004", now + 2000)).toBe(true);
    expect(isFresh("01a1fcde-8ce9-79e2-b3d1-d616a13f1004", now + 60_000)).toBe(false);
    expect(isFresh("demo", now)).toBe(false);
  });
  it("stand before searched ones, each once, newest first", () => {
    const call = (id: string, at: string) => ({ id, at }) as never;
    const merged = mergeCalls([call("b", "2"), call("c", "3")], [call("b", "2"), call("a", "1")]);
    expect(merged.map((entry) => entry.id)).toEqual(["c", "b", "a"]);
  });
});

describe("until", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  const at = (seconds: number) => until(new Date(now + seconds * 1000).toISOString(), now);
  it("tells how long it is still, and when where that is hours away", () => {
    expect([at(-1), at(40), at(900)]).toEqual(["due now", "in 40 s", "in 15 min"]);
    expect(at(5 * 3600)).toMatch(/^in 5 h, \d\d:\d\d$/);
    expect(at(3 * 86_400)).toMatch(/^in 3 d, \d+ Nov$/);
  });
});
