// The vendor's Node SDK against the gateway, with either provider behind it: ends with 1 at the first thing that is wrong.
// Usage: node models.mjs FOLDER_WITH_NODE_MODULES BASE_URL KEY
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, baseURL, key] = process.argv.slice(2);
const { default: OpenAI } = createRequire(join(folder, "package.json"))("openai");
const MODELS = ["gpt", "claude"];
const TOOL = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather in a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    },
  },
};

const client = (apiKey = key) => new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const ask = (model, more = {}) =>
  client().chat.completions.create({ model, messages: [{ role: "user", content: "Say hello" }], ...more });
const weather = (model, messages, more = {}) =>
  client().chat.completions.create({ model, messages, tools: [TOOL], ...more });
const question = () => [{ role: "user", content: "What is the weather in Paris?" }];

async function step(name, what) {
  try {
    await what();
  } catch (error) {
    console.log(`failed: ${name}\n${error.stack ?? error}`);
    process.exit(1);
  }
  console.log(`ok  ${name}`);
}

await step("models are listed", async () => {
  const names = [];
  for await (const model of client().models.list()) names.push(model.id);
  assert.ok(MODELS.every((model) => names.includes(model)), names.join());
});

for (const model of MODELS) {
  await step(`${model}: a whole answer tells its usage`, async () => {
    const { choices, usage } = await ask(model);
    assert.ok(choices[0].message.content);
    assert.equal(choices[0].finish_reason, "stop");
    assert.ok(usage.prompt_tokens > 0 && usage.completion_tokens > 0);
    assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  });

  await step(`${model}: a stream says what the whole answer says`, async () => {
    const whole = await ask(model);
    let text = "";
    let finish = null;
    let usage = null;
    for await (const chunk of await ask(model, { stream: true, stream_options: { include_usage: true } })) {
      text += chunk.choices[0]?.delta.content ?? "";
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    assert.equal(text, whole.choices[0].message.content);
    assert.equal(finish, "stop");
    assert.ok(usage.completion_tokens > 0);
  });

  await step(`${model}: a tool call makes its round trip`, async () => {
    const messages = question();
    const first = await weather(model, messages);
    assert.equal(first.choices[0].finish_reason, "tool_calls");
    const [call] = first.choices[0].message.tool_calls;
    assert.equal(call.function.name, "get_weather");
    assert.ok("city" in JSON.parse(call.function.arguments));
    messages.push(first.choices[0].message, { role: "tool", tool_call_id: call.id, content: "18 degrees and rain" });
    const last = await weather(model, messages);
    assert.equal(last.choices[0].finish_reason, "stop");
    assert.match(last.choices[0].message.content, /18 degrees/);
  });

  await step(`${model}: a streamed tool call is put together by the SDK`, async () => {
    const stream = client().chat.completions.stream({ model, messages: question(), tools: [TOOL] });
    const answer = await stream.finalChatCompletion();
    assert.equal(answer.choices[0].finish_reason, "tool_calls");
    const [call] = answer.choices[0].message.tool_calls;
    assert.equal(call.function.name, "get_weather");
    assert.ok("city" in JSON.parse(call.function.arguments));
  });

  for (const stream of [false, true])
    await step(`${model}: the SDK runs the tools by itself, ${stream ? "streamed" : "whole"}`, async () => {
      const cities = [];
      const tool = { ...TOOL.function, parse: JSON.parse, function: ({ city }) => cities.push(city) && "18 degrees and rain" };
      const run = client().chat.completions.runTools({ model, stream, messages: question(), tools: [{ type: "function", function: tool }] });
      assert.match(await run.finalContent(), /18 degrees/);
      assert.equal(cities.length, 1);
    });
}

await step("a stream that is cut ends with an error of the SDK", async () => {
  const read = async () => {
    for await (const chunk of await ask("cut", { stream: true })) assert.ok(chunk.choices);
  };
  await assert.rejects(read, OpenAI.APIError);
});

await step("errors are of the SDK's own types", async () => {
  const cases = [
    [() => ask("nothing"), OpenAI.NotFoundError, "model_not_found"],
    [() => ask("busy"), OpenAI.RateLimitError],
    [() => ask("gpt", { temperature: 9 }), OpenAI.BadRequestError],
    [() => client("wrong").models.list(), OpenAI.AuthenticationError, "credential_invalid"],
  ];
  for (const [run, kind, code] of cases)
    await assert.rejects(run, (error) => error instanceof kind && (!code || error.code === code) && Boolean(error.error.message));
});
