// Calls, spans and metrics, made from a number each, so that the same id gives the same call.

function random(seed) {
  let a = (seed * 2654435761) >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const REST = [
  ["GET", "/orders/4711", "orders", "orders-read", "shop", 24_000],
  ["GET", "/products?category=tea&limit=20", "catalogue", "products", "catalogue", 9_000],
  ["POST", "/orders", "orders", "orders-write", "shop", 61_000],
  ["GET", "/users/83", "users", "users", "shop", 12_000],
  ["GET", "/stock/SKU-20931", "inventory", "stock", "inventory", 38_000],
  ["PUT", "/cart/83/items/2", "orders", "cart", "shop", 17_000],
];
const AI = [
  ["POST", "/v1/chat/completions", "assistant", "chat", "gpt-4.1-mini", "openai", "smart"],
  ["POST", "/v1/chat/completions", "assistant", "chat", "claude-sonnet-4-5", "anthropic", "careful"],
];
const APPS = ["web-store", "mobile-app", "partner-feed", "support-bot", "nightly-export"];
const hex = (next, length) => Array.from({ length }, () => Math.floor(next() * 16).toString(16)).join("");

/** An attempt's phases in microseconds, and what came of it. */
function attemptOf(next, start, base, ai, number, bad) {
  const reused = next() > 0.32;
  const tls = ai;
  const phases = {
    queued: next() > 0.75 ? Math.floor(200 + next() * base * 0.2) : 0,
    dns: reused ? null : Math.floor(300 + next() * 2500),
    connect: reused ? null : Math.floor(400 + next() * 6000),
    tls: reused || !tls ? null : Math.floor(4000 + next() * 14_000),
    send: Math.floor(30 + next() * 400),
    wait: Math.floor(base * (0.5 + next() * 1.1)),
    receive: Math.floor(ai ? base * (1 + next() * 2.4) : 60 + next() * base * 0.25),
  };
  if (bad) phases.receive = 40;
  const length = Object.values(phases).reduce((sum, value) => sum + (value ?? 0), 0);
  return { number, reused, phases, start, length, bad };
}

function build(at, seed) {
  const next = random(seed + 17);
  const ai = next() < 0.34;
  const row = ai ? AI[Math.floor(next() * AI.length)] : REST[Math.floor(next() * REST.length)];
  const limited = next() < 0.035;
  const failed = next() < 0.03;
  const retried = !limited && next() < 0.09;
  const own = Math.floor(60 + next() * 220);
  const base = ai ? 380_000 + next() * 700_000 : row[5] * (0.5 + next() * 1.4);
  const attempts = [];
  let time = own;
  if (!limited) {
    if (retried || failed) {
      attempts.push(attemptOf(next, time, base * 0.4, ai, 1, true));
      time += attempts[0].length + 25_000 * next();
    }
    attempts.push(attemptOf(next, time, base, ai, retried || failed ? 2 : 1, failed));
    time += attempts.at(-1).length;
  }
  const status = limited ? 429 : failed ? 502 : row[0] === "POST" && !ai ? 201 : next() < 0.02 ? 404 : 200;
  return {
    at,
    seed,
    next,
    ai,
    row,
    limited,
    failed,
    own,
    attempts,
    end: Math.floor(time + 40 + next() * 90),
    status,
  };
}

export function summary(at, seed) {
  const built = build(at, seed);
  const { next, ai, row, attempts, own, end, status } = built;
  const host = ai ? "ai.example.com" : "api.example.com";
  const upstream = ai ? null : row[4];
  const target = ai
    ? row[5] === "openai"
      ? "api.openai.com:443"
      : "api.anthropic.com:443"
    : `10.0.3.${10 + (seed % 3)}:8080`;
  const input = ai ? Math.floor(200 + next() * 3800) : null;
  const output = ai && status === 200 ? Math.floor(40 + next() * 900) : ai ? 0 : null;
  const bars = [{ name: "stages", start_us: 0, duration_us: own }];
  for (const attempt of attempts.slice(-2)) {
    let time = attempt.start;
    for (const [name, value] of Object.entries(attempt.phases)) {
      if (value) bars.push({ name, start_us: Math.floor(time), duration_us: value });
      time += value ?? 0;
    }
  }
  return {
    id: `c-${at.toString(36)}-${seed.toString(36)}`,
    trace_id: hex(random(seed), 32),
    at: new Date(at).toISOString(),
    duration_us: end,
    method: row[0],
    host,
    path: row[1].replace("4711", String(4000 + (seed % 900))),
    status,
    reason: built.limited ? "rate_limited" : built.failed ? "upstream_closed" : null,
    protocol: next() > 0.4 ? "h2" : "http/1.1",
    team: ai ? "assistants" : "shop",
    service: row[2],
    route: row[3],
    application: APPS[Math.floor(next() * APPS.length)],
    upstream,
    target: built.limited ? null : target,
    client: `203.0.113.${seed % 250}`,
    bytes_in: row[0] === "GET" ? 0 : Math.floor(300 + next() * 5000),
    bytes_out: Math.floor(400 + next() * 40_000),
    attempts: attempts.length,
    model: ai ? row[4] : null,
    operation_kind: null,
    operation: null,
    provider: ai ? row[5] : null,
    streamed: ai ? next() > 0.3 : null,
    input_tokens: input,
    output_tokens: output,
    cost_micros: ai
      ? Math.floor(input * (row[5] === "openai" ? 0.4 : 3) + output * (row[5] === "openai" ? 1.6 : 15))
      : null,
    phases: attempts.at(-1)?.phases ?? {},
    stages_us: own + 60,
    bars: bars.slice(0, 12),
  };
}

export function summaries(count) {
  const step = 1900;
  const last = Math.floor(Date.now() / step);
  return Array.from({ length: count }, (_, index) =>
    summary((last - index) * step + ((last - index) % 7) * 131, last - index),
  );
}

/** The call of an id, with spans. Every id that a list gave works, and `demo` shows a retry. */
export function detail(id) {
  const [, at, seed] = id.split("-");
  let number = parseInt(seed ?? "", 36);
  let time = parseInt(at ?? "", 36);
  if (id === "demo" || Number.isNaN(number)) {
    time = Date.now() - 5000;
    number = 1;
    while (!demo(build(time, number))) number += 1;
  }
  const built = build(time, number);
  const base = summary(time, number);
  const spans = [
    {
      id: "0",
      parent: null,
      name: `${base.method} ${base.path}`,
      kind: "call",
      start_us: 0,
      duration_us: built.end,
      critical: true,
      slack_us: 0,
      attributes: { service: base.service, route: base.route },
    },
  ];
  const stages = ["identify", "route", "authenticate", "limit", "transform request"];
  let cursor = 0;
  stages.forEach((name, index) => {
    const length =
      index === stages.length - 1
        ? built.own - cursor
        : Math.floor((built.own / stages.length) * (0.5 + (index % 3) * 0.3));
    const attributes =
      name === "limit"
        ? { plan: "gold", remaining: 87 }
        : name === "authenticate"
          ? { application: base.application }
          : {};
    spans.push({
      id: `s${index}`,
      parent: "0",
      name,
      kind: "stage",
      start_us: cursor,
      duration_us: Math.max(1, length),
      critical: true,
      slack_us: 0,
      attributes,
    });
    cursor += Math.max(1, length);
  });
  const attempts = built.attempts.map((attempt) => {
    const last = attempt.number === built.attempts.length;
    const started = Math.floor(attempt.start);
    const error = attempt.bad ? "connection closed before the answer's head" : null;
    const target = last ? base.target : "10.0.3.9:8080";
    spans.push({
      id: `a${attempt.number}`,
      parent: "0",
      name: `attempt ${attempt.number} → ${target}`,
      kind: "attempt",
      start_us: started,
      duration_us: attempt.length,
      critical: true,
      slack_us: 0,
      attributes: {
        target,
        reused: attempt.reused,
        status: attempt.bad ? null : base.status,
        ...(error ? { error } : {}),
      },
    });
    let at2 = started;
    for (const [name, value] of Object.entries(attempt.phases)) {
      if (value)
        spans.push({
          id: `a${attempt.number}-${name}`,
          parent: `a${attempt.number}`,
          name,
          kind: "phase",
          start_us: at2,
          duration_us: value,
          critical: true,
          slack_us: 0,
          attributes: {},
        });
      at2 += value ?? 0;
    }
    return {
      number: attempt.number,
      target,
      retry_of: attempt.number > 1 ? attempt.number - 1 : null,
      reason: attempt.number > 1 ? "upstream_closed" : null,
      error,
      started_us: started,
      phases: attempt.phases,
      reused: attempt.reused,
      protocol: "http/1.1",
      peer: target,
      status: attempt.bad ? null : base.status,
      bytes_up: base.bytes_in + 412,
      bytes_down: attempt.bad ? 0 : base.bytes_out,
    };
  });
  const respond = built.end - 45;
  spans.push({
    id: "mirror",
    parent: "0",
    name: "transform response",
    kind: "stage",
    start_us: respond - 30,
    duration_us: 30,
    critical: false,
    slack_us: 45,
    attributes: {},
  });
  spans.push({
    id: "record",
    parent: "0",
    name: "record",
    kind: "stage",
    start_us: respond,
    duration_us: 45,
    critical: true,
    slack_us: 0,
    attributes: {},
  });
  const costs =
    base.cost_micros === null
      ? null
      : {
          input: Math.floor(base.cost_micros * 0.4),
          output: Math.floor(base.cost_micros * 0.55),
          cache_read:
            base.cost_micros - Math.floor(base.cost_micros * 0.4) - Math.floor(base.cost_micros * 0.55),
        };
  return {
    ...base,
    spans,
    steps: [],
    attempts,
    ai: built.ai
      ? {
          dialect: "openai_chat",
          alias: built.row[6],
          provider: base.provider,
          model: base.model,
          usage: {
            input: base.input_tokens,
            output: base.output_tokens,
            cache_read: 128,
            cache_write: 0,
            reasoning: 0,
            estimated: false,
          },
          pieces: { images: 0, millis: 0, characters: 0, queries: 0 },
          cost_micros: base.cost_micros,
          cost_source: "computed",
          cost_parts: costs,
          finish_reason: "stop",
          ttft_us: base.phases.wait ?? null,
          inter_token_p50_us: 11_800,
          dropped: base.provider === "anthropic" ? ["logit_bias"] : [],
        }
      : null,
    request_headers: [
      ["host", base.host],
      ["user-agent", "curl/8.14.1"],
      ["accept", "application/json"],
      ["authorization", "Bearer weir_7k2m***"],
      ...(base.method === "GET" ? [] : [["content-type", "application/json"]]),
    ],
    response_headers: [
      ["content-type", base.streamed ? "text/event-stream" : "application/json"],
      ["cache-control", "no-store"],
      ["ratelimit-policy", '"gold";q=100;w=1'],
      ["ratelimit", '"gold";r=87;t=1'],
      ["x-request-id", base.id],
    ],
    traceparent: `00-${base.trace_id}-00f067aa0ba902b7-01`,
    credential: "web-store-2026",
    plan: "gold",
  };
}

const demo = (built) =>
  built.ai && built.attempts.length === 2 && !built.failed && built.attempts[1].phases.tls;

export function overview(search) {
  const to = new Date(search.get("to") ?? Date.now()).getTime();
  const from = new Date(search.get("from") ?? to - 3_600_000).getTime();
  const step = Number(search.get("step") ?? 60);
  const start = Math.ceil(from / 1000 / step) * step;
  const series = [];
  for (let second = start; second < to / 1000; second += step) {
    const next = random(second / 60);
    const wave = 1 + 0.4 * Math.sin(second / 2400) + 0.15 * Math.sin(second / 500) + next() * 0.12;
    const calls = Math.floor(step * 42 * wave);
    const incident =
      second > to / 1000 - (to - from) / 1000 / 3.2 && second < to / 1000 - (to - from) / 1000 / 4;
    const p50 = 21_000 * (0.9 + next() * 0.25) * (incident ? 1.7 : 1);
    series.push({
      at: new Date(second * 1000).toISOString(),
      calls,
      errors_4xx: Math.floor(calls * (0.008 + next() * 0.006)),
      errors_5xx: Math.floor(calls * (incident ? 0.041 : 0.0012 + next() * 0.001)),
      p50_us: Math.floor(p50),
      p95_us: Math.floor(p50 * (4.2 + next())),
      p99_us: Math.floor(p50 * (9 + next() * 5)),
      bytes_in: calls * 900,
      bytes_out: calls * 7400,
      input_tokens: Math.floor(calls * 310 * (0.8 + next() * 0.4)),
      output_tokens: Math.floor(calls * 74 * (0.8 + next() * 0.4)),
      cache_read_tokens: Math.floor(calls * 128),
      cache_write_tokens: Math.floor(calls * 9),
      cost_micros: Math.floor(calls * 212 * (0.7 + next() * 0.6)),
    });
  }
  const sum = (field) => series.reduce((total, point) => total + point[field], 0);
  const totals = {
    calls: sum("calls"),
    errors_4xx: sum("errors_4xx"),
    errors_5xx: sum("errors_5xx"),
    p50_us: 21_400,
    p95_us: 98_300,
    p99_us: 412_000,
    bytes_in: sum("bytes_in"),
    bytes_out: sum("bytes_out"),
    input_tokens: sum("input_tokens"),
    output_tokens: sum("output_tokens"),
    cache_read_tokens: sum("cache_read_tokens"),
    cache_write_tokens: sum("cache_write_tokens"),
    cost_micros: sum("cost_micros"),
    unknown_cost_calls: 31,
  };
  const previous = {
    ...totals,
    calls: Math.floor(totals.calls * 0.92),
    errors_5xx: Math.floor(totals.errors_5xx * 0.55),
    errors_4xx: Math.floor(totals.errors_4xx * 1.08),
    p50_us: 20_900,
    p95_us: 103_800,
    input_tokens: Math.floor(totals.input_tokens * 0.87),
    output_tokens: Math.floor(totals.output_tokens * 0.89),
    cost_micros: Math.floor(totals.cost_micros * 0.81),
  };
  const top = (names, team, ai) =>
    names.map((name, index) => ({
      name,
      team,
      calls: Math.floor(totals.calls / (index * 1.7 + 2.2)),
      errors: Math.floor((totals.errors_5xx + totals.errors_4xx) / (index * 2.4 + 2)),
      p95_us: Math.floor(48_000 * (1 + ((index * 7) % 5) / 2) * (ai ? 14 : 1)),
      tokens: ai ? Math.floor(totals.input_tokens / (index + 2)) : null,
      cost_micros: ai ? Math.floor(totals.cost_micros / (index * 1.6 + 1.8)) : null,
    }));
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    step_s: step,
    totals,
    previous,
    series,
    top: {
      services: top(["orders", "catalogue", "users", "inventory", "assistant"], "shop"),
      routes: top(["orders-read", "products", "stock", "cart", "chat"], "shop"),
      applications: top(APPS, "shop"),
      upstreams: top(["shop", "catalogue", "inventory"], "shop"),
      models: top(["gpt-4.1-mini", "claude-sonnet-4-5", "gpt-4.1", "claude-haiku-4-5"], "assistants", true),
    },
    reasons: [
      { reason: "rate_limited", calls: 812 },
      { reason: "upstream_closed", calls: 264 },
      { reason: "key_unknown", calls: 97 },
      { reason: "first_byte_timeout", calls: 41 },
      { reason: "route_not_found", calls: 22 },
    ],
    attention: [
      {
        severity: "critical",
        code: "error_rate",
        title: "orders answered 4.1 % with 5xx",
        detail: "264 calls within 5 minutes ended with upstream_closed at 10.0.3.9:8080",
        link: "/calls?service=orders&status=5xx",
      },
      {
        severity: "warning",
        code: "target_ejected",
        title: "10.0.3.22:8080 of inventory is ejected",
        detail: "7 failures in a row; it is tried again in 14 s",
        link: "/upstreams/shop/inventory",
      },
      {
        severity: "info",
        code: "price_unknown",
        title: "31 calls have no known price",
        detail: "The catalogue knows no price for llama-3.3-70b at groq",
        link: "/calls?model=llama-3.3-70b",
      },
    ],
  };
}
