// One list of scenarios, done by every vendor's Node SDK through Weir with every provider behind it: prints a line per pair and
// ends with 1 at the first that fails.
// Usage: node scenarios.mjs FOLDER_WITH_NODE_MODULES ORIGIN KEY
import assert from "node:assert/strict";
import { CLIENTS } from "./clients/all.mjs";
import { HELLO, QUESTION } from "./tasks.mjs";

const [, origin, key] = process.argv.slice(2);
// Aliases, each with one provider behind it.
const PROVIDERS = ["azure", "claude", "command", "converse", "gemini", "gpt", "llama", "mistral", "responses"];
const REASONERS = ["gpt", "claude", "gemini", "converse", "responses"];
const EMBEDDERS = ["embed-openai", "embed-gemini", "embed-cohere", "embed-ollama"];
const RESULT = "18 degrees and rain";

async function chats(client, model) {
  const { text, finish, input, output } = await client.chat(model, HELLO);
  assert.ok(text);
  assert.equal(finish, client.stops);
  assert.ok(input > 0 && output > 0, `${input} and ${output} tokens`);
}

async function streamsWhatItGetsWhole(client, model) {
  const told = ({ text, finish, input, output }) => ({ text, finish, input, output });
  assert.deepEqual(told(await client.stream(model, HELLO)), told(await client.chat(model, HELLO)));
}

async function makesAToolRoundTrip(client, model) {
  const first = await client.askTool(model);
  assert.equal(first.finish, client.waits);
  assert.equal(first.calls.length, 1);
  const [, name, input] = first.calls[0];
  assert.equal(name, "get_weather");
  assert.equal(typeof input.city, "string");
  const last = await client.giveResult(model, first, RESULT);
  assert.equal(last.finish, client.stops);
  assert.ok(last.text.includes(RESULT), last.text);
}

async function streamsAToolCall(client, model) {
  const without = ({ finish, calls }) => ({ finish, calls: calls.map(([, ...call]) => call) });
  assert.deepEqual(without(await client.stream(model, QUESTION, true)), without(await client.askTool(model)));
}

async function getsStructuredOutput(client, model) {
  const person = JSON.parse((await client.structured(model)).text);
  assert.deepEqual(Object.keys(person).sort(), ["age", "name"]);
  assert.ok(typeof person.name === "string" && Number.isInteger(person.age), JSON.stringify(person));
}

async function canAskForReasoning(client, model) {
  const { text, finish } = await client.reason(model);
  assert.ok(text);
  assert.equal(finish, client.stops);
}

async function runsToolsByItselfWhileItReasons(client, model) {
  const cities = [];
  const text = await client.loop(model, ({ city }) => {
    cities.push(city);
    return RESULT;
  });
  assert.equal(cities.length, 1);
  assert.ok(text.includes(RESULT), text);
}

async function makesEmbeddings(client, model) {
  const vector = await client.embed(model);
  assert.ok(vector.length > 3 && vector.every((number) => typeof number === "number"), `${vector.slice(0, 5)}`);
}

async function readsErrorsAsItsOwn(Client) {
  for (const [apiKey, model, expected] of [[key, "no-such-model", 404], ["wrong", "gpt", 401], [key, "busy", 429]]) {
    const client = new Client(origin, apiKey);
    for (const ask of ["chat", "stream"])
      await assert.rejects(client[ask](model, HELLO), (error) => {
        assert.ok(error instanceof client.errors, `${ask} ${model}: ${error.stack}`);
        const [status, message] = client.status(error);
        assert.equal(status, expected, `${ask} ${model}`);
        return Boolean(message);
      });
  }
}

async function listsTheModels(Client) {
  const names = await new Client(origin, key).models();
  assert.deepEqual(PROVIDERS.filter((name) => !names.includes(name)), []);
}

async function step(name, scenarios, ...given) {
  for (const scenario of scenarios)
    try {
      await scenario(...given);
    } catch (error) {
      console.log(`failed: ${name}: ${scenario.name}\n${error.stack ?? error}`);
      process.exit(1);
    }
  console.log(`ok  ${name}`);
}

const always = [chats, streamsWhatItGetsWhole, makesAToolRoundTrip, streamsAToolCall, getsStructuredOutput];

for (const Client of CLIENTS) {
  const client = new Client(origin, key);
  for (const model of PROVIDERS) {
    const reasons = REASONERS.includes(model) ? [canAskForReasoning] : [];
    if (reasons.length && client.loop) reasons.push(runsToolsByItselfWhileItReasons);
    await step(`${Client.name} to ${model}`, [...always, ...reasons], client, model);
  }
  for (const model of client.embed ? EMBEDDERS : []) await step(`${Client.name} to ${model}`, [makesEmbeddings], client, model);
  await step(`${Client.name} and errors`, [readsErrorsAsItsOwn], Client);
  if (client.models) await step(`${Client.name} and models`, [listsTheModels], Client);
}
