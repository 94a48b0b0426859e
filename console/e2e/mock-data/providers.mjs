// Vendors, providers as their page shows them, what comes of trying one, and the bodies of a call. Made up, but for the vendors.
import { readFileSync } from "node:fs";

const rows = JSON.parse(
  readFileSync(new URL("../../../crates/llm/data/vendors.json", import.meta.url), "utf8"),
);
const NATIVE = [
  ["openai", "OpenAI and compatible", "https://api.openai.com/v1"],
  ["anthropic", "Anthropic", "https://api.anthropic.com"],
  ["gemini", "Google Gemini", "https://generativelanguage.googleapis.com/v1beta"],
  ["bedrock", "Amazon Bedrock", null],
  ["ollama", "Ollama", null],
];

export function vendors() {
  const native = NATIVE.map(([api, title, base_url]) => ({
    id: `api:${api}`,
    title,
    api,
    vendor: null,
    base_url,
    needs_base_url: base_url === null,
    models: 40,
  }));
  const listed = Object.entries(rows).map(([id, row]) => ({
    id,
    title: row.title,
    api: null,
    vendor: id,
    base_url: row.base || null,
    needs_base_url: !row.base || row.base.includes("{"),
    models: id.length * 3,
  }));
  return [...native, ...listed.toSorted((a, b) => a.title.localeCompare(b.title))];
}

export function provider(document, documents) {
  const { team, name, title, spec } = document;
  const of = (kind) => documents.filter((other) => other.kind === kind && other.team === team);
  const keys = of("ProviderKey").filter((key) => key.spec.provider === name);
  const aliases = of("ModelAlias").filter((alias) =>
    alias.spec.targets.some((target) => target.provider === name),
  );
  const quiet = aliases.length === 0;
  return {
    team,
    environment: "default",
    name,
    title: title ?? null,
    api: spec.api ?? "openai",
    vendor: rows[spec.vendor]?.title ?? null,
    base_url: spec.base_url ?? rows[spec.vendor]?.base ?? "",
    keys: keys.map((key, index) => ({
      team,
      name: key.name,
      disabled: key.spec.disabled === true,
      used: index === 0,
      source: "store",
      place: null,
      updated_at: key.updated_at,
      updated_by: "ada@example.com",
    })),
    aliases: aliases.map((alias) => alias.name),
    targets: [],
    traffic: {
      calls: quiet ? 0 : 4812,
      errors: quiet ? 0 : 19,
      p50_us: quiet ? 0 : 812_000,
      p95_us: quiet ? 0 : 4_210_000,
      tokens: quiet ? 0 : 3_912_000,
      cost_micros: quiet ? 0 : 12_410_000,
    },
  };
}

export function tried(name, { model }) {
  const phases = {
    queued: null,
    dns: 2_100,
    connect: 11_300,
    tls: 24_800,
    send: 90,
    wait: 611_000,
    receive: 1_400,
  };
  const common = {
    target: `api.${name}.example:443`,
    model: model ?? "gpt-4.1-mini",
    duration_us: 650_690,
    phases,
    peer: "203.0.113.7:443",
    models: ["gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano"],
  };
  if (model === undefined || common.models.includes(model))
    return {
      ok: true,
      ...common,
      status: 200,
      failure: null,
      answer: {
        text: "Hello, it’s good to meet you!",
        input_tokens: 14,
        output_tokens: 9,
        cost_micros: 20,
        finish_reason: "stop",
      },
    };
  return {
    ok: false,
    ...common,
    status: 404,
    answer: null,
    failure: {
      step: "status",
      code: null,
      message: `The model \`${model}\` does not exist or you do not have access to it.`,
      advice:
        "The vendor does not know this address or model. Look at the model's name, and whether the base URL ends as the vendor says, with `/v1` for most.",
    },
  };
}

export function bodies(call) {
  if (!call.ai) return [];
  const question = "What goes well with product 12?";
  const sent = {
    model: call.ai.model,
    max_tokens: 4096,
    messages: [{ role: "user", content: question }],
    stream: true,
  };
  const asked = {
    model: call.ai.alias,
    messages: [{ role: "user", content: question }],
    stream: true,
    seed: 7,
  };
  const words = ["A", " small", " wooden", " tray", " goes", " well", " with", " it."];
  const got = words.map(
    (text) =>
      `event: content_block_delta\ndata: ${JSON.stringify({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })}\n\n`,
  );
  const told = words.map(
    (content) =>
      `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] })}\n\n`,
  );
  const first = call.first_byte_us ?? 1000;
  const step = Math.max(1, Math.floor((call.duration_us - first) / (words.length + 1)));
  const body = (part, attempt, format, media_type, to, pieces) => {
    const text = pieces.join("");
    let bytes = 0;
    const arrivals = pieces.map((piece, index) => {
      bytes += piece.length;
      return [part === "request" || part === "sent" ? 200 : first + index * step, bytes];
    });
    return {
      part,
      attempt,
      format,
      media_type,
      to,
      bytes: text.length,
      kept_bytes: text.length,
      text,
      arrivals,
    };
  };
  const json = "application/json";
  const attempt = call.attempts.length;
  return [
    body("request", null, null, json, null, [JSON.stringify(asked)]),
    body("sent", attempt, "anthropic", json, "api.anthropic.com/v1/messages", [JSON.stringify(sent)]),
    body("received", attempt, "anthropic", "text/event-stream", null, got),
    body("answer", null, null, "text/event-stream", null, told),
  ];
}
