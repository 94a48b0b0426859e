"""The vendors' own Python SDKs against the simulator: chat, streams, a tool round trip, errors, thinking.

Usage: python simulate_direct.py BASE_URL, where BASE_URL is the simulator's, such as http://127.0.0.1:9100.
Needs the packages `openai`, `anthropic` and `google-genai`.
"""

import base64
import io
import json
import sys
import wave

import anthropic
import openai
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google import genai
from google.genai import errors, types
from google.oauth2 import credentials as oauth2
from google.oauth2 import service_account

CHECKS = []


def check(function):
    """Registers one check; they run in the order in which they stand here."""
    CHECKS.append(function)
    return function


BASE = sys.argv[1].rstrip("/")
OPENAI = openai.OpenAI(base_url=f"{BASE}/openai/v1", api_key="sk-test", max_retries=0)
CLAUDE = anthropic.Anthropic(base_url=f"{BASE}/anthropic", api_key="sk-ant-test", max_retries=0)
GEMINI = genai.Client(api_key="test", http_options=types.HttpOptions(base_url=f"{BASE}/gemini"))

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}
OPENAI_TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA, "strict": True}}]
CLAUDE_TOOLS = [{"name": "get_weather", "description": "Weather of a city", "input_schema": SCHEMA}]
HELLO = [{"role": "user", "content": "What is a weir?"}]


def fails(kind, status, call):
    """The error that a call raises, which must be of this kind and status."""
    try:
        call()
    except kind as error:
        assert error.status_code == status, error
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


def faults(text):
    return {"x-simulate": text}


@check
def openai_models():
    names = [model.id for model in OPENAI.models.list()]
    assert "gpt-5" in names
    assert OPENAI.models.retrieve("gpt-5").owned_by == "openai"


@check
def openai_chat():
    raw = OPENAI.chat.completions.with_raw_response.create(model="gpt-5", messages=HELLO)
    assert raw.headers["x-request-id"].startswith("req_")
    assert raw.headers["x-ratelimit-remaining-requests"].isdigit()
    answer = raw.parse()
    assert answer.choices[0].finish_reason == "stop"
    assert "What is a weir?" in answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.completion_tokens_details.reasoning_tokens > 0


