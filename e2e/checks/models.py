"""The vendors' own SDKs against the gateway, with either provider behind it."""

import json

import openai

from harness import KEY

TOOLS = [{
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False},
    },
}]


def client(world, key=KEY):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{world.port}/v1", api_key=key, max_retries=0)


def ask(world, model, **more):
    return client(world).chat.completions.create(model=model, messages=[{"role": "user", "content": "Say hello"}], **more)


def check_models_are_listed(world):
    names = [model.id for model in client(world).models.list()]
    assert {"busy", "claude", "cut", "gpt", "safe"} <= set(names), names
    assert client(world).models.retrieve("gpt").id == "gpt"


def check_either_provider_answers_and_tells_its_usage(world):
    for model in ("gpt", "claude"):
        answer = ask(world, model)
        assert answer.choices[0].message.content and answer.choices[0].finish_reason == "stop", answer
        assert answer.usage.prompt_tokens > 0 and answer.usage.completion_tokens > 0
        assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def check_the_limit_and_markers_of_other_vendors_reach_models_that_reason(world):
    text = [{"type": "text", "text": "Say hello", "cache_control": {"type": "ephemeral"}}]
    for model in ("responses", "azure"):
        raw = client(world).chat.completions.with_raw_response.create(model=model, messages=[{"role": "user", "content": text}], max_tokens=2000)
        assert raw.parse().choices[0].finish_reason == "stop", raw.text
        assert raw.headers["weir-dropped-params"] == "messages[].cache_control", raw.headers


def check_either_provider_streams(world):
    for model in ("gpt", "claude"):
        text, finish, usage = "", None, None
        stream = ask(world, model, stream=True, stream_options={"include_usage": True})
        for chunk in stream:
            if chunk.choices:
                text += chunk.choices[0].delta.content or ""
                finish = chunk.choices[0].finish_reason or finish
            usage = chunk.usage or usage
        assert text and finish == "stop" and usage.completion_tokens > 0, (model, text, finish, usage)
        whole = ask(world, model).choices[0].message.content
        assert text == whole, (text, whole)
        chunks = list(ask(world, model, stream=True))
        assert all(chunk.choices for chunk in chunks), "usage was not asked for"


def check_a_tool_call_makes_its_round_trip(world):
    for model in ("gpt", "claude"):
        messages = [{"role": "user", "content": "What is the weather in Paris?"}]
        first = client(world).chat.completions.create(model=model, messages=messages, tools=TOOLS)
        call = first.choices[0].message.tool_calls[0]
        assert first.choices[0].finish_reason == "tool_calls" and call.function.name == "get_weather"
        assert "city" in json.loads(call.function.arguments)
        messages += [first.choices[0].message.model_dump(exclude_none=True), {"role": "tool", "tool_call_id": call.id, "content": "18 degrees and rain"}]
        last = client(world).chat.completions.create(model=model, messages=messages, tools=TOOLS)
        assert last.choices[0].finish_reason == "stop" and "18 degrees" in last.choices[0].message.content, last
        streamed = {}
        for chunk in client(world).chat.completions.create(model=model, messages=messages[:1], tools=TOOLS, stream=True):
            for part in (chunk.choices[0].delta.tool_calls or []) if chunk.choices else []:
                entry = streamed.setdefault(part.index, {"name": "", "arguments": ""})
                entry["name"] += part.function.name or ""
                entry["arguments"] += part.function.arguments or ""
        assert streamed[0]["name"] == "get_weather" and "city" in json.loads(streamed[0]["arguments"]), streamed


def check_an_alias_falls_back_before_the_first_byte(world):
    assert ask(world, "safe").choices[0].message.content
    assert any(chunk.choices and chunk.choices[0].delta.content for chunk in ask(world, "safe", stream=True))


def check_a_stream_that_is_cut_ends_with_an_error(world):
    try:
        for _ in ask(world, "cut", stream=True):
            pass
    except openai.APIError as error:
        assert error.message
    else:
        raise AssertionError("the cut was not told")


def check_errors_are_of_the_sdks_own_types(world):
    cases = [
        (lambda: ask(world, "nothing"), openai.NotFoundError, "model_not_found"),
        (lambda: ask(world, "busy"), openai.RateLimitError, None),
        (lambda: ask(world, "gpt", temperature=9), openai.BadRequestError, None),
        (lambda: client(world, "wrong").models.list(), openai.AuthenticationError, "credential_invalid"),
        (lambda: client(world).chat.completions.create(model="gpt", messages="x"), openai.BadRequestError, None),
    ]
    for run, kind, code in cases:
        try:
            run()
        except kind as error:
            assert code is None or error.code == code, (error.code, code)
            assert error.body["message"]
        else:
            raise AssertionError(f"no {kind.__name__}")


def check_bodies_that_are_not_requests_are_refused(world):
    bodies = [b"", b"[]", b"{", b'{"model": 5}', b'{"messages": []}', b'{"model": "gpt", "messages": [{"role": "user", "content": "\xff"}]}',
              b'{"model":"gpt","messages":' + b"[" * 5000 + b"]" * 5000 + b"}"]
    for body in bodies:
        response, text = world.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
        error = json.loads(text)["error"]
        assert response.status == 400 and set(error) == {"message", "type", "param", "code"}, (body[:60], response.status, text)


def check_images_and_thinking_pass_to_either_provider(world):
    pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    content = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": pixel}}]
    for model in ("gpt", "claude"):
        answer = client(world).chat.completions.create(model=model, messages=[{"role": "system", "content": "Be short."}, {"role": "user", "content": content}], max_completion_tokens=4000, reasoning_effort="low")
        assert answer.choices[0].message.content, answer
