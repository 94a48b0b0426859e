// OpenAI's SDK, Responses.
import { load } from "../packages.mjs";
import { answer, CITY, PERSON, QUESTION, TOOL } from "../tasks.mjs";

const { default: OpenAI } = load("openai");
const TOOLS = [{ type: "function", ...TOOL, parameters: CITY, strict: true }];
const STATE = { include: ["reasoning.encrypted_content"] };

export class OpenAiResponses {
  stops = "completed";
  waits = "completed";
  errors = OpenAI.APIError;

  constructor(origin, apiKey) {
    this.client = new OpenAI({ baseURL: `${origin}/v1`, apiKey, maxRetries: 0 });
  }

  read(raw) {
    const of = (type) => raw.output.filter((item) => item.type === type);
    const calls = of("function_call").map((call) => [call.call_id, call.name, JSON.parse(call.arguments)]);
    const thinking = of("reasoning").flatMap((item) => item.summary.map((part) => part.text)).join("");
    const { input_tokens: input, output_tokens: output } = raw.usage;
    return answer({ text: raw.output_text, calls, finish: raw.status, input, output, thinking, raw });
  }

  async chat(model, input, more = {}) {
    return this.read(await this.client.responses.create({ model, input, store: false, ...more }));
  }

  async stream(model, input, tools = false) {
    const more = tools ? { tools: TOOLS } : {};
    return this.read(await this.client.responses.stream({ model, input, store: false, ...more }).finalResponse());
  }

  askTool(model) {
    return this.chat(model, QUESTION, { tools: TOOLS, ...STATE });
  }

  giveResult(model, first, output) {
    const results = first.calls.map(([id]) => ({ type: "function_call_output", call_id: id, output }));
    const input = [{ role: "user", content: QUESTION }, ...first.raw.output, ...results];
    return this.chat(model, input, { tools: TOOLS, ...STATE });
  }

  structured(model) {
    const format = { type: "json_schema", name: "person", schema: PERSON, strict: true };
    return this.chat(model, "Invent a person.", { text: { format } });
  }

  reason(model) {
    const more = { reasoning: { effort: "high", summary: "auto" }, max_output_tokens: 20000 };
    return this.chat(model, "Think about it.", more);
  }

  async models() {
    return (await Array.fromAsync(this.client.models.list())).map((model) => model.id);
  }

  status(error) {
    return [error.status, error.error.message];
  }
}
