// A few catalogue rows; names and prices are made up where they are not well known.
const row = (id, provider, input, output, window, out, capabilities, mode = "chat") => ({
  id,
  provider,
  mode,
  max_input_tokens: window,
  max_output_tokens: out,
  prices: {
    input: input === null ? null : input * 1e6,
    output: output === null ? null : output * 1e6,
    cache_read: input === null ? null : input * 1e5,
    cache_write: null,
  },
  capabilities,
  deprecated: null,
});

export function catalogue() {
  const all = ["tools", "vision", "json_schema", "streaming"];
  const known = [
    row("gpt-4.1", "openai", 2, 8, 1_047_576, 32_768, all),
    row("gpt-4.1-mini", "openai", 0.4, 1.6, 1_047_576, 32_768, all),
    row("gpt-4.1-nano", "openai", 0.1, 0.4, 1_047_576, 32_768, all),
    row("gpt-4o", "openai", 2.5, 10, 128_000, 16_384, all),
    row("claude-sonnet-4-5", "anthropic", 3, 15, 200_000, 64_000, [...all, "reasoning"]),
    row("claude-haiku-4-5", "anthropic", 1, 5, 200_000, 64_000, all),
    row("claude-opus-4-1", "anthropic", 15, 75, 200_000, 32_000, [...all, "reasoning"]),
    row("text-embedding-3-small", "openai", 0.02, 0, 8191, null, [], "embedding"),
    row("text-embedding-3-large", "openai", 0.13, 0, 8191, null, [], "embedding"),
  ];
  const more = Array.from({ length: 140 }, (_, index) =>
    row(
      `vendor-model-${String(index + 1).padStart(3, "0")}`,
      ["groq", "mistral", "together", "deepseek"][index % 4],
      index % 9 === 0 ? null : 0.05 * (index % 17),
      0.2 * (index % 13),
      32_768 * (1 + (index % 4)),
      8192,
      index % 2 ? ["streaming"] : ["tools", "streaming"],
    ),
  );
  return [...known, ...more];
}

/** What it can be filtered by. */
export function facets() {
  const counts = (names) => {
    const found = new Map();
    for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
    return [...found].map(([name, models]) => ({ name, models })).sort((a, b) => b.models - a.models);
  };
  const all = catalogue();
  return {
    models: all.length,
    unpriced: all.filter((model) => model.prices.input === null).length,
    providers: counts(all.map((model) => model.provider)),
    modes: counts(all.map((model) => model.mode)),
    capabilities: counts(all.flatMap((model) => model.capabilities)),
  };
}
