import type { ProblemBody } from "./types";

/** An answer of the admin API that is not a success. */
export class Problem extends Error {
  readonly body: ProblemBody;

  constructor(body: ProblemBody) {
    super(body.detail ?? body.title ?? `the server answered ${body.status}`);
    this.name = "Problem";
    this.body = body;
  }

  get status(): number {
    return this.body.status;
  }
}

let csrfToken = "";

/** Sets the token that every unsafe request carries besides the cookie. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

export interface Answer<T> {
  body: T;
  etag: string | null;
}

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** One request to the admin API; rejects with a `Problem`. */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
  const headers = new Headers({ accept: "application/json", ...options.headers });
  if (options.body !== undefined) headers.set("content-type", "application/json");
  if (method !== "GET" && csrfToken !== "") headers.set("x-csrf-token", csrfToken);
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (options.signal) init.signal = options.signal;
  const response = await reach(path, init);
  const text = await response.text();
  if (!response.ok) throw problemOf(response.status, text);
  return { body: (text === "" ? undefined : JSON.parse(text)) as T, etag: response.headers.get("etag") };
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem({ status: 0, title: "Weir cannot be reached", detail: "Weir cannot be reached" });
  }
}

function problemOf(status: number, text: string): Problem {
  try {
    return new Problem({ ...(JSON.parse(text) as ProblemBody), status });
  } catch {
    return new Problem({ status, title: `the server answered ${status}` });
  }
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await call<T>("GET", path, signal ? { signal } : {})).body;
}

/** A query string of the values that are set, with its `?`. */
export function query(values: Record<string, string | number | boolean | null | undefined>): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== "") pairs.set(name, String(value));
  }
  const text = pairs.toString();
  return text === "" ? "" : `?${text}`;
}