@check
def openai_stream_equals_whole():
    whole = OPENAI.chat.completions.create(model="gpt-5", messages=HELLO)
    chunks = list(
        OPENAI.chat.completions.create(
            model="gpt-5", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].choices == [] and chunks[-1].usage == whole.usage
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert all(chunk.obfuscation for chunk in chunks)


@check
def openai_stream_helper():
    with OPENAI.chat.completions.stream(model="gpt-5", messages=HELLO, tools=OPENAI_TOOLS) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_completion()
    assert "tool_calls.function.arguments.done" in kinds
    call = final.choices[0].message.tool_calls[0]
    assert call.function.parsed_arguments == {"city": "Paris", "unit": "celsius"}


@check
def openai_tool_round_trip():
    messages = list(HELLO)
    first = OPENAI.chat.completions.create(model="gpt-4o", messages=messages, tools=OPENAI_TOOLS)
    assert first.choices[0].finish_reason == "tool_calls" and first.choices[0].message.content is None
    message = first.choices[0].message
    messages.append(message)
    for call in message.tool_calls:
        assert json.loads(call.function.arguments)["city"] == "Paris"
        messages.append({"role": "tool", "tool_call_id": call.id, "content": "18 degrees"})
    second = OPENAI.chat.completions.create(model="gpt-4o", messages=messages, tools=OPENAI_TOOLS)
    assert "18 degrees" in second.choices[0].message.content
    unanswered = messages[:-1] + [{"role": "user", "content": "Well?"}]
    error = fails(
        openai.BadRequestError,
        400,
        lambda: OPENAI.chat.completions.create(model="gpt-4o", messages=unanswered, tools=OPENAI_TOOLS),
    )
    assert error.param == "messages[1].role"


@check
def openai_structured():
    answer = OPENAI.chat.completions.create(
        model="gpt-5",
        messages=HELLO,
        response_format={"type": "json_schema", "json_schema": {"name": "w", "schema": SCHEMA, "strict": True}},
    )
    assert json.loads(answer.choices[0].message.content) == {"city": "Paris", "unit": "celsius"}


@check
def openai_many_choices_and_logprobs():
    answer = OPENAI.chat.completions.create(model="gpt-4o", messages=HELLO, n=3, logprobs=True, temperature=0.5)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    tokens = [entry.token for entry in answer.choices[0].logprobs.content]
    assert "".join(tokens) == answer.choices[0].message.content


@check
def openai_errors():
    create = OPENAI.chat.completions.create
    error = fails(openai.NotFoundError, 404, lambda: create(model="llama", messages=HELLO))
    assert error.code == "model_not_found"
    error = fails(openai.BadRequestError, 400, lambda: create(model="gpt-4o", messages=HELLO, temperature=3))
    assert (error.param, error.code, error.type) == (
        "temperature",
        "decimal_above_max_value",
        "invalid_request_error",
    )
    extra = {"colour": "red"}
    error = fails(openai.BadRequestError, 400, lambda: create(model="gpt-4o", messages=HELLO, extra_body=extra))
    assert "Unrecognized request argument supplied: colour" in error.message
    bad = OPENAI.with_options(api_key="sk-bad-key")
    error = fails(openai.AuthenticationError, 401, bad.models.list)
    assert error.code == "invalid_api_key"
    headers = faults("status=429, retry-after=2")
    error = fails(
        openai.RateLimitError, 429, lambda: create(model="gpt-4o", messages=HELLO, extra_headers=headers)
    )
    assert error.response.headers["retry-after"] == "2" and error.code == "rate_limit_exceeded"
    error = fails(openai.InternalServerError, 500, lambda: create(model="gpt-4o+status=500", messages=HELLO))
    assert error.body["type"] == "server_error"


@check
def openai_broken_streams():
    def read(text):
        stream = OPENAI.chat.completions.create(
            model="gpt-4o", messages=HELLO, stream=True, extra_headers=faults(text)
        )
        return [chunk for chunk in stream]

    for text, kind in [("cut-after=3", Exception), ("error-after=2", openai.APIError), ("garbage", ValueError)]:
        try:
            read(text)
        except kind:
            continue
        raise AssertionError(f"{text} went unnoticed")


RESPONSE_TOOLS = [{"type": "function", "name": "get_weather", "parameters": SCHEMA, "strict": True}]


@check
def responses_stream_equals_whole():
    arguments = dict(
        model="gpt-5",
        input="What is a weir?",
        reasoning={"effort": "low", "summary": "auto"},
        include=["reasoning.encrypted_content"],
    )
    whole = OPENAI.responses.create(**arguments)
    assert whole.status == "completed" and "What is a weir?" in whole.output_text
    with OPENAI.responses.stream(**arguments) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert kinds[:2] == ["response.created", "response.in_progress"] and kinds[-1] == "response.completed"
    assert "response.reasoning_summary_text.delta" in kinds and "response.output_text.done" in kinds
    assert final.output_text == whole.output_text and final.usage == whole.usage
    assert final.output[0].summary == whole.output[0].summary and final.output[0].encrypted_content
    assert whole.usage.output_tokens_details.reasoning_tokens > 0
    counted = OPENAI.responses.input_tokens.count(model="gpt-5", input="What is a weir?")
    assert counted.input_tokens == whole.usage.input_tokens


@check
def responses_tool_round_trips():
    kept = OPENAI.responses.create(model="gpt-5", input="What is a weir?", tools=RESPONSE_TOOLS)
    call = kept.output[-1]
    assert json.loads(call.arguments) == {"city": "Paris", "unit": "celsius"}
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "18 degrees"}
    arguments = dict(model="gpt-5", tools=RESPONSE_TOOLS)
    second = OPENAI.responses.create(input=[result], previous_response_id=kept.id, **arguments)
    assert "18 degrees" in second.output_text
    arguments |= dict(store=False, include=["reasoning.encrypted_content"])
    history = [{"role": "user", "content": "What is a weir?"}]
    first = OPENAI.responses.create(input=history, **arguments)
    history += first.output
    call = first.output[-1]
    history.append({"type": "function_call_output", "call_id": call.call_id, "output": "19 degrees"})
    assert "19 degrees" in OPENAI.responses.create(input=history, **arguments).output_text
    with OPENAI.responses.stream(input="What is a weir?", **arguments) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert "response.function_call_arguments.done" in kinds
    assert final.output[-1].parsed_arguments == {"city": "Paris", "unit": "celsius"}


