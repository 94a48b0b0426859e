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


class Cohere:
    """Cohere's SDK, the second version."""

    stops, waits = "COMPLETE", "TOOL_CALL"

    def __init__(self, port, key):
        import cohere
        from cohere.core.api_error import ApiError

        self.errors = ApiError
        self.client = cohere.ClientV2(api_key=key, base_url=f"http://127.0.0.1:{port}")
        self.tools = [{"type": "function", "function": {"name": "get_weather", "description": "The weather in a city", "parameters": CITY}}]
        self.options = {"max_retries": 0}

    def read(self, raw):
        content = raw.message.content or []
        text = "".join(part.text for part in content if part.type == "text")
        thinking = "".join(part.thinking for part in content if part.type == "thinking")
        calls = [(call.id, call.function.name, json.loads(call.function.arguments)) for call in raw.message.tool_calls or []]
        tokens = raw.usage.tokens
        return Answer(text, calls, raw.finish_reason, int(tokens.input_tokens), int(tokens.output_tokens), thinking, raw)

    def chat(self, model, text, **more):
        messages = [{"role": "user", "content": text}]
        return self.read(self.client.chat(model=model, messages=messages, request_options=self.options, **more))

    def stream(self, model, text, tools=False):
        more = {"tools": self.tools} if tools else {}
        whole, calls = Answer(), []
        for event in self.client.chat_stream(model=model, messages=[{"role": "user", "content": text}], request_options=self.options, **more):
            if event.type == "content-delta":
                whole.text += event.delta.message.content.text or ""
            if event.type == "tool-call-start":
                call = event.delta.message.tool_calls
                calls.append([call.id, call.function.name, call.function.arguments or ""])
            if event.type == "tool-call-delta":
                calls[-1][2] += event.delta.message.tool_calls.function.arguments
            if event.type == "message-end":
                whole.finish = event.delta.finish_reason
                whole.input, whole.output = int(event.delta.usage.tokens.input_tokens), int(event.delta.usage.tokens.output_tokens)
        whole.calls = [(call, name, json.loads(arguments)) for call, name, arguments in calls]
        return whole

    def ask_tool(self, model):
        return self.chat(model, QUESTION, tools=self.tools)

    def give_result(self, model, first, result):
        messages = [{"role": "user", "content": QUESTION}, first.raw.message.dict()]
        messages += [{"role": "tool", "tool_call_id": call, "content": result} for call, _, _ in first.calls]
        return self.read(self.client.chat(model=model, messages=messages, tools=self.tools, request_options=self.options))

    def structured(self, model):
        return self.chat(model, "Invent a person.", response_format={"type": "json_object", "json_schema": PERSON})

    def reason(self, model):
        return self.chat(model, "Think about it.", thinking={"type": "enabled", "token_budget": 4000}, max_tokens=20000)

    def embed(self, model):
        answer = self.client.embed(model=model, texts=["one", "two"], input_type="search_query", embedding_types=["float"], request_options=self.options)
        return answer.embeddings.float_[1]

    models = None

    def status(self, error):
        return error.status_code, error.body["message"]


class OpenAiResponses:
    """OpenAI's SDK, Responses."""

    stops, waits = "completed", "completed"

    def __init__(self, port, key):
        import openai

        self.errors, self.client = openai.APIStatusError, openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=key, max_retries=0)
        self.tools = [{"type": "function", "name": "get_weather", "description": "The weather in a city", "parameters": CITY, "strict": True}]

    def read(self, raw):
        of = lambda kind: [item for item in raw.output if item.type == kind]
        calls = [(call.call_id, call.name, json.loads(call.arguments)) for call in of("function_call")]
        thinking = "".join(part.text for item in of("reasoning") for part in item.summary)
        return Answer(raw.output_text, calls, raw.status, raw.usage.input_tokens, raw.usage.output_tokens, thinking, raw)

    def chat(self, model, question, **more):
        return self.read(self.client.responses.create(model=model, input=question, store=False, **more))

    def stream(self, model, text, tools=False):
        more = {"tools": self.tools} if tools else {}
        with self.client.responses.stream(model=model, input=text, store=False, **more) as stream:
            return self.read(stream.get_final_response())

    def ask_tool(self, model):
        return self.chat(model, QUESTION, tools=self.tools, include=["reasoning.encrypted_content"])

    def give_result(self, model, first, result):
        items = [{"role": "user", "content": QUESTION}, *(item.model_dump(exclude_none=True) for item in first.raw.output)]
        items += [{"type": "function_call_output", "call_id": call, "output": result} for call, _, _ in first.calls]
        return self.read(self.client.responses.create(model=model, input=items, tools=self.tools, store=False, include=["reasoning.encrypted_content"]))

    def structured(self, model):
        shape = {"format": {"type": "json_schema", "name": "person", "schema": PERSON, "strict": True}}
        return self.chat(model, "Invent a person.", text=shape)

    def reason(self, model):
        return self.chat(model, "Think about it.", reasoning={"effort": "high", "summary": "auto"}, max_output_tokens=20000)

    embed = None

    def models(self):
        return [model.id for model in self.client.models.list()]

    def status(self, error):
        return error.status_code, error.body["message"]


