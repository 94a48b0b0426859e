// What every client asks for, and the form in which it answers.
export const CITY = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
export const PERSON = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};
export const HELLO = "Say hello";
export const QUESTION = "What is the weather in Paris?";
export const TOOL = { name: "get_weather", description: "The weather in a city" };

/** An answer in plain values. `calls` are [id, name, arguments]; `raw` is the SDK's own, to be given back. */
export const answer = ({ text, calls = [], finish, input, output, thinking = "", raw }) => ({
  text: text ?? "",
  calls,
  finish,
  input,
  output,
  thinking,
  raw,
});
