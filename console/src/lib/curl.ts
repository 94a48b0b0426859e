import type { CallDetail } from "~/api/types";

/** Single quotes, the only quoting in which a shell changes nothing. */
export function single(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The same where the text needs it. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_./:@%+=-]+$/.test(text) ? text : single(text);
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

/** A text with a variable of the shell in it; nothing else of it speaks to the shell. */
export function around(before: string, variable: string, after = ""): string {
  const safe = (text: string) => text.replaceAll(/[\\"`$]/g, "\\$&");
  return `"${safe(before)}$${variable}${safe(after)}"`;
}

/** A header whose secret was masked, with the variable in its place. */
function withKey(name: string, value: string): string {
  const [before = "", ...after] = value.split(/\S*\*\*\*\S*/);
  return around(`${name}: ${before}`, "KEY", after.join(""));
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
