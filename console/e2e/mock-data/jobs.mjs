// Jobs and schedules, made up.
const past = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();

const id = (number) => `019aa5c1-7d3e-7c4b-9f1e-6f1d2c3b4a${String(10 + number)}`;

const rows = [
  ["nightly-report", "schedule", "nightly", "running", 42, null],
  ["POST /reports/monthly", "service", "reports", "queued", 61, null],
  ["checkout", "service", "orders", "cancelled", 900, 12],
  ["nightly-report", "schedule", "nightly", "succeeded", 86_442, 38],
  ["POST /reports/monthly", "service", "reports", "failed", 90_000, 4],
  ["nightly-report", "schedule", "nightly", "succeeded", 172_842, 35],
];

export function jobs() {
  return rows.map(([name, kind, of, state, ago, took], index) => ({
    id: id(index),
    service: kind === "service" ? of : null,
    schedule: kind === "schedule" ? of : null,
    name,
    state,
    created_at: past(ago),
    ended_at: took === null ? null : past(ago - took),
  }));
}

export function job(wanted) {
  const found = jobs().find((one) => one.id === wanted);
  if (!found) return undefined;
  const step = (name, end, start_ms, end_ms, more = {}) => ({
    step: name,
    attempt: 1,
    start_us: start_ms * 1_000,
    duration_us: (end_ms - start_ms) * 1_000,
    status: null,
    end,
    after: [],
    within: null,
    call: null,
    critical: false,
    slack_us: 0,
    ...more,
  });
  const ended = found.ended_at !== null;
  return {
    ...found,
    owner: found.schedule ? `shop/default/Schedule/${found.schedule}` : "shop/default/Application/mobile",
    expires_at: ended ? past(-500_000) : null,
    total: 4,
    done: ended ? 4 : 2,
    duration_us: ended ? 37_900_000 : 41_000_000,
    steps: [
      step("counted", "good", 0.4, 12_400, { critical: true }),
      step("counted[0]", "good", 0.4, 8_210, { status: 200, within: 0, slack_us: 4_190_000 }),
      step("counted[1]", "failed", 0.6, 4_050, { status: 503, within: 0, critical: true }),
      step("counted[1]", "good", 5_100, 12_400, { status: 200, attempt: 2, within: 0, critical: true }),
      ended
        ? step("stored", "good", 12_410, 37_900, { status: 204, after: [0], critical: true })
        : step("stored", "under_way", 12_410, 41_000, { after: [0], critical: true }),
    ],
    status: ended ? (found.state === "failed" ? 502 : 200) : null,
    body: ended ? { day: "2026-11-21", pending: 3, paid: 5, shipped: 7, orders: 15 } : null,
  };
}

export function timetable() {
  return { items: [{ name: "nightly", next: past(-30_000), last: past(42), job: id(0) }] };
}
