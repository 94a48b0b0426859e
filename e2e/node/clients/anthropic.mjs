// Anthropic's SDK.
import { load } from "../packages.mjs";
import { answer, CITY, PERSON, QUESTION, TOOL } from "../tasks.mjs";

const { default: Sdk } = load("@anthropic-ai/sdk");
const { betaTool } = load("@anthropic-ai/sdk/helpers/beta/json-schema");
const TOOLS = [{ ...TOOL, input_schema: CITY }];
const THINKS = { max_tokens: 20000, thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "high" } };
const user = (content) => ({ role: "user", content });

export class Anthropic {
  stops = "end_turn";
  waits = "tool_use";
  errors = Sdk.APIError;

  constructor(baseURL, apiKey) {
    this.client = new Sdk({ baseURL, apiKey, authToken: null, maxRetries: 0 });
  }

  read(raw) {
    const of = (type) => raw.content.filter((block) => block.type === type);
    const text = of("text").map((block) => block.text).join("");
    const thinking = of("thinking").map((block) => block.thinking).join("");
    const calls = of("tool_use").map((block) => [block.id, block.name, block.input]);
    const { usage } = raw;
    const input = usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
    return answer({ text, calls, finish: raw.stop_reason, input, output: usage.output_tokens, thinking, raw });
  }

  async chat(model, text, more = {}) {
    const messages = [user(text)];
    return this.read(await this.client.messages.create({ model, max_tokens: 2000, messages, ...more }));
  }

  async stream(model, text, tools = false) {
    const more = tools ? { tools: TOOLS } : {};
    const stream = this.client.messages.stream({ model, max_tokens: 2000, messages: [user(text)], ...more });
    return this.read(await stream.finalMessage());
  }

  askTool(model) {
    return this.chat(model, QUESTION, { tools: TOOLS });
  }

  giveResult(model, first, content) {
    const results = first.calls.map(([id]) => ({ type: "tool_result", tool_use_id: id, content }));
    const messages = [user(QUESTION), { role: "assistant", content: first.raw.content }, user(results)];
    return this.chat(model, "", { tools: TOOLS, messages });
  }

  structured(model) {
    return this.chat(model, "Invent a person.", { output_config: { format: { type: "json_schema", schema: PERSON } } });
  }

  reason(model) {
    return this.chat(model, "Think about it.", THINKS);
  }

  /** The SDK runs the tool by itself, streamed, while the model thinks. */
  async loop(model, run) {
    const tools = [betaTool({ ...TOOL, inputSchema: CITY, run })];
    const body = { model, stream: true, messages: [user(QUESTION)], tools, max_iterations: 3, ...THINKS };
    const runner = this.client.beta.messages.toolRunner(body);
    for await (const stream of runner) await stream.finalMessage();
    return this.read(await runner.done()).text;
  }

  async models() {
    return (await Array.fromAsync(this.client.models.list())).map((model) => model.id);
  }

  status(error) {
    return [error.status, error.error.error.message];
  }
}