class Gemini:
    """Google's SDK."""

    stops, waits = "STOP", "STOP"

    def __init__(self, port, key):
        from google import genai
        from google.genai import errors, types

        self.types, self.errors = types, errors.APIError
        options = types.HttpOptions(base_url=f"http://127.0.0.1:{port}", retry_options=types.HttpRetryOptions(attempts=1))
        self.client = genai.Client(api_key=key, http_options=options)
        self.tools = [types.Tool(function_declarations=[types.FunctionDeclaration(name="get_weather", description="The weather in a city", parameters_json_schema=CITY)])]
        self.alone = types.AutomaticFunctionCallingConfig(disable=True)

    def read(self, raw):
        candidate = raw.candidates[0]
        parts = candidate.content.parts or [] if candidate.content else []
        text = "".join(part.text for part in parts if part.text and not part.thought)
        thinking = "".join(part.text for part in parts if part.text and part.thought)
        calls = [(part.function_call.id, part.function_call.name, part.function_call.args) for part in parts if part.function_call]
        usage = raw.usage_metadata
        out = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
        return Answer(text, calls, candidate.finish_reason.value, usage.prompt_token_count, out, thinking, raw)

    def chat(self, model, text, **more):
        config = self.types.GenerateContentConfig(automatic_function_calling=self.alone, **more)
        return self.read(self.client.models.generate_content(model=model, contents=text, config=config))

    def stream(self, model, text, tools=False):
        more = {"tools": self.tools} if tools else {}
        config = self.types.GenerateContentConfig(automatic_function_calling=self.alone, **more)
        whole = Answer()
        for chunk in self.client.models.generate_content_stream(model=model, contents=text, config=config):
            if chunk.candidates:
                candidate = chunk.candidates[0]
                for part in (candidate.content.parts or []) if candidate.content else []:
                    if part.text and not part.thought:
                        whole.text += part.text
                    if part.function_call:
                        whole.calls.append((part.function_call.id, part.function_call.name, part.function_call.args))
                whole.finish = candidate.finish_reason.value if candidate.finish_reason else whole.finish
            if usage := chunk.usage_metadata:
                whole.input, whole.output = usage.prompt_token_count, (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
        return whole

    def ask_tool(self, model):
        return self.chat(model, QUESTION, tools=self.tools)

    def give_result(self, model, first, result):
        types = self.types
        answers = [types.Part(function_response=types.FunctionResponse(id=call, name=name, response={"output": result})) for call, name, _ in first.calls]
        contents = [types.UserContent(QUESTION), first.raw.candidates[0].content, types.Content(role="user", parts=answers)]
        return self.chat(model, contents, tools=self.tools)

    def structured(self, model):
        return self.chat(model, "Invent a person.", response_mime_type="application/json", response_json_schema=PERSON)

    def reason(self, model):
        thinking = self.types.ThinkingConfig(include_thoughts=True, thinking_level="HIGH")
        return self.chat(model, "Think about it.", thinking_config=thinking, max_output_tokens=20000)

    def embed(self, model):
        return self.client.models.embed_content(model=model, contents=["one", "two"]).embeddings[-1].values

    def models(self):
        return [model.name.removeprefix("models/") for model in self.client.models.list()]

    def status(self, error):
        return error.code, error.message


class Ollama:
    """Ollama's own library."""

    stops, waits = "stop", "stop"

    def __init__(self, port, key):
        import ollama

        self.errors = ollama.ResponseError
        self.client = ollama.Client(host=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {key}"})
        self.tools = [{"type": "function", "function": {"name": "get_weather", "description": "The weather in a city", "parameters": CITY}}]

    def read(self, raw):
        calls = [("", call.function.name, dict(call.function.arguments)) for call in raw.message.tool_calls or []]
        return Answer(raw.message.content or "", calls, raw.done_reason, raw.prompt_eval_count, raw.eval_count, raw.message.thinking or "", raw)

    def chat(self, model, text, **more):
        return self.read(self.client.chat(model=model, messages=[{"role": "user", "content": text}], **more))

    def stream(self, model, text, tools=False):
        more = {"tools": self.tools} if tools else {}
        whole = Answer()
        for part in self.client.chat(model=model, messages=[{"role": "user", "content": text}], stream=True, **more):
            one = self.read(part)
            whole.text, whole.calls = whole.text + one.text, whole.calls + one.calls
            if part.done:
                whole.finish, whole.input, whole.output = one.finish, one.input, one.output
        return whole

    def ask_tool(self, model):
        return self.chat(model, QUESTION, tools=self.tools)

    def give_result(self, model, first, result):
        messages = [{"role": "user", "content": QUESTION}, first.raw.message]
        messages += [{"role": "tool", "tool_name": name, "content": result} for _, name, _ in first.calls]
        return self.read(self.client.chat(model=model, messages=messages, tools=self.tools))

    def structured(self, model):
        return self.chat(model, "Invent a person.", format=PERSON)

    def reason(self, model):
        return self.chat(model, "Think about it.", think="high", options={"num_predict": 20000})

    def embed(self, model):
        return list(self.client.embed(model=model, input=["one", "two"]).embeddings[1])

    def models(self):
        return [model.model for model in self.client.list().models]

    def status(self, error):
        return error.status_code, error.error


class Bedrock:
    """AWS's SDK, Converse, with an API key."""

    stops, waits = "end_turn", "tool_use"

    def __init__(self, port, key):
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config
        from botocore.exceptions import ClientError

        self.errors = ClientError
        config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
        self.client = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{port}", config=config)
        add = lambda request, **_: request.headers.__setitem__("Authorization", f"Bearer {key}")
        self.client.meta.events.register("before-send.bedrock-runtime.*", lambda request, **_: add(request))
        spec = {"name": "get_weather", "description": "The weather in a city", "inputSchema": {"json": CITY}}
        self.tools = {"tools": [{"toolSpec": spec}]}

    def read(self, raw):
        content = raw["output"]["message"]["content"]
        # Text with sources stands in a block of its own kind.
        texts = [part for block in content for part in block.get("citationsContent", {}).get("content", [block])]
        text = "".join(part["text"] for part in texts if "text" in part)
        calls = [(block["toolUse"]["toolUseId"], block["toolUse"]["name"], block["toolUse"]["input"]) for block in content if "toolUse" in block]
        thinking = "".join(block["reasoningContent"].get("reasoningText", {}).get("text", "") for block in content if "reasoningContent" in block)
        usage = raw["usage"]
        read = usage["inputTokens"] + usage.get("cacheReadInputTokens", 0) + usage.get("cacheWriteInputTokens", 0)
        return Answer(text, calls, raw["stopReason"], read, usage["outputTokens"], thinking, raw)

    def chat(self, model, text, **more):
        return self.read(self.client.converse(modelId=model, messages=[{"role": "user", "content": [{"text": text}]}], **more))

    def stream(self, model, text, tools=False):
        more = {"toolConfig": self.tools} if tools else {}
        whole, calls = Answer(), {}
        messages = [{"role": "user", "content": [{"text": text}]}]
        for event in self.client.converse_stream(modelId=model, messages=messages, **more)["stream"]:
            if start := event.get("contentBlockStart"):
                call = start["start"].get("toolUse")
                if call:
                    calls[start["contentBlockIndex"]] = [call["toolUseId"], call["name"], ""]
            if block := event.get("contentBlockDelta"):
                whole.text += block["delta"].get("text", "")
                if "toolUse" in block["delta"]:
                    calls[block["contentBlockIndex"]][2] += block["delta"]["toolUse"]["input"]
            if stop := event.get("messageStop"):
                whole.finish = stop["stopReason"]
            if metadata := event.get("metadata"):
                usage = metadata["usage"]
                whole.input = usage["inputTokens"] + usage.get("cacheReadInputTokens", 0) + usage.get("cacheWriteInputTokens", 0)
                whole.output = usage["outputTokens"]
        whole.calls = [(call, name, json.loads(arguments)) for call, name, arguments in calls.values()]
        return whole

    def ask_tool(self, model):
        return self.chat(model, QUESTION, toolConfig=self.tools)

    def give_result(self, model, first, result):
        results = [{"toolResult": {"toolUseId": call, "content": [{"text": result}]}} for call, _, _ in first.calls]
        messages = [{"role": "user", "content": [{"text": QUESTION}]}, first.raw["output"]["message"], {"role": "user", "content": results}]
        return self.read(self.client.converse(modelId=model, messages=messages, toolConfig=self.tools))

    def structured(self, model):
        shape = {"type": "json_schema", "structure": {"jsonSchema": {"name": "person", "schema": json.dumps(PERSON)}}}
        return self.chat(model, "Invent a person.", outputConfig={"textFormat": shape})

    def reason(self, model):
        thinking = {"thinking": {"type": "enabled", "budget_tokens": 4000}}
        return self.chat(model, "Think about it.", inferenceConfig={"maxTokens": 20000}, additionalModelRequestFields=thinking)

    embed = None
    models = None

    def status(self, error):
        # AWS answers 403 to a key that it does not know.
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        unknown = error.response["Error"]["Code"] == "UnrecognizedClientException"
        return 401 if status == 403 and unknown else status, error.response["Error"]["Message"]


class Mistral:
    """Mistral's SDK on Chat Completions, which is not its dialect in all.

    It asks for no usage in streams, and wants a tool's name in each piece of a call, an id on embeddings, and what each model can do.
    """

    stops, waits = "stop", "tool_calls"
    streams_calls = False
    # It gives back calls with `prefix` and `index`: OpenAI refuses them, and requests of its dialect go there as they are.
    no_results = ["azure", "gpt", "responses"]

    def __init__(self, port, key):
        from mistralai.client import Mistral, errors

        self.errors, self.client = errors.MistralError, Mistral(api_key=key, server_url=f"http://127.0.0.1:{port}")
        self.tools = [{"type": "function", "function": {"name": "get_weather", "description": "The weather in a city", "parameters": CITY}}]

    def read(self, raw):
        choice, usage = raw.choices[0], raw.usage
        message = choice.message
        calls = [(call.id, call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls or []]
        return Answer(message.content or "", calls, choice.finish_reason, usage.prompt_tokens, usage.completion_tokens, "", raw)

    def chat(self, model, text, **more):
        return self.read(self.client.chat.complete(**{"model": model, "messages": [{"role": "user", "content": text}], **more}))

    def stream(self, model, text):
        answer = Answer(input=None, output=None)
        for event in self.client.chat.stream(model=model, messages=[{"role": "user", "content": text}]):
            for choice in event.data.choices:
                answer.text += choice.delta.content or ""
                answer.finish = choice.finish_reason or answer.finish
        return answer

    def ask_tool(self, model):
        return self.chat(model, QUESTION, tools=self.tools)

    def give_result(self, model, first, result):
        messages = [{"role": "user", "content": QUESTION}, first.raw.choices[0].message]
        messages += [{"role": "tool", "tool_call_id": call, "name": name, "content": result} for call, name, _ in first.calls]
        return self.chat(model, "", messages=messages, tools=self.tools)

    def structured(self, model):
        shape = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}
        return self.chat(model, "Invent a person.", response_format=shape)

    def reason(self, model):
        return self.chat(model, "Think about it.", reasoning_effort="high")

    embed = None
    models = None

    def status(self, error):
        return error.status_code, json.loads(error.body)["error"]["message"]


CLIENTS = [Anthropic, Bedrock, Cohere, Gemini, Mistral, Ollama, OpenAiChat, OpenAiResponses]
