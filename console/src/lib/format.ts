/** Numbers and times as people read them. All of it is pure. */

const DASH = "–";

/** `412 µs`, `3.4 ms`, `1.24 s`, `2 m 05 s`. */
export function duration(us: number | null | undefined): string {
  if (us === null || us === undefined) return DASH;
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 999_500) return `${digits(us / 1000)} ms`;
  if (us < 59_995_000) return `${digits(us / 1_000_000)} s`;
  const seconds = Math.round(us / 1_000_000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${pad(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} m`;
}

/** A duration on an axis: without noughts that say nothing. */
export function tick(us: number): string {
  return duration(us)
    .replace(/\.0+ /, " ")
    .replace(/(\.\d*[1-9])0+ /, "$1 ");
}

function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value.toFixed(2);
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

/** `980`, `12.4k`, `3.1M`. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return DASH;
  const steps: [number, string][] = [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ];
  for (const [size, unit] of steps) {
    if (Math.abs(value) >= size * (size === 1e3 ? 10 : 1)) {
      const scaled = value / size;
      return `${scaled >= 100 ? scaled.toFixed(0) : scaled.toFixed(1)}${unit}`;
    }
  }
  return Number.isInteger(value) ? value.toLocaleString("en-US") : value.toFixed(2);
}

export function exact(value: number | null | undefined): string {
  return value === null || value === undefined ? DASH : value.toLocaleString("en-US");
}

/** Powers of 1024. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return DASH;
  if (value < 1024) return `${value} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let scaled = value / 1024;
  let unit = 0;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit += 1;
  }
  return `${digits(scaled)} ${units[unit]}`;
}

/** Micro US dollars; small amounts keep the digits that tell them apart. */
export function money(micros: number | null | undefined): string {
  if (micros === null || micros === undefined) return DASH;
  const dollars = micros / 1e6;
  if (micros === 0) return "$0";
  if (dollars >= 1000) return `$${Math.round(dollars).toLocaleString("en-US")}`;
  if (dollars >= 1) return `$${dollars.toFixed(2)}`;
  if (dollars >= 0.01) return `$${dollars.toFixed(3)}`;
  return `$${dollars.toFixed(6).replace(/0+$/, "")}`;
}

export function percent(part: number, whole: number): string {
  if (whole === 0) return "0 %";
  const value = (part / whole) * 100;
  if (value === 0) return "0 %";
  if (value < 0.01) return "< 0.01 %";
  return `${value >= 10 ? value.toFixed(1) : value.toFixed(2)} %`;
}

export interface Change {
  text: string;
  direction: "up" | "down" | "flat";
}

/** How a value changed against an earlier one; null where nothing can be said. */
export function change(now: number | null | undefined, before: number | null | undefined): Change | null {
  if (now === null || now === undefined || before === null || before === undefined || before === 0)
    return null;
  const ratio = (now - before) / before;
  if (Math.abs(ratio) < 0.005) return { text: "0 %", direction: "flat" };
  const size = Math.abs(ratio) * 100;
  const text =
    size >= 1000 ? `${(size / 100 + 1).toFixed(0)}×` : `${size >= 10 ? size.toFixed(0) : size.toFixed(1)} %`;
  return { text, direction: ratio > 0 ? "up" : "down" };
}

/** `14:03:22.104` in the reader's zone. */
export function clock(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return DASH;
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `21 Nov 2026, 14:03:22` in the reader's zone. */
export function dateTime(at: string | null | undefined): string {
  if (!at) return DASH;
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}, ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** `just now`, `4 min ago`, `3 h ago`, `2 d ago`, then the date. */
export function ago(at: string | null | undefined, now: number): string {
  if (!at) return DASH;
  const seconds = Math.max(0, (now - new Date(at).getTime()) / 1000);
  if (Number.isNaN(seconds)) return at;
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 30 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`;
  const date = new Date(at);
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
}

/** `in 40 s`, `in 12 min`, `in 5 h, 21:00`, `in 3 d, 25 Nov`, in the reader's zone. */
export function until(at: string, now: number): string {
  const date = new Date(at);
  const seconds = Math.ceil((date.getTime() - now) / 1000);
  if (Number.isNaN(seconds)) return at;
  if (seconds <= 0) return "due now";
  if (seconds < 120) return `in ${seconds} s`;
  if (seconds < 3600) return `in ${Math.round(seconds / 60)} min`;
  if (seconds < 86_400)
    return `in ${Math.round(seconds / 3600)} h, ${pad(date.getHours())}:${pad(date.getMinutes())}`;
  return `in ${Math.round(seconds / 86_400)} d, ${date.getDate()} ${MONTHS[date.getMonth()]}`;
}

/** Seconds as `3 d 4 h`, `12 min`. */
export function uptime(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min`;
  return `${Math.floor(seconds)} s`;
}

/** `rate_limited` → `Rate limited`. */
export function words(code: string): string {
  const text = code.replaceAll("_", " ").replaceAll("-", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a call of GraphQL asks for: `query ProductPage`, `mutation`; empty for others. */
export function operationOf(call: { operation_kind?: string | null; operation?: string | null }): string {
  return [call.operation_kind, call.operation].filter(Boolean).join(" ");
}
