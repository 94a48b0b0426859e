"""More vendors' own Python SDKs against the simulator: chat, streams, a tool round trip, errors, thinking.

Usage: python simulate_others.py BASE_URL, where BASE_URL is the simulator's, such as http://127.0.0.1:9100.
Needs the packages `boto3`, `cohere`, `mistralai`, `ollama` and `openai`.
"""

import json
import os
import sys

import boto3
import botocore.exceptions
import cohere
import mistralai.client
import ollama
import openai
from botocore.config import Config

CHECKS = []


def check(function):
    """Registers one check; they run in the order in which they stand here."""
    CHECKS.append(function)
    return function


BASE = sys.argv[1].rstrip("/")
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}
ARGUMENTS = {"city": "Paris", "unit": "celsius"}
QUESTION = "What is a weir?"


# === Bedrock ===

SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
BEDROCK_HELLO = [{"role": "user", "content": [{"text": QUESTION}]}]
BEDROCK_TOOLS = {
    "tools": [{"toolSpec": {"name": "get_weather", "description": "Weather", "inputSchema": {"json": SCHEMA}}}]
}


def bedrock(secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token=None):
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=f"{BASE}/bedrock",
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}),
    )


BEDROCK = bedrock()


def bedrock_fails(code, status, call):
    """The error that a call raises, which must be of this code and status."""
    try:
        call()
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status, error
        return error.response["Error"]["Message"]
    raise AssertionError(f"no {code} was raised")


def bedrock_joined(events):
    """The content, the reason of the end and the usage that a stream tells."""
    blocks, stop, usage = {}, None, None
    for event in events:
        (kind, data), = event.items()
        if kind == "contentBlockStart":
            blocks[data["contentBlockIndex"]] = {"toolUse": data["start"]["toolUse"] | {"input": ""}}
        elif kind == "contentBlockDelta":
            index, delta = data["contentBlockIndex"], data["delta"]
            if "text" in delta:
                blocks.setdefault(index, {"text": ""})["text"] += delta["text"]
            elif "toolUse" in delta:
                blocks[index]["toolUse"]["input"] += delta["toolUse"]["input"]
            else:
                thought = blocks.setdefault(index, {"reasoningContent": {"reasoningText": {"text": ""}}})
                thought = thought["reasoningContent"]["reasoningText"]
                for name, piece in delta["reasoningContent"].items():
                    thought[name] = thought.get(name, "") + piece
        elif kind == "messageStop":
            stop = data["stopReason"]
        elif kind == "metadata":
            usage = data["usage"]
    for block in blocks.values():
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"]["input"] or "{}")
    return [blocks[index] for index in sorted(blocks)], stop, usage


@check
def bedrock_stream_equals_whole():
    arguments = dict(
        modelId=SONNET,
        messages=BEDROCK_HELLO,
        toolConfig=BEDROCK_TOOLS,
        additionalModelRequestFields={"thinking": {"type": "enabled", "budget_tokens": 1024}},
    )
    whole = BEDROCK.converse(**arguments)
    content, stop, usage = bedrock_joined(BEDROCK.converse_stream(**arguments)["stream"])
    assert stop == whole["stopReason"] == "tool_use" and usage == whole["usage"]
    assert content[:2] == whole["output"]["message"]["content"][:2]
    assert content[0]["reasoningContent"]["reasoningText"]["signature"]
    assert content[2]["toolUse"]["input"] == ARGUMENTS
    counted = BEDROCK.count_tokens(
        modelId=SONNET, input={"converse": {"messages": BEDROCK_HELLO, "toolConfig": BEDROCK_TOOLS}}
    )
    assert counted["inputTokens"] == usage["inputTokens"]


@check
def bedrock_tool_round_trip():
    arguments = dict(
        modelId=SONNET,
        toolConfig=BEDROCK_TOOLS,
        additionalModelRequestFields={"thinking": {"type": "enabled", "budget_tokens": 1024}},
    )
    first = BEDROCK.converse(messages=BEDROCK_HELLO, **arguments)["output"]["message"]
    result = {"toolUseId": first["content"][-1]["toolUse"]["toolUseId"], "content": [{"text": "18 degrees"}]}
    messages = [*BEDROCK_HELLO, first, {"role": "user", "content": [{"toolResult": result}]}]
    second = BEDROCK.converse(messages=messages, **arguments)["output"]["message"]
    assert "18 degrees" in second["content"][-1]["text"]
    first["content"][0]["reasoningContent"]["reasoningText"]["text"] = "Something else."
    message = bedrock_fails(
        "ValidationException", 400, lambda: BEDROCK.converse(messages=messages, **arguments)
    )
    assert "Invalid `signature` in `thinking` block" in message