@check
def responses_are_kept():
    made = OPENAI.responses.create(model="gpt-4o", input="What is a weir?")
    assert OPENAI.responses.retrieve(made.id).output_text == made.output_text
    items = list(OPENAI.responses.input_items.list(made.id))
    assert items[0].content[0].text == "What is a weir?"
    OPENAI.responses.delete(made.id)
    fails(openai.NotFoundError, 404, lambda: OPENAI.responses.retrieve(made.id))
    queued = OPENAI.responses.create(model="gpt-4o", input="What is a weir?", background=True)
    assert queued.status == "queued"
    assert OPENAI.responses.retrieve(queued.id).status in ("in_progress", "completed")
    compacted = OPENAI.responses.compact(model="gpt-5", input="What is a weir?")
    assert [item.type for item in compacted.output] == ["message", "compaction"]
    answer = OPENAI.responses.create(model="gpt-5", input=compacted.output[-1:] + HELLO)
    assert "What is a weir?" in answer.output_text


@check
def responses_structured_and_refused():
    format = {"type": "json_schema", "name": "w", "schema": SCHEMA, "strict": True}
    made = OPENAI.responses.create(model="gpt-5", input="What is a weir?", text={"format": format})
    assert json.loads(made.output_text) == {"city": "Paris", "unit": "celsius"}
    refused = OPENAI.responses.create(
        model="gpt-4o", input="What is a weir?", extra_headers=faults("finish=refusal")
    )
    assert refused.output[0].content[0].type == "refusal"
    cut = OPENAI.responses.create(
        model="gpt-4o", input="Hi", max_output_tokens=16, extra_headers=faults("tokens=40")
    )
    assert cut.status == "incomplete" and cut.incomplete_details.reason == "max_output_tokens"
    orphan = {"type": "function_call_output", "call_id": "call_0", "output": "18 degrees"}
    error = fails(
        openai.BadRequestError, 400, lambda: OPENAI.responses.create(model="gpt-5", input=[orphan])
    )
    assert error.param == "input" and "No tool call found" in error.message

    def read(text):
        return list(
            OPENAI.responses.create(model="gpt-4o", input="Hi", stream=True, extra_headers=faults(text))
        )

    last = read("error-after=2")[-1]
    assert last.type == "error" and last.code == "server_error" and last.sequence_number == 2
    assert read("finish=failed")[-1].response.error.code == "server_error"
    for text, kind in [("cut-after=3", Exception), ("garbage", ValueError)]:
        try:
            read(text)
        except kind:
            continue
        raise AssertionError(f"{text} went unnoticed")


@check
def openai_embeddings():
    texts = ["a weir in the river", "the weir of the river", "tax law"]
    made = OPENAI.embeddings.create(model="text-embedding-3-small", input=texts, dimensions=256)
    one, other, third = [item.embedding for item in made.data]
    cosine = lambda a, b: sum(x * y for x, y in zip(a, b))
    assert len(one) == 256 and cosine(one, other) > cosine(one, third)
    plain = OPENAI.embeddings.create(
        model="text-embedding-3-small", input=texts[0], dimensions=256, encoding_format="float"
    )
    assert all(abs(x - y) < 1e-6 for x, y in zip(plain.data[0].embedding, one))
    fails(
        openai.PermissionDeniedError, 403, lambda: OPENAI.embeddings.create(model="gpt-4o", input="Hi")
    )


@check
def openai_moderations_and_images():
    result = OPENAI.moderations.create(input="I will kill the process.").results[0]
    assert result.flagged and result.categories.violence and not result.categories.hate_threatening
    made = OPENAI.images.generate(prompt="A weir", model="gpt-image-1")
    png = base64.b64decode(made.data[0].b64_json)
    assert png.startswith(b"\x89PNG") and made.usage.total_tokens > 0
    edited = OPENAI.images.edit(image=("a.png", png), prompt="Bluer", model="gpt-image-1")
    assert edited.usage.input_tokens_details.image_tokens > 0
    events = list(OPENAI.images.generate(prompt="A weir", model="gpt-image-1", stream=True, partial_images=1))
    assert [event.type for event in events] == ["image_generation.partial_image", "image_generation.completed"]


