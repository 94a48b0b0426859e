/** Readers for search parameters: the URL is typed by people and by old links, so nothing is trusted. */

type Raw = Record<string, unknown>;

export function text(raw: Raw, name: string): string | undefined {
  const value = raw[name];
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function oneOf<T extends string>(raw: Raw, name: string, allowed: readonly T[]): T | undefined {
  const value = raw[name];
  return allowed.find((option) => option === value);
}

export function number(raw: Raw, name: string): number | undefined {
  const value = Number(raw[name]);
  return raw[name] !== undefined && raw[name] !== "" && Number.isFinite(value) && value >= 0
    ? value
    : undefined;
}

/** The values that are set, so that the URL stays short. */
export function compact<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ""),
  ) as Partial<T>;
}