@check
def bedrock_cache_and_tokens():
    system = [{"text": f"You keep a weir. {os.getpid()}"}, {"cachePoint": {"type": "default"}}]
    first, second = (
        BEDROCK.converse(modelId=SONNET, messages=BEDROCK_HELLO, system=system)["usage"] for _ in range(2)
    )
    assert first["cacheWriteInputTokens"] == second["cacheReadInputTokens"] > 0
    assert second["cacheWriteInputTokens"] == 0 and first["totalTokens"] == second["totalTokens"]


@check
def bedrock_claudes_own_dialect():
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 64}
    body = json.dumps(body | {"messages": [{"role": "user", "content": QUESTION}]})
    whole = json.load(BEDROCK.invoke_model(modelId=SONNET, body=body)["body"])
    assert QUESTION in whole["content"][0]["text"]
    stream = BEDROCK.invoke_model_with_response_stream(modelId=SONNET, body=body)["body"]
    events = [json.loads(event["chunk"]["bytes"]) for event in stream]
    text = "".join(event.get("delta", {}).get("text", "") for event in events)
    assert text == whole["content"][0]["text"]
    assert events[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] == whole["usage"]["output_tokens"]
    body = json.dumps({"inputText": QUESTION})
    embedded = json.load(BEDROCK.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=body)["body"])
    assert len(embedded["embedding"]) == 1024


@check
def bedrock_signatures():
    ask = dict(modelId=SONNET, messages=BEDROCK_HELLO)
    profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/" + SONNET
    assert bedrock(token="session//token==").converse(**ask | {"modelId": profile})["stopReason"] == "end_turn"
    message = bedrock_fails(
        "InvalidSignatureException", 403, lambda: bedrock(secret="wrong").converse(**ask)
    )
    assert "does not match the signature you provided" in message
    bedrock_fails("ExpiredTokenException", 403, lambda: bedrock(token="expired").converse(**ask))


@check
def bedrock_errors():
    def ask(model=SONNET, **arguments):
        return lambda: BEDROCK.converse(modelId=model, **dict(messages=BEDROCK_HELLO) | arguments)

    message = bedrock_fails("ValidationException", 400, ask(messages=BEDROCK_HELLO * 2))
    assert "must alternate between user and assistant roles" in message
    bedrock_fails("ValidationException", 400, ask(model="gpt-4o"))
    bedrock_fails("ThrottlingException", 429, ask(model=f"{SONNET}+status=429"))
    bedrock_fails("ServiceUnavailableException", 503, ask(model=f"{SONNET}+status=503"))
    stream = BEDROCK.converse_stream(modelId=f"{SONNET}+error-after=2", messages=BEDROCK_HELLO)["stream"]
    try:
        list(stream)
    except botocore.exceptions.EventStreamError as error:
        assert error.response["Error"]["Code"] == "internalServerException", error.response
    else:
        raise AssertionError("error-after went unnoticed")


# === Cohere ===

COHERE = cohere.ClientV2(api_key="key", base_url=f"{BASE}/cohere")
COMMAND = "command-a-03-2025"
HELLO = [{"role": "user", "content": QUESTION}]
TOOLS = [{"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": SCHEMA}}]
NO_RETRY = {"max_retries": 0}