@check
def openai_audio():
    arguments = dict(model="gpt-4o-mini-tts", voice="alloy", input="What is a weir?")
    sound = OPENAI.audio.speech.create(response_format="wav", **arguments).read()
    with wave.open(io.BytesIO(sound)) as opened:
        assert (opened.getframerate(), opened.getnframes()) == (24_000, 4_800)
    heard = OPENAI.audio.transcriptions.create(model="gpt-4o-transcribe", file=("a.wav", sound))
    assert heard.text == f"The file a.wav has {len(sound)} bytes." and heard.usage.type == "tokens"
    verbose = OPENAI.audio.transcriptions.create(
        model="whisper-1", file=("a.wav", sound), response_format="verbose_json", timestamp_granularities=["segment"]
    )
    assert verbose.segments[0].text == heard.text
    streamed = list(
        OPENAI.audio.transcriptions.create(model="gpt-4o-transcribe", file=("a.wav", sound), stream=True)
    )
    assert streamed[-1].type == "transcript.text.done" and streamed[-1].text == heard.text
    with OPENAI.audio.speech.with_streaming_response.create(**arguments) as response:
        assert response.headers["content-type"] == "audio/mpeg"
        assert next(response.iter_bytes()).startswith(b"\xff\xfb")


@check
def openai_completions():
    arguments = dict(model="gpt-3.5-turbo-instruct", prompt="What is a weir?", max_tokens=50)
    whole = OPENAI.completions.create(**arguments)
    assert "What is a weir?" in whole.choices[0].text and whole.usage.total_tokens > 4
    chunks = list(OPENAI.completions.create(stream=True, **arguments))
    assert "".join(chunk.choices[0].text for chunk in chunks) == whole.choices[0].text
    assert chunks[-1].choices[0].finish_reason == "stop"


