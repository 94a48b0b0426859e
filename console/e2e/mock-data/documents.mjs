// A small installation: a shop and an assistants' team.
export function documents() {
  const list = [];
  const add = (kind, team, name, spec, extra = {}) => {
    const index = list.length;
    const at = (days) => new Date(Date.now() - days * 86_400_000 - index * 777_000).toISOString();
    list.push({
      kind,
      team,
      environment: "default",
      name,
      labels: {},
      spec,
      revision: 10 + index,
      created_at: at(30),
      updated_at: at(((index * 5) % 11) / 2),
      updated_by: index % 3 ? "ada@example.com" : "tomas@example.com",
      ...extra,
    });
  };
  add("Team", "system", "system", {}, { title: "Gateway" });
  add("Team", "shop", "shop", { hosts: ["api.example.com"] }, { title: "Shop" });
  add(
    "Team",
    "assistants",
    "assistants",
    { hosts: ["ai.example.com"], policies: [{ body_limit: { max: "10MB" } }] },
    { title: "Assistants" },
  );
  add(
    "Upstream",
    "shop",
    "shop",
    {
      targets: [
        { host: "10.0.3.10", port: 8080, weight: 3 },
        { host: "10.0.3.11", port: 8080, weight: 1 },
      ],
      timeouts: { queue: "1s", connect: "2s", tls: "5s", send: "30s", first_byte: "10s", idle: "60s" },
    },
    { title: "Order system", description: "Orders, users and carts. Two machines in the **west** rack." },
  );
  add("Upstream", "shop", "catalogue", {
    targets: [{ host: "catalogue.internal", port: 443, weight: 1 }],
    tls: { verify: true },
  });
  add("Upstream", "shop", "inventory", {
    targets: [
      { host: "10.0.3.21", port: 8080, weight: 1 },
      { host: "10.0.3.22", port: 8080, weight: 1 },
    ],
    when_none_healthy: "fail",
  });
  add(
    "Service",
    "shop",
    "orders",
    {
      backend: { upstream: { name: "shop" } },
      policies: [
        { ref: "retry-once" },
        { cors: { origins: ["https://shop.example.com"], credentials: true, max_age: "10m" } },
      ],
    },
    { title: "Orders", description: "Read and place orders.", labels: { tier: "1", owner: "checkout" } },
  );
  add(
    "Service",
    "shop",
    "catalogue",
    {
      backend: { upstream: { name: "catalogue" } },
      access: { mode: "public", keys: ["bearer"], forward_key: false },
    },
    { title: "Catalogue" },
  );
  add(
    "Service",
    "shop",
    "users",
    { backend: { upstream: { name: "shop", path_prefix: "/internal" } } },
    { title: "Users" },
  );
  add(
    "Service",
    "shop",
    "inventory",
    { backend: { upstream: { name: "inventory" } }, state: "deprecated" },
    { title: "Inventory" },
  );
  add(
    "Service",
    "assistants",
    "assistant",
    { backend: { ai: { models: ["smart", "careful"] } } },
    { title: "Assistant", description: "Chat for all products." },
  );
  add("Route", "shop", "orders-read", {
    service: "orders",
    hosts: ["api.example.com"],
    paths: ["/orders", "/orders/{id}"],
    methods: ["GET"],
  });
  add("Route", "shop", "orders-write", {
    service: "orders",
    hosts: ["api.example.com"],
    paths: ["/orders"],
    methods: ["POST"],
    policies: [{ body_limit: { max: "64KiB" } }],
  });
  add("Route", "shop", "cart", { service: "orders", hosts: ["api.example.com"], paths: ["/cart/*"] });
  add("Route", "shop", "products", {
    service: "catalogue",
    paths: ["/products/*"],
    methods: ["GET"],
    strip_prefix: "/products",
  });
  add("Route", "shop", "users", {
    service: "users",
    paths: ["/users/{id}"],
    methods: ["GET", "PUT"],
    priority: 5,
  });
  add("Route", "shop", "stock", { service: "inventory", paths: ["/stock/{sku}"] });
  add("Route", "assistants", "chat", { service: "assistant", hosts: ["ai.example.com"], paths: ["/v1/*"] });
  add(
    "Policy",
    "shop",
    "retry-once",
    { retry: { attempts: 2, statuses: [502, 503, 504], backoff: "25ms", max_backoff: "1s" } },
    { title: "Retry once" },
  );
  add("Policy", "shop", "polite", {
    rate_limit: { requests: 50, window: "1s", burst: 100, by: "client_address" },
  });
  add("Policy", "system", "security-headers", {
    headers: { response: { set: { "x-content-type-options": "nosniff" }, remove: ["server"] } },
  });
  add(
    "Plan",
    "shop",
    "free",
    { policies: [{ rate_limit: { requests: 60, window: "1m" } }] },
    { title: "Free" },
  );
  add(
    "Plan",
    "shop",
    "gold",
    { policies: [{ rate_limit: { requests: 100, window: "1s", burst: 200 } }, { concurrency: { max: 50 } }] },
    { title: "Gold" },
  );
  for (const [name, title] of [
    ["web-store", "Web store"],
    ["mobile-app", "Mobile app"],
    ["partner-feed", "Partner feed"],
    ["support-bot", "Support bot"],
  ])
    add("Application", "shop", name, name === "partner-feed" ? { suspended: true } : {}, { title });
  add(
    "Credential",
    "shop",
    "web-store-2026",
    { application: "web-store", key_hash: `sha256:${"a1".repeat(32)}`, hint: "weir_7k2m9q" },
    {},
  );
  add("Credential", "shop", "web-store-old", {
    application: "web-store",
    key_hash: `sha256:${"b2".repeat(32)}`,
    hint: "weir_3h8s1d",
    revoked: true,
  });
  add("Credential", "shop", "mobile", {
    application: "mobile-app",
    key_hash: `sha256:${"c3".repeat(32)}`,
    hint: "weir_p0w4kd",
    expires: new Date(Date.now() + 9 * 86_400_000).toISOString(),
  });
  add("Subscription", "shop", "web-store-orders", {
    application: "web-store",
    service: "orders",
    plan: "gold",
  });
  add("Subscription", "shop", "web-store-users", {
    application: "web-store",
    service: "users",
    plan: "gold",
  });
  add("Subscription", "shop", "mobile-orders", {
    application: "mobile-app",
    service: "orders",
    plan: "free",
    state: "pending",
  });
  add(
    "Provider",
    "assistants",
    "openai",
    { api: "openai", base_url: "https://api.openai.com/v1" },
    { title: "OpenAI" },
  );
  add(
    "Provider",
    "assistants",
    "anthropic",
    {
      api: "anthropic",
      base_url: "https://api.anthropic.com",
      headers: { "anthropic-beta": "prompt-caching" },
    },
    { title: "Anthropic" },
  );
  add("ProviderKey", "assistants", "openai-main", { provider: "openai", secret: { sealed: "***" } });
  add("ProviderKey", "assistants", "anthropic-main", {
    provider: "anthropic",
    secret: { env: "ANTHROPIC_API_KEY" },
  });
  add(
    "ModelAlias",
    "assistants",
    "smart",
    {
      targets: [
        { provider: "openai", model: "gpt-4.1-mini" },
        { provider: "anthropic", model: "claude-haiku-4-5" },
      ],
    },
    { title: "Everyday" },
  );
  add(
    "ModelAlias",
    "assistants",
    "careful",
    {
      targets: [
        {
          provider: "anthropic",
          model: "claude-sonnet-4-5",
          price: { input: 3, output: 15, cache_read: 0.3 },
        },
        { provider: "openai", model: "gpt-4.1" },
      ],
    },
    { title: "Careful" },
  );
  const secret = { sealed: "***" };
  add("Webhook", "default", "shop-events", {
    url: "https://receiver.example/hooks/shop",
    events: ["order.*", "invoice.paid", "customer.subscription.renewed"],
    secret,
    retry: { first: "5s", longest: "15m", lasts: "24h", gives_up: "5d" },
  });
  add("Webhook", "default", "crm", { url: "https://crm.example/in", secret });
  add("ModelAlias", "assistants", "team/cheap:latest", {
    targets: [{ provider: "openai", model: "gpt-4.1-nano" }],
  });
  add("Schedule", "shop", "nightly", {
    cron: "0 3 * * *",
    time_zone: "Europe/Paris",
    flow: "nightly-report",
    inputs: { day: "{$schedule.date}" },
  });
  return list;
}
