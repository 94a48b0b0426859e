// Google's SDK.
import { load } from "../packages.mjs";
import { answer, CITY, PERSON, QUESTION, TOOL } from "../tasks.mjs";

const { GoogleGenAI, ApiError } = load("@google/genai");
const TOOLS = [{ functionDeclarations: [{ ...TOOL, parametersJsonSchema: CITY }] }];
const THINKS = { thinkingConfig: { includeThoughts: true, thinkingLevel: "HIGH" }, maxOutputTokens: 20000 };

export class Gemini {
  stops = "STOP";
  waits = "STOP";
  errors = ApiError;

  constructor(baseUrl, apiKey) {
    this.client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl, retryOptions: { attempts: 1 } } });
  }

  read(parts, { finishReason: finish }, usage, raw) {
    const texts = (thought) => parts.filter((part) => part.text && Boolean(part.thought) === thought);
    const [text, thinking] = [false, true].map((thought) => texts(thought).map((part) => part.text).join(""));
    const calls = parts.flatMap(({ functionCall: call }) => (call ? [[call.id, call.name, call.args]] : []));
    const output = (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0);
    return answer({ text, calls, finish, input: usage.promptTokenCount, output, thinking, raw });
  }

  async chat(model, contents, config = {}) {
    const raw = await this.client.models.generateContent({ model, contents, config });
    return this.read(raw.candidates[0].content?.parts ?? [], raw.candidates[0], raw.usageMetadata, raw);
  }

  async stream(model, contents, tools = false) {
    const config = tools ? { tools: TOOLS } : {};
    const chunks = await Array.fromAsync(await this.client.models.generateContentStream({ model, contents, config }));
    const candidates = chunks.flatMap((chunk) => chunk.candidates ?? []);
    const parts = candidates.flatMap((candidate) => candidate.content?.parts ?? []);
    const usage = chunks.findLast((chunk) => chunk.usageMetadata).usageMetadata;
    return this.read(parts, candidates.findLast((candidate) => candidate.finishReason), usage, chunks);
  }

  askTool(model) {
    return this.chat(model, QUESTION, { tools: TOOLS });
  }

  giveResult(model, first, output) {
    const results = first.calls.map(([id, name]) => ({ functionResponse: { id, name, response: { output } } }));
    const contents = [{ role: "user", parts: [{ text: QUESTION }] }, first.raw.candidates[0].content, { role: "user", parts: results }];
    return this.chat(model, contents, { tools: TOOLS });
  }

  structured(model) {
    return this.chat(model, "Invent a person.", { responseMimeType: "application/json", responseJsonSchema: PERSON });
  }

  reason(model) {
    return this.chat(model, "Think about it.", THINKS);
  }

  /** The SDK runs the tool by itself while the model thinks. */
  async loop(model, run) {
    const answers = ({ id, name, args }) => ({ functionResponse: { id, name, response: { output: run(args) } } });
    const tool = { tool: async () => TOOLS[0], callTool: async (calls) => calls.map(answers) };
    return (await this.chat(model, QUESTION, { ...THINKS, tools: [tool] })).text;
  }

  async embed(model) {
    return (await this.client.models.embedContent({ model, contents: ["one", "two"] })).embeddings.at(-1).values;
  }

  async models() {
    return (await Array.fromAsync(await this.client.models.list())).map((model) => model.name.replace(/^models\//, ""));
  }

  status(error) {
    return [error.status, error.message];
  }
}