@check
def openai_files_and_batches():
    bodies = [{"model": "gpt-4o", "messages": HELLO}, {"model": "llama", "messages": HELLO}]
    lines = [
        {"custom_id": f"line-{number}", "method": "POST", "url": "/v1/chat/completions", "body": body}
        for number, body in enumerate(bodies)
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    sent = OPENAI.files.create(file=("lines.jsonl", text.encode()), purpose="batch")
    assert sent.id in [file.id for file in OPENAI.files.list(purpose="batch")]
    made = OPENAI.batches.create(
        input_file_id=sent.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    looks = (OPENAI.batches.retrieve(made.id) for _ in range(1_000))
    done = next(batch for batch in looks if batch.status == "completed")
    assert made.status == "validating"
    assert (done.request_counts.completed, done.request_counts.failed) == (1, 1)
    result = json.loads(OPENAI.files.content(done.output_file_id).text)
    assert result["custom_id"] == "line-0" and result["response"]["status_code"] == 200
    failed = json.loads(OPENAI.files.content(done.error_file_id).text)
    assert failed["response"]["body"]["error"]["code"] == "model_not_found"
    assert OPENAI.files.delete(sent.id).deleted
    fails(openai.NotFoundError, 404, lambda: OPENAI.files.retrieve(sent.id))


@check
def claude_models():
    names = [model.id for model in CLAUDE.models.list(limit=2)]
    assert "claude-sonnet-5" in names and len(names) == 4, names
    assert CLAUDE.models.retrieve("claude-sonnet-5").display_name == "Claude Sonnet 5"


@check
def claude_message():
    raw = CLAUDE.messages.with_raw_response.create(model="claude-sonnet-5", max_tokens=200, messages=HELLO)
    assert raw.headers["request-id"].startswith("req_")
    assert raw.headers["anthropic-ratelimit-requests-reset"].endswith("Z")
    message = raw.parse()
    assert message.stop_reason == "end_turn"
    assert "What is a weir?" in message.content[0].text
    assert message.usage.input_tokens > 0 and message.usage.output_tokens > 0
    counted = CLAUDE.messages.count_tokens(model="claude-sonnet-5", messages=HELLO)
    assert counted.input_tokens == message.usage.input_tokens


@check
def claude_stream_equals_whole():
    arguments = dict(
        model="claude-sonnet-5",
        max_tokens=2048,
        messages=HELLO,
        thinking={"type": "adaptive"},
        tools=CLAUDE_TOOLS,
    )
    whole = CLAUDE.messages.create(**arguments)
    with CLAUDE.messages.stream(**arguments) as stream:
        final = stream.get_final_message()
    assert [block.type for block in final.content] == ["thinking", "text", "tool_use"]
    for one, other in zip(whole.content, final.content):
        for field in ("thinking", "signature", "text", "input"):
            assert getattr(one, field, None) == getattr(other, field, None), field
    assert final.stop_reason == whole.stop_reason == "tool_use"
    assert final.usage.output_tokens == whole.usage.output_tokens
    assert whole.usage.output_tokens_details.thinking_tokens > 0


@check
def claude_tool_round_trip_with_thinking():
    messages = list(HELLO)
    arguments = dict(
        model="claude-sonnet-4-5",
        max_tokens=4096,
        thinking={"type": "enabled", "budget_tokens": 1024},
        tools=CLAUDE_TOOLS,
    )
    first = CLAUDE.messages.create(messages=messages, **arguments)
    call = first.content[-1]
    assert call.input == {"city": "Paris", "unit": "celsius"}
    messages.append({"role": "assistant", "content": first.content})
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "18 degrees"}
    messages.append({"role": "user", "content": [result]})
    second = CLAUDE.messages.create(messages=messages, **arguments)
    assert "18 degrees" in second.content[-1].text
    forged = [dict(block.model_dump(exclude_none=True)) for block in first.content]
    forged[0]["thinking"] = "Something else."
    messages[1] = {"role": "assistant", "content": forged}
    error = fails(
        anthropic.BadRequestError, 400, lambda: CLAUDE.messages.create(messages=messages, **arguments)
    )
    assert "Invalid `signature` in `thinking` block" in str(error)


@check
def claude_cache():
    system = [{"type": "text", "text": f"You keep a weir. {id(CHECKS)}", "cache_control": {"type": "ephemeral"}}]
    usages = [
        CLAUDE.messages.create(model="claude-sonnet-5", max_tokens=64, system=system, messages=HELLO).usage
        for _ in range(2)
    ]
    assert usages[0].cache_creation_input_tokens > 0 and usages[0].cache_read_input_tokens == 0
    assert usages[1].cache_read_input_tokens == usages[0].cache_creation_input_tokens
    assert usages[1].cache_creation_input_tokens == 0
    assert usages[0].input_tokens == usages[1].input_tokens


@check
def claude_errors():
    create = CLAUDE.messages.create

    def refused(expected, **arguments):
        arguments = dict(model="claude-sonnet-5", max_tokens=64, messages=HELLO) | arguments
        error = fails(anthropic.BadRequestError, 400, lambda: create(**arguments))
        assert error.body["error"]["type"] == "invalid_request_error"
        assert expected in error.body["error"]["message"], error.body
        assert error.body["request_id"] == error.response.headers["request-id"]

    refused("colour: Extra inputs are not permitted", extra_body={"colour": "red"})
    refused("temperature: Extra inputs are not permitted", extra_body={"temperature": 1.0})
    refused("non-empty", messages=[{"role": "user", "content": [{"type": "text", "text": ""}]}])
    refused("first message", messages=[{"role": "assistant", "content": "Hi"}, *HELLO])
    error = fails(
        anthropic.NotFoundError, 404, lambda: create(model="gpt-5", max_tokens=64, messages=HELLO)
    )
    assert error.body["error"] == {"type": "not_found_error", "message": "model: gpt-5"}
    bad = CLAUDE.with_options(api_key="sk-bad-key")
    fails(anthropic.AuthenticationError, 401, bad.models.list)
    error = fails(
        anthropic.APIStatusError,
        529,
        lambda: create(model="claude-sonnet-5+status=529", max_tokens=64, messages=HELLO),
    )
    assert error.body["error"]["type"] == "overloaded_error"


@check
def claude_broken_streams():
    for text, kind in [("cut-after=4", Exception), ("error-after=3", anthropic.APIStatusError)]:
        try:
            with CLAUDE.messages.stream(
                model="claude-sonnet-5", max_tokens=64, messages=HELLO, extra_headers=faults(text)
            ) as stream:
                stream.get_final_message()
        except kind:
            continue
        raise AssertionError(f"{text} went unnoticed")


WEATHER = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(name="get_weather", description="Weather", parameters_json_schema=SCHEMA)
    ]
)


