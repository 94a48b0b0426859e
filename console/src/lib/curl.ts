import type { CallDetail } from "~/api/types";

/** Single quotes, the only quoting in which a shell changes nothing. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const HOP = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** A header whose secret was masked, with the variable in its place; nothing else of it may speak to the shell. */
function withKey(name: string, value: string): string {
  const [before = "", ...after] = value.split(/\S*\*\*\*\S*/);
  const safe = (text: string) => text.replaceAll(/[\\"`$]/g, "\\$&");
  return `"${safe(`${name}: ${before}`)}$KEY${safe(after.join(""))}"`;
}

/** The call as a `curl` line. Records hold no bodies and no keys: both are left to be filled in. */
export function curlOf(call: CallDetail, base: string): string {
  const lines = [
    `curl -i${call.method === "GET" ? "" : ` -X ${quote(call.method)}`} ${quote(base + call.path)}`,
  ];
  if (call.host && !base.endsWith(`//${call.host}`)) lines.push(`-H ${quote(`host: ${call.host}`)}`);
  for (const [name, value] of call.request_headers) {
    if (HOP.has(name.toLowerCase())) continue;
    lines.push(`-H ${value.includes("***") ? withKey(name, value) : quote(`${name}: ${value}`)}`);
  }
  if (call.bytes_in > 0 && !["GET", "HEAD"].includes(call.method)) lines.push("--data @body");
  return lines.join(" \\\n  ");
}