def cohere_fails(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


@check
def cohere_stream_equals_whole():
    documents = [{"id": "a", "data": {"snippet": "A weir is a low dam."}}]
    arguments = dict(model="command-a-reasoning-08-2025", messages=HELLO, documents=documents)
    whole = COHERE.chat(**arguments)
    thought, text = whole.message.content
    events = list(COHERE.chat_stream(**arguments))
    assert events[0].type == "message-start" and events[-1].type == "message-end"
    deltas = [event.delta.message.content for event in events if event.type == "content-delta"]
    assert "".join(delta.text or "" for delta in deltas) == text.text and QUESTION in text.text
    assert "".join(delta.thinking or "" for delta in deltas) == thought.thinking
    cited = [event.delta.message.citations for event in events if event.type == "citation-start"]
    assert cited == whole.message.citations and cited[0].sources[0].id == "a"
    assert text.text[cited[0].start : cited[0].end] == cited[0].text
    assert events[-1].delta.usage == whole.usage and events[-1].delta.finish_reason == whole.finish_reason


@check
def cohere_tool_round_trip():
    first = COHERE.chat(model=COMMAND, messages=HELLO, tools=TOOLS)
    assert first.finish_reason == "TOOL_CALL" and first.message.tool_plan
    call = first.message.tool_calls[0]
    assert json.loads(call.function.arguments) == ARGUMENTS
    result = {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"}
    second = COHERE.chat(model=COMMAND, messages=[*HELLO, first.message, result], tools=TOOLS)
    assert "18 degrees" in second.message.content[0].text
    assert second.message.citations[0].sources[0].type == "tool"
    events = list(COHERE.chat_stream(model=COMMAND, messages=HELLO, tools=TOOLS))
    kinds = [event.type for event in events]
    assert "tool-plan-delta" in kinds and "tool-call-end" in kinds
    pieces = [event.delta.message.tool_calls for event in events if event.type == "tool-call-delta"]
    assert json.loads("".join(piece.function.arguments for piece in pieces)) == ARGUMENTS


@check
def cohere_structured_embed_rerank_models():
    format = {"type": "json_object", "json_schema": SCHEMA}
    made = COHERE.chat(model=COMMAND, messages=HELLO, response_format=format)
    assert json.loads(made.message.content[0].text) == ARGUMENTS
    embedded = COHERE.embed(
        model="embed-v4.0", input_type="search_query", texts=["a", "b"], embedding_types=["float", "int8"]
    )
    assert [len(vector) for vector in embedded.embeddings.float_] == [1536, 1536]
    assert embedded.embeddings.int8 and embedded.meta.billed_units.input_tokens == 2
    ranked = COHERE.rerank(model="rerank-v3.5", query=QUESTION, documents=["A dam.", "A weir is a dam."])
    assert ranked.results[0].index == 1
    assert COMMAND in [model.name for model in COHERE.models.list().models]


@check
def cohere_errors():
    def chat(**arguments):
        return lambda: COHERE.chat(
            **dict(model=COMMAND, messages=HELLO, request_options=NO_RETRY) | arguments
        )

    error = cohere_fails(cohere.errors.NotFoundError, chat(model="gpt-4o"))
    assert error.body["id"] and "not found" in error.body["message"]
    cohere_fails(cohere.errors.BadRequestError, chat(messages=[]))
    cohere_fails(cohere.errors.TooManyRequestsError, chat(model=f"{COMMAND}+status=429"))
    cohere_fails(cohere.errors.InvalidTokenError, chat(model=f"{COMMAND}+status=498"))
    bad = cohere.ClientV2(api_key="sk-bad", base_url=f"{BASE}/cohere")
    cohere_fails(cohere.errors.UnauthorizedError, lambda: bad.chat(model=COMMAND, messages=HELLO))
    events = list(COHERE.chat_stream(model=f"{COMMAND}+error-after=3", messages=HELLO))
    assert events[-1].delta.finish_reason == "ERROR" and events[-1].delta.error


# === Ollama ===

OLLAMA = ollama.Client(host=f"{BASE}/ollama")
LLAMA = "llama3.2"


def ollama_fails(status, call):
    try:
        call()
    except ollama.ResponseError as error:
        assert error.status_code == status, error
        return error.error
    raise AssertionError("no error was raised")


@check
def ollama_stream_equals_whole():
    whole = OLLAMA.chat(model="qwen3:8b", messages=HELLO, think=True)
    parts = list(OLLAMA.chat(model="qwen3:8b", messages=HELLO, think=True, stream=True))
    assert "".join(part.message.content or "" for part in parts) == whole.message.content
    assert "".join(part.message.thinking or "" for part in parts) == whole.message.thinking
    assert QUESTION in whole.message.content
    assert [part.done for part in parts].index(True) == len(parts) - 1
    assert parts[-1].eval_count == whole.eval_count and parts[-1].done_reason == "stop"
    told = OLLAMA.chat(model=LLAMA, messages=HELLO, logprobs=True, top_logprobs=2)
    assert "".join(entry.token for entry in told.logprobs) == told.message.content


@check
def ollama_tool_round_trip():
    first = OLLAMA.chat(model=LLAMA, messages=HELLO, tools=TOOLS)
    call = first.message.tool_calls[0].function
    assert call.name == "get_weather" and call.arguments == ARGUMENTS
    result = {"role": "tool", "tool_name": call.name, "content": "18 degrees"}
    second = OLLAMA.chat(model=LLAMA, messages=[*HELLO, first.message, result], tools=TOOLS)
    assert "18 degrees" in second.message.content


@check
def ollama_generate_structured_embed_models():
    whole = OLLAMA.generate(model=LLAMA, prompt=QUESTION)
    parts = OLLAMA.generate(model=LLAMA, prompt=QUESTION, stream=True)
    assert "".join(part.response for part in parts) == whole.response
    made = OLLAMA.chat(model=LLAMA, messages=HELLO, format=SCHEMA)
    assert json.loads(made.message.content) == ARGUMENTS
    assert len(OLLAMA.embed(model="nomic-embed-text", input=["a", "b"]).embeddings) == 2
    assert OLLAMA.list().models[0].details.format == "gguf"
    assert "tools" in OLLAMA.show(LLAMA).capabilities


@check
def ollama_errors():
    def chat(**arguments):
        return lambda: OLLAMA.chat(**dict(model=LLAMA, messages=HELLO) | arguments)

    assert ollama_fails(404, chat(model="gpt-4o")) == "model 'gpt-4o' not found"
    assert "does not support thinking" in ollama_fails(400, chat(think=True))
    ollama_fails(503, chat(model=f"{LLAMA}+status=503"))
    ollama_fails(-1, lambda: list(chat(model=f"{LLAMA}+error-after=2", stream=True)()))


# === Mistral ===

MISTRAL = mistralai.client.Mistral(api_key="key", server_url=f"{BASE}/mistral")
SMALL = "mistral-small-latest"


def mistral_fails(status, call):
    try:
        call()
    except mistralai.client.errors.MistralError as error:
        assert error.status_code == status, error
        return json.loads(error.body)
    raise AssertionError("no error was raised")


@check
def mistral_stream_equals_whole():
    arguments = dict(model="magistral-medium-latest", messages=HELLO, random_seed=7)
    whole = MISTRAL.chat.complete(**arguments)
    thought, text = whole.choices[0].message.content
    chunks = [event.data for event in MISTRAL.chat.stream(**arguments)]
    deltas = [chunk.choices[0].delta.content for chunk in chunks]
    assert "".join(delta for delta in deltas if isinstance(delta, str)) == text.text and QUESTION in text.text
    parts = [part for delta in deltas if isinstance(delta, list) for part in delta]
    pieces = [piece.text for part in parts for piece in part.thinking]
    assert "".join(pieces) == thought.thinking[0].text
    assert parts[-1].signature == thought.signature and parts[-1].closed
    assert chunks[-1].usage == whole.usage and not any(chunk.usage for chunk in chunks[:-1])
    assert chunks[-1].choices[0].finish_reason == whole.choices[0].finish_reason == "stop"


@check
def mistral_tool_round_trip():
    first = MISTRAL.chat.complete(model=SMALL, messages=HELLO, tools=TOOLS, tool_choice="any")
    message = first.choices[0].message
    call = message.tool_calls[0]
    assert json.loads(call.function.arguments) == ARGUMENTS and len(call.id) == 9
    result = {"role": "tool", "tool_call_id": call.id, "name": "get_weather", "content": "18 degrees"}
    second = MISTRAL.chat.complete(model=SMALL, messages=[*HELLO, message, result], tools=TOOLS)
    assert "18 degrees" in second.choices[0].message.content
    streamed = [event.data for event in MISTRAL.chat.stream(model=SMALL, messages=HELLO, tools=TOOLS)]
    assert json.loads(streamed[-1].choices[0].delta.tool_calls[0].function.arguments) == ARGUMENTS


@check
def mistral_structured_embed_models():
    format = {"type": "json_schema", "json_schema": {"name": "w", "schema": SCHEMA, "strict": True}}
    made = MISTRAL.chat.complete(model=SMALL, messages=HELLO, response_format=format)
    assert json.loads(made.choices[0].message.content) == ARGUMENTS
    embedded = MISTRAL.embeddings.create(model="mistral-embed", inputs=["a", "b"])
    assert [len(entry.embedding) for entry in embedded.data] == [1024, 1024]
    assert SMALL in [model.id for model in MISTRAL.models.list().data]
    assert MISTRAL.models.retrieve(model_id=SMALL).capabilities.function_calling


@check
def mistral_errors():
    def chat(**arguments):
        return lambda: MISTRAL.chat.complete(**dict(model=SMALL, messages=HELLO) | arguments)

    assert mistral_fails(400, chat(model="gpt-4o"))["code"] == "1500"
    assert mistral_fails(422, chat(temperature=2))["detail"][0]["loc"] == ["body", "temperature"]
    assert mistral_fails(429, chat(model=f"{SMALL}+status=429"))["type"] == "rate_limited"
    bad = mistralai.client.Mistral(api_key="sk-bad", server_url=f"{BASE}/mistral")
    assert mistral_fails(401, lambda: bad.models.list()) == {"detail": "Unauthorized"}


# === Azure OpenAI ===


def azure(key="key", **arguments):
    return openai.AzureOpenAI(
        azure_endpoint=f"{BASE}/azure", api_version="2024-10-21", api_key=key, max_retries=0, **arguments
    )


AZURE = azure()


def azure_fails(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


@check
def azure_stream_equals_whole():
    whole = AZURE.chat.completions.create(model="my-gpt-4o", messages=HELLO)
    assert whole.model == "gpt-4o-2024-08-06" and whole.model_extra["prompt_filter_results"]
    assert whole.choices[0].model_extra["content_filter_results"]["hate"]["severity"] == "safe"
    chunks = list(AZURE.chat.completions.create(model="my-gpt-4o", messages=HELLO, stream=True))
    assert chunks[0].choices == [] and chunks[0].model_extra["prompt_filter_results"]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content and QUESTION in text
    fixed = azure(azure_deployment="team-gpt-5")
    assert fixed.chat.completions.create(model="gpt-5", messages=HELLO).model == "gpt-5-2025-08-07"


@check
def azure_tools_embeddings_first_version():
    first = AZURE.chat.completions.create(model="gpt-4o", messages=HELLO, tools=TOOLS)
    call = first.choices[0].message.tool_calls[0]
    assert json.loads(call.function.arguments) == ARGUMENTS
    result = {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"}
    messages = [*HELLO, first.choices[0].message, result]
    second = AZURE.chat.completions.create(model="gpt-4o", messages=messages, tools=TOOLS)
    assert "18 degrees" in second.choices[0].message.content
    embedded = AZURE.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
    assert len(embedded.data) == 2 and len(embedded.data[0].embedding) == 1536
    plain = openai.OpenAI(base_url=f"{BASE}/azure/openai/v1", api_key="token", max_retries=0)
    assert plain.chat.completions.create(model="gpt-4o", messages=HELLO).choices[0].finish_reason == "stop"
    for client in (plain, AZURE):
        assert QUESTION in client.responses.create(model="gpt-4o", input=QUESTION).output_text


@check
def azure_errors():
    def chat(model="gpt-4o", client=AZURE, **arguments):
        return lambda: client.chat.completions.create(model=model, messages=HELLO, **arguments)

    assert azure_fails(openai.NotFoundError, chat(model="none")).code == "DeploymentNotFound"
    assert azure_fails(openai.AuthenticationError, chat(client=azure(key="sk-bad"))).code == "401"
    error = azure_fails(openai.RateLimitError, chat(model="gpt-4o+status=429+retry-after=2"))
    assert error.response.headers["retry-after"] == "2"
    error = azure_fails(openai.BadRequestError, chat(extra_headers={"x-simulate": "finish=blocked"}))
    assert error.code == "content_filter" and error.body["innererror"]["code"] == "ResponsibleAIPolicyViolation"


def main():
    for function in CHECKS:
        try:
            function()
        except BaseException:
            print(f"failed: {function.__name__}", file=sys.stderr)
            raise
    print(f"{len(CHECKS)} checks passed against {BASE}")


main()
