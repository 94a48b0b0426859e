// OpenAI's SDK, Chat Completions.
import { load } from "../packages.mjs";
import { answer, CITY, PERSON, QUESTION, TOOL } from "../tasks.mjs";

const { default: OpenAI } = load("openai");
const TOOLS = [{ type: "function", function: { ...TOOL, parameters: CITY } }];
const THINKS = { reasoning_effort: "high", max_completion_tokens: 20000 };
const user = (content) => ({ role: "user", content });

export class OpenAiChat {
  stops = "stop";
  waits = "tool_calls";
  errors = OpenAI.APIError;

  constructor(origin, apiKey) {
    this.client = new OpenAI({ baseURL: `${origin}/v1`, apiKey, maxRetries: 0 });
  }

  read(raw) {
    const [{ message, finish_reason: finish }] = raw.choices;
    const { prompt_tokens: input, completion_tokens: output } = raw.usage;
    const calls = (message.tool_calls ?? []).map((call) => [call.id, call.function.name, JSON.parse(call.function.arguments)]);
    return answer({ text: message.content, calls, finish, input, output, thinking: message.reasoning_content, raw });
  }

  async chat(model, text, more = {}) {
    return this.read(await this.client.chat.completions.create({ model, messages: [user(text)], ...more }));
  }

  async stream(model, text, tools = false) {
    const more = tools ? { tools: TOOLS } : {};
    const options = { stream_options: { include_usage: true }, ...more };
    const stream = this.client.chat.completions.stream({ model, messages: [user(text)], ...options });
    return this.read(await stream.finalChatCompletion());
  }

  askTool(model) {
    return this.chat(model, QUESTION, { tools: TOOLS });
  }

  giveResult(model, first, content) {
    const results = first.calls.map(([id]) => ({ role: "tool", tool_call_id: id, content }));
    return this.chat(model, "", { tools: TOOLS, messages: [user(QUESTION), first.raw.choices[0].message, ...results] });
  }

  structured(model) {
    const shape = { type: "json_schema", json_schema: { name: "person", schema: PERSON, strict: true } };
    return this.chat(model, "Invent a person.", { response_format: shape });
  }

  reason(model) {
    return this.chat(model, "Think about it.", THINKS);
  }

  /** The SDK runs the tool by itself, streamed, while the model reasons. */
  loop(model, run) {
    const tool = { ...TOOL, parameters: CITY, parse: JSON.parse, function: run };
    const request = { model, messages: [user(QUESTION)], tools: [{ type: "function", function: tool }], ...THINKS };
    return this.client.chat.completions.runTools({ ...request, stream: true }).finalContent();
  }

  async embed(model) {
    return (await this.client.embeddings.create({ model, input: ["one", "two"] })).data[1].embedding;
  }

  async models() {
    return (await Array.fromAsync(this.client.models.list())).map((model) => model.id);
  }

  status(error) {
    return [error.status, error.error.message];
  }
}
