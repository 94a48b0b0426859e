"""Live sessions through Weir: OpenAI's Realtime and Gemini's Live, with the vendors' own libraries."""

import asyncio
import base64
import json
import ssl
import time

import openai
import websockets
from google import genai
from google.genai import types

from harness import KEY


def client(world):
    return openai.AsyncOpenAI(base_url=f"http://127.0.0.1:{world.port}/v1", api_key=KEY, max_retries=0)


def records(world, dialect, count):
    """The last records of turns, as the access log has them."""
    for _ in range(100):
        lines = (world.folder / "access.jsonl").read_text().splitlines()
        found = [record for record in map(json.loads, lines) if (record.get("ai") or {}).get("dialect") == dialect]
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{len(found)} records of {dialect}: {found}")


async def until(connection, kind):
    events = []
    async for event in connection:
        events.append(event)
        if event.type == kind:
            return events
        assert event.type != "error", event
    raise AssertionError(f"no {kind} in {[event.type for event in events]}")


def check_openais_library_talks_in_text_with_tools(world):
    async def talk(model):
        async with client(world).realtime.connect(model=model) as connection:
            await until(connection, "session.created")
            tool = {"type": "function", "name": "look", "description": "looks", "parameters": {"type": "object", "properties": {}}}
            await connection.session.update(session={"type": "realtime", "model": model, "output_modalities": ["text"], "tools": [tool]})
            await until(connection, "session.updated")
            item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Look around"}]}
            await connection.conversation.item.create(item=item)
            await connection.response.create()
            call = (await until(connection, "response.done"))[-1].response.output[0]
            assert (call.type, call.name) == ("function_call", "look"), call
            result = {"type": "function_call_output", "call_id": call.call_id, "output": "a house"}
            await connection.conversation.item.create(item=result)
            await connection.response.create()
            events = await until(connection, "response.done")
            said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
            response = events[-1].response
            assert "a house" in said and response.output[0].content[0].text == said, said
            assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens > 0

    for model in ("talk", "talk-azure"):
        asyncio.run(talk(model))


def check_openais_library_is_heard_and_hears(world):
    async def talk():
        async with client(world).realtime.connect(model="talk") as connection:
            sound = base64.b64encode(b"\1" * 24_000 + b"\0" * 24_000).decode()
            await connection.input_audio_buffer.append(audio=sound)
            events = await until(connection, "response.done")
            assert any(event.type == "response.output_audio.delta" for event in events)
            assert events[-1].response.usage.input_token_details.audio_tokens > 0

    asyncio.run(talk())


def check_a_model_that_may_not_be_used_is_not_reached(world):
    async def talk():
        async with client(world).realtime.connect(model="talk") as connection:
            await until(connection, "session.created")
            await connection.session.update(session={"type": "realtime", "model": "gpt-5"})
            async for event in connection:
                assert event.type == "error" and event.error.code == "model_not_found", event
                break
        for model, key, status in (("none", KEY, 404), ("talk", "sk-wrong", 401), ("claude", KEY, 400)):
            url = f"ws://127.0.0.1:{world.port}/v1/realtime?model={model}"
            try:
                async with websockets.connect(url, additional_headers={"Authorization": f"Bearer {key}"}):
                    raise AssertionError(f"{model} was opened")
            except websockets.exceptions.InvalidStatus as error:
                assert error.response.status_code == status, (model, error.response.status_code)
                assert json.loads(error.response.body)["error"]["message"]

    asyncio.run(talk())


def check_a_browser_puts_its_key_among_the_subprotocols(world):
    async def talk():
        url = f"ws://127.0.0.1:{world.port}/v1/realtime?model=talk"
        offered = ["realtime", f"openai-insecure-api-key.{KEY}"]
        async with websockets.connect(url, subprotocols=offered) as socket:
            assert socket.subprotocol == "realtime"
            assert json.loads(await socket.recv())["type"] == "session.created"
            assert not socket.protocol.extensions

    asyncio.run(talk())


def check_googles_library_talks_and_calls_tools(world):
    async def talk():
        context = ssl.create_default_context(cafile=world.folder / "ca.pem")
        # The library knows TLS alone.
        options = types.HttpOptions(base_url=f"https://127.0.0.1:{world.tls_port}", async_client_args={"ssl": context})
        google = genai.Client(api_key=KEY, http_options=options)
        look = {"function_declarations": [{"name": "look", "description": "looks"}]}
        config = {"response_modalities": ["TEXT"], "tools": [look]}
        async with google.aio.live.connect(model="talk-gemini", config=config) as session:
            turns = types.Content(role="user", parts=[types.Part(text="Look around")])
            await session.send_client_content(turns=turns, turn_complete=True)
            said, used = "", []
            async for message in session.receive():
                for call in (message.tool_call.function_calls if message.tool_call else []):
                    result = types.FunctionResponse(id=call.id, name=call.name, response={"found": "a house"})
                    await session.send_tool_response(function_responses=[result])
                said += message.text or ""
                used += [message.usage_metadata] if message.usage_metadata else []
            assert "a house" in said, said
            assert len(used) == 2 and all(usage.prompt_token_count and usage.total_token_count for usage in used), used
        try:
            async with google.aio.live.connect(model="none", config=config):
                raise AssertionError("none was opened")
        except Exception as error:
            assert "1008" in str(error) and "`none`" in str(error), error

    asyncio.run(talk())


def check_each_turn_of_a_session_is_recorded(world):
    before = len(records(world, "openai_realtime", 0))
    check_openais_library_is_heard_and_hears(world)
    turn, session = records(world, "openai_realtime", before + 2)[before:]
    assert (turn["status"], session["status"]) == (200, 101), (turn, session)
    assert turn["ai"]["cost_micros"] > 0 and session["ai"]["cost_micros"] == 0, (turn, session)
    assert turn["trace_id"] == session["trace_id"]
