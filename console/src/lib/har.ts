import type { CallDetail } from "~/api/types";

interface Named {
  name: string;
  value: string;
}

const pairs = (headers: [string, string][]): Named[] => headers.map(([name, value]) => ({ name, value }));
const ms = (us: number | null | undefined): number => (us === null || us === undefined ? -1 : us / 1000);

/** `http/1.1` as HAR writes it. */
const version = (protocol: string | null): string => (protocol ?? "http/1.1").toUpperCase();

/**
 * The call as an HTTP Archive (HAR 1.2) of one entry, timed by its last attempt. Records hold no bodies and no keys, so
 * that neither can leave this way.
 */
export function harOf(call: CallDetail, base: string, weir: string): string {
  const url = `${call.host ? `${call.tls ? "https" : "http"}://${call.host}` : base}${call.path}`;
  const search = url.includes("?") ? url.slice(url.indexOf("?") + 1) : "";
  const last = call.attempts_detail.at(-1);
  const { phases } = last ?? call;
  // HAR counts TLS into the connection and, apart, as `ssl`.
  const connect =
    phases.connect === null || phases.connect === undefined ? undefined : phases.connect + (phases.tls ?? 0);
  const timings = {
    blocked: ms(phases.queued),
    dns: ms(phases.dns),
    connect: ms(connect),
    ssl: ms(phases.tls),
    send: Math.max(0, ms(phases.send)),
    wait: Math.max(0, ms(phases.wait)),
    receive: Math.max(0, ms(phases.receive)),
  };
  const entry = {
    startedDateTime: call.at,
    time: call.duration_us / 1000,
    request: {
      method: call.method,
      url,
      httpVersion: version(call.protocol),
      cookies: [],
      headers: pairs(call.request_headers),
      queryString: [...new URLSearchParams(search)].map(([name, value]) => ({ name, value })),
      headersSize: -1,
      bodySize: call.bytes_in,
    },
    response: {
      status: call.status ?? 0,
      statusText: "",
      httpVersion: version(call.protocol),
      cookies: [],
      headers: pairs(call.response_headers),
      content: { size: call.bytes_out, mimeType: "" },
      redirectURL: "",
      headersSize: -1,
      bodySize: call.bytes_out,
    },
    cache: {},
    timings,
    ...(last?.peer ? { serverIPAddress: last.peer.replace(/:\d+$/, "") } : {}),
    _id: call.id,
    _traceId: call.trace_id,
    _spans: call.spans,
  };
  return JSON.stringify(
    { log: { version: "1.2", creator: { name: "Weir", version: weir }, entries: [entry] } },
    null,
    2,
  );
}
