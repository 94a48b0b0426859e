/** Time ranges that the pickers offer; the URL holds the key. */
export const RANGES = {
  "15m": { seconds: 900, label: "15 min", long: "Last 15 minutes" },
  "1h": { seconds: 3600, label: "1 h", long: "Last hour" },
  "6h": { seconds: 21_600, label: "6 h", long: "Last 6 hours" },
  "24h": { seconds: 86_400, label: "24 h", long: "Last 24 hours" },
  "7d": { seconds: 604_800, label: "7 d", long: "Last 7 days" },
} as const;
export type RangeKey = keyof typeof RANGES;
export const RANGE_KEYS = Object.keys(RANGES) as RangeKey[];

/** A step that gives some sixty points, rounded to whole minutes as the aggregates are. */
export function stepOf(seconds: number): number {
  const minute = 60;
  const steps = [1, 5, 15, 30, 60, 180, 360].map((n) => n * minute);
  return steps.find((step) => seconds / step <= 90) ?? 360 * minute;
}