def vertex():
    """A client of Vertex AI with a service account's token, which the simulator gives out."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "client_email": "weir@test.iam.gserviceaccount.com",
        "private_key": private.decode(),
        "token_uri": f"{BASE}/google/token",
    }
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    credentials = service_account.Credentials.from_service_account_info(account, scopes=scopes)
    return genai.Client(
        vertexai=True,
        project="test",
        location="global",
        credentials=credentials,
        http_options=types.HttpOptions(base_url=f"{BASE}/vertex"),
    )


def gemini_fails(code, status, call):
    """The error that a call raises, which must be of this code and status."""
    try:
        call()
    except errors.APIError as error:
        assert (error.code, error.status) == (code, status), error
        return error
    raise AssertionError("no error was raised")


@check
def gemini_models():
    names = [model.name for model in GEMINI.models.list(config={"page_size": 3})]
    assert "models/gemini-3-pro-preview" in names and len(names) == 8, names
    assert GEMINI.models.get(model="gemini-2.5-pro").display_name == "Gemini 2.5 Pro"


@check
def gemini_stream_equals_whole():
    config = types.GenerateContentConfig(thinking_config=types.ThinkingConfig(include_thoughts=True))
    arguments = dict(model="gemini-3-pro-preview", contents="What is a weir?", config=config)
    whole = GEMINI.models.generate_content(**arguments)
    assert "What is a weir?" in whole.text
    usage = whole.usage_metadata
    assert usage.thoughts_token_count > 0
    assert usage.total_token_count == (
        usage.prompt_token_count + usage.candidates_token_count + usage.thoughts_token_count
    )
    assert whole.candidates[0].content.parts[0].thought
    chunks = list(GEMINI.models.generate_content_stream(**arguments))
    parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts]
    assert "".join(part.text for part in parts if not part.thought) == whole.text
    assert parts[-1].thought_signature and chunks[-1].candidates[0].finish_reason == "STOP"
    assert chunks[-1].usage_metadata == usage
    counted = GEMINI.models.count_tokens(model="gemini-3-pro-preview", contents="What is a weir?")
    assert counted.total_tokens == usage.prompt_token_count


def gemini_round_trip(client):
    config = types.GenerateContentConfig(
        tools=[WEATHER], automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True)
    )
    contents = [types.Content(role="user", parts=[types.Part(text="What is a weir?")])]
    arguments = dict(model="gemini-3-pro-preview", config=config)
    first = client.models.generate_content(contents=contents, **arguments)
    [call] = first.function_calls
    assert call.args == {"city": "Paris", "unit": "celsius"}
    contents.append(first.candidates[0].content)
    answer = types.FunctionResponse(id=call.id, name=call.name, response={"output": "18 degrees"})
    contents.append(types.Content(role="user", parts=[types.Part(function_response=answer)]))
    second = client.models.generate_content(contents=contents, **arguments)
    assert "18 degrees" in second.text
    streamed = list(client.models.generate_content_stream(contents=contents, **arguments))
    assert "".join(chunk.text or "" for chunk in streamed) == second.text
    first.candidates[0].content.parts[0].thought_signature = None
    error = gemini_fails(
        400,
        "INVALID_ARGUMENT",
        lambda: client.models.generate_content(contents=contents, **arguments),
    )
    assert "thought_signature" in error.message
    return call


@check
def gemini_tool_round_trip():
    assert gemini_round_trip(GEMINI).id


@check
def vertex_with_a_service_account():
    client = vertex()
    assert gemini_round_trip(client).id is None
    embedded = client.models.embed_content(model="text-embedding-005", contents=["a weir", "a bridge"])
    assert [len(one.values) for one in embedded.embeddings] == [768, 768]
    stranger = genai.Client(
        vertexai=True,
        project="test",
        location="global",
        credentials=oauth2.Credentials("ya29.made-up"),
        http_options=types.HttpOptions(base_url=f"{BASE}/vertex"),
    )
    ask = lambda: stranger.models.generate_content(model="gemini-2.5-pro", contents="Hi")
    gemini_fails(401, "UNAUTHENTICATED", ask)


@check
def gemini_structured():
    config = types.GenerateContentConfig(
        response_mime_type="application/json", response_json_schema=SCHEMA, temperature=0.5
    )
    made = GEMINI.models.generate_content(model="gemini-2.5-flash", contents="Hi", config=config)
    assert json.loads(made.text) == {"city": "Paris", "unit": "celsius"}
    assert made.parsed == {"city": "Paris", "unit": "celsius"}


@check
def gemini_embeddings():
    texts = ["a weir in the river", "the weir of the river", "tax law"]
    config = types.EmbedContentConfig(output_dimensionality=256)
    made = GEMINI.models.embed_content(model="gemini-embedding-001", contents=texts, config=config)
    one, other, third = [embedding.values for embedding in made.embeddings]
    cosine = lambda a, b: sum(x * y for x, y in zip(a, b))
    assert len(one) == 256 and cosine(one, other) > cosine(one, third)


@check
def gemini_errors():
    generate = lambda model, **config: GEMINI.models.generate_content(
        model=model, contents="Hi", config=config or None
    )
    gemini_fails(404, "NOT_FOUND", lambda: generate("gpt-5"))
    gemini_fails(400, "INVALID_ARGUMENT", lambda: generate("gemini-2.5-pro", temperature=3))
    error = gemini_fails(429, "RESOURCE_EXHAUSTED", lambda: generate("gemini-2.5-pro+status=429+retry-after=7"))
    delays = [detail.get("retryDelay") for detail in error.details["error"]["details"]]
    assert "7s" in delays
    bad = genai.Client(api_key="bad-key", http_options=types.HttpOptions(base_url=f"{BASE}/gemini"))
    error = gemini_fails(400, "INVALID_ARGUMENT", lambda: list(bad.models.list()))
    assert error.details["error"]["details"][0]["reason"] == "API_KEY_INVALID"
    blocked = generate("gemini-2.5-pro", http_options={"headers": faults("finish=blocked")})
    assert blocked.prompt_feedback.block_reason == "PROHIBITED_CONTENT" and not blocked.candidates
    cut = generate("gemini-2.5-pro", http_options={"headers": faults("finish=RECITATION")})
    assert cut.candidates[0].finish_reason == "RECITATION"


@check
def citations():
    headers = faults("cite")
    chat = OPENAI.chat.completions.create(model="gpt-4o", messages=HELLO, extra_headers=headers)
    page = chat.choices[0].message.annotations[0].url_citation.url
    arguments = dict(model="gpt-4o", input="Hi", tools=[{"type": "web_search"}], extra_headers=headers)
    with OPENAI.responses.stream(**arguments) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert "response.output_text.annotation.added" in kinds and "response.web_search_call.searching" in kinds
    assert final.output[1].content[0].annotations[0].url == page
    grounded = GEMINI.models.generate_content(
        model="gemini-2.5-pro", contents="Hi", config={"http_options": {"headers": headers}}
    )
    metadata = grounded.candidates[0].grounding_metadata
    assert metadata.grounding_chunks[0].web.uri == page
    with CLAUDE.messages.stream(
        model="claude-sonnet-5", max_tokens=64, messages=HELLO, extra_headers=headers
    ) as stream:
        block = stream.get_final_message().content[-1]
    assert block.citations[0].url == page and block.text


def main():
    for function in CHECKS:
        try:
            function()
        except BaseException:
            print(f"failed: {function.__name__}", file=sys.stderr)
            raise
    print(
        f"{len(CHECKS)} checks passed against {BASE} "
        f"(openai {openai.__version__}, anthropic {anthropic.__version__}, google-genai {genai.__version__})"
    )


main()
