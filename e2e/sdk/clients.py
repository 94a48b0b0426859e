"""The vendors' own SDKs, each made to do the same few things, so that one list of scenarios fits all of them.

A client answers in plain values: text, calls of tools as (id, name, arguments), counts of tokens. What its dialect cannot say
is None, and the scenario says so.
"""

import json
from dataclasses import dataclass, field

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
QUESTION = "What is the weather in Paris?"


@dataclass
class Answer:
    text: str = ""
    calls: list = field(default_factory=list)
    finish: str = ""
    input: int = 0
    output: int = 0
    thinking: str = ""
    raw: object = None


class OpenAiChat:
    """OpenAI's SDK, Chat Completions."""

    stops, waits = "stop", "tool_calls"

    def __init__(self, port, key):
        import openai

        self.errors, self.client = openai.APIStatusError, openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=key, max_retries=0)
        self.tools = [{"type": "function", "function": {"name": "get_weather", "description": "The weather in a city", "parameters": CITY}}]

    def read(self, raw):
        choice, usage = raw.choices[0], raw.usage
        message = choice.message
        calls = [(call.id, call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls or []]
        thinking = getattr(message, "reasoning_content", None) or ""
        return Answer(message.content or "", calls, choice.finish_reason, usage.prompt_tokens, usage.completion_tokens, thinking, raw)

    def chat(self, model, text, **more):
        return self.read(self.client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], **more))

    def stream(self, model, text, tools=False):
        more = {"tools": self.tools} if tools else {}
        answer, calls = Answer(), {}
        options = {"include_usage": True}
        for chunk in self.client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], stream=True, stream_options=options, **more):
            if chunk.usage:
                answer.input, answer.output = chunk.usage.prompt_tokens, chunk.usage.completion_tokens
            for choice in chunk.choices:
                answer.text += choice.delta.content or ""
                answer.finish = choice.finish_reason or answer.finish
                for part in choice.delta.tool_calls or []:
                    call = calls.setdefault(part.index, ["", "", ""])
                    call[0] += part.id or ""
                    call[1] += part.function.name or ""
                    call[2] += part.function.arguments or ""
        answer.calls = [(call, name, json.loads(arguments)) for call, name, arguments in calls.values()]
        return answer

    def ask_tool(self, model):
        return self.chat(model, QUESTION, tools=self.tools)

    def give_result(self, model, first, result):
        messages = [{"role": "user", "content": QUESTION}, first.raw.choices[0].message.model_dump(exclude_none=True)]
        messages += [{"role": "tool", "tool_call_id": call, "content": result} for call, _, _ in first.calls]
        return self.read(self.client.chat.completions.create(model=model, messages=messages, tools=self.tools))

    def structured(self, model):
        shape = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}
        return self.chat(model, "Invent a person.", response_format=shape)

    def reason(self, model):
        return self.chat(model, "Think about it.", reasoning_effort="high", max_completion_tokens=20000)

    def embed(self, model):
        return self.client.embeddings.create(model=model, input=["one", "two"]).data[1].embedding

    def models(self):
        return [model.id for model in self.client.models.list()]

    def status(self, error):
        return error.status_code, error.body["message"]


class Anthropic:
    """Anthropic's SDK."""

    stops, waits = "end_turn", "tool_use"

    def __init__(self, port, key):
        import anthropic

        self.errors, self.client = anthropic.APIStatusError, anthropic.Anthropic(base_url=f"http://127.0.0.1:{port}", api_key=key, max_retries=0)
        self.tools = [{"name": "get_weather", "description": "The weather in a city", "input_schema": CITY}]

    def read(self, raw):
        of = lambda kind: [block for block in raw.content if block.type == kind]
        text = "".join(block.text for block in of("text"))
        calls = [(block.id, block.name, block.input) for block in of("tool_use")]
        thinking = "".join(block.thinking for block in of("thinking"))
        usage = raw.usage
        read = usage.input_tokens + (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
        return Answer(text, calls, raw.stop_reason, read, usage.output_tokens, thinking, raw)

    def chat(self, model, text, **more):
        return self.read(self.client.messages.create(**{"model": model, "max_tokens": 2000, "messages": [{"role": "user", "content": text}], **more}))

    def stream(self, model, text, tools=False):
        more = {"tools": self.tools} if tools else {}
        with self.client.messages.stream(model=model, max_tokens=2000, messages=[{"role": "user", "content": text}], **more) as stream:
            return self.read(stream.get_final_message())

    def ask_tool(self, model):
        return self.chat(model, QUESTION, tools=self.tools)

    def give_result(self, model, first, result):
        results = [{"type": "tool_result", "tool_use_id": call, "content": result} for call, _, _ in first.calls]
        messages = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": first.raw.content}, {"role": "user", "content": results}]
        return self.read(self.client.messages.create(model=model, max_tokens=2000, messages=messages, tools=self.tools))

    def structured(self, model):
        return self.chat(model, "Invent a person.", output_config={"format": {"type": "json_schema", "schema": PERSON}})

    def reason(self, model):
        return self.chat(model, "Think about it.", max_tokens=20000, thinking={"type": "adaptive", "display": "summarized"}, output_config={"effort": "high"})

    embed = None

    def models(self):
        return [model.id for model in self.client.models.list()]

    def status(self, error):
        return error.status_code, error.body["error"]["message"]


CLIENTS = [OpenAiChat, Anthropic]
