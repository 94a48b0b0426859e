// Vercel's AI SDK, by each of its packages for a vendor.
import { load } from "../packages.mjs";
import { answer, CITY, PERSON, QUESTION, TOOL } from "../tasks.mjs";

const { APICallError, embedMany, generateText, isStepCount, jsonSchema, Output, streamText, tool } = load("ai");
const { createAnthropic } = load("@ai-sdk/anthropic");
const { createGoogle } = load("@ai-sdk/google");
const { createOpenAI } = load("@ai-sdk/openai");
const { createOpenAICompatible } = load("@ai-sdk/openai-compatible");

// It warns that it does not know the names of aliases.
globalThis.AI_SDK_LOG_WARNINGS = false;

const TOOLS = { [TOOL.name]: tool({ description: TOOL.description, inputSchema: jsonSchema(CITY) }) };
const user = (content) => ({ role: "user", content });

class AiSdk {
  stops = "stop";
  waits = "tool-calls";
  errors = APICallError;
  // Goes with every request.
  always = {};
  // Asks for reasoning.
  thinks = { reasoning: "high" };

  read({ text, toolCalls, finishReason: finish, usage, reasoningText: thinking, responseMessages: raw }) {
    const calls = toolCalls.map((call) => [call.toolCallId, call.toolName, call.input]);
    return answer({ text, calls, finish, input: usage.inputTokens, output: usage.outputTokens, thinking, raw });
  }

  async generate(model, messages, more = {}) {
    return generateText({ model: this.language(model), messages, maxRetries: 0, ...this.always, ...more });
  }

  async chat(model, text, more) {
    return this.read(await this.generate(model, [user(text)], more));
  }

  async stream(model, text, tools = false) {
    const more = { ...this.always, ...(tools ? { tools: TOOLS } : {}), onError: () => {} };
    const result = streamText({ model: this.language(model), messages: [user(text)], maxRetries: 0, ...more });
    for await (const part of result.fullStream) if (part.type === "error") throw part.error;
    const names = ["text", "toolCalls", "finishReason", "usage", "reasoningText", "responseMessages"];
    return this.read(Object.fromEntries(await Promise.all(names.map(async (name) => [name, await result[name]]))));
  }

  askTool(model) {
    return this.chat(model, QUESTION, { tools: TOOLS });
  }

  async giveResult(model, first, value) {
    const results = first.calls.map(([toolCallId, toolName]) => ({
      type: "tool-result",
      toolCallId,
      toolName,
      output: { type: "text", value },
    }));
    const messages = [user(QUESTION), ...first.raw, { role: "tool", content: results }];
    return this.read(await this.generate(model, messages, { tools: TOOLS }));
  }

  async structured(model) {
    const output = Output.object({ schema: jsonSchema(PERSON) });
    const result = await this.generate(model, [user("Invent a person.")], { output });
    return { ...this.read(result), text: JSON.stringify(result.output) };
  }

  reason(model) {
    return this.chat(model, "Think about it.", this.thinks);
  }

  /** The package runs the tool by itself, streamed, while the model reasons. */
  async loop(model, execute) {
    const tools = { [TOOL.name]: tool({ description: TOOL.description, inputSchema: jsonSchema(CITY), execute }) };
    const more = { ...this.always, tools, stopWhen: isStepCount(3), maxRetries: 0, onError: () => {} };
    const result = streamText({ model: this.language(model), messages: [user(QUESTION)], ...this.thinks, ...more });
    for await (const part of result.fullStream) if (part.type === "error") throw part.error;
    return result.text;
  }

  status(error) {
    return [error.statusCode, error.message];
  }
}

const embedder = (make) =>
  async function embed(model) {
    return (await embedMany({ model: make(this.provider, model), values: ["one", "two"], maxRetries: 0 })).embeddings[1];
  };

export class AiSdkOpenAi extends AiSdk {
  constructor(origin, apiKey) {
    super();
    this.provider = createOpenAI({ baseURL: `${origin}/v1`, apiKey });
    this.language = (model) => this.provider.responses(model);
    // Without a store each turn is sent whole; else the package refers to items that the vendor keeps.
    this.always = { providerOptions: { openai: { store: false, include: ["reasoning.encrypted_content"] } } };
  }

  embed = embedder((provider, model) => provider.embedding(model));
}

export class AiSdkOpenAiChat extends AiSdk {
  constructor(origin, apiKey) {
    super();
    this.provider = createOpenAI({ baseURL: `${origin}/v1`, apiKey });
    this.language = (model) => this.provider.chat(model);
  }
}

export class AiSdkCompatible extends AiSdk {
  constructor(origin, apiKey) {
    super();
    const more = { name: "weir", includeUsage: true, supportsStructuredOutputs: true };
    this.provider = createOpenAICompatible({ baseURL: `${origin}/v1`, apiKey, ...more });
    this.language = (model) => this.provider.chatModel(model);
  }

  embed = embedder((provider, model) => provider.embeddingModel(model));
}

export class AiSdkAnthropic extends AiSdk {
  constructor(origin, apiKey) {
    super();
    this.provider = createAnthropic({ baseURL: `${origin}/v1`, apiKey });
    this.language = (model) => this.provider(model);
  }

  // The package chooses the form of thinking by the model's name, and knows no aliases: the form is named here.
  thinks = {
    maxOutputTokens: 20000,
    providerOptions: { anthropic: { thinking: { type: "adaptive" }, effort: "high" } },
  };
}

export class AiSdkGoogle extends AiSdk {
  constructor(origin, apiKey) {
    super();
    this.provider = createGoogle({ baseURL: `${origin}/v1beta`, apiKey });
    this.language = (model) => this.provider(model);
  }

  embed = embedder((provider, model) => provider.embedding(model));
}
