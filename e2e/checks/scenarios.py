"""One list of scenarios, done by every vendor's SDK through Weir with every provider behind it."""

import json
import sys
from pathlib import Path

from harness import KEY

sys.path.insert(0, str(Path(__file__).parent.parent / "sdk"))

from clients import CLIENTS  # noqa: E402

# Aliases, each with one provider behind it.
PROVIDERS = ["azure", "claude", "command", "converse", "gemini", "gpt", "llama", "mistral", "responses"]
EMBEDDERS = ["embed-openai", "embed-gemini", "embed-cohere", "embed-ollama"]
RESULT = "18 degrees and rain"


def pairs(world, models=PROVIDERS):
    for kind in CLIENTS:
        client = kind(world.port, KEY)
        for model in models:
            yield client, model, f"{kind.__name__} to {model}"


def check_every_sdk_chats_with_every_provider(world):
    for client, model, pair in pairs(world):
        answer = client.chat(model, "Say hello")
        assert answer.text and answer.finish == client.stops, (pair, answer)
        assert answer.input > 0 and answer.output > 0, (pair, answer)


def check_every_sdk_streams_what_it_gets_whole(world):
    for client, model, pair in pairs(world):
        whole, streamed = client.chat(model, "Say hello"), client.stream(model, "Say hello")
        assert (streamed.text, streamed.finish) == (whole.text, whole.finish), (pair, streamed, whole)
        if streamed.input is not None:
            assert (streamed.input, streamed.output) == (whole.input, whole.output), (pair, streamed, whole)


def check_every_sdk_makes_a_tool_round_trip(world):
    for client, model, pair in pairs(world):
        first = client.ask_tool(model)
        assert first.finish == client.waits and len(first.calls) == 1, (pair, first)
        _, name, arguments = first.calls[0]
        assert name == "get_weather" and isinstance(arguments["city"], str), (pair, first)
        if model not in getattr(client, "no_results", []):
            last = client.give_result(model, first, RESULT)
            assert last.finish == client.stops and RESULT in last.text, (pair, last)
        if not getattr(client, "streams_calls", True):
            continue
        streamed = client.stream(model, "What is the weather in Paris?", tools=True)
        assert streamed.finish == client.waits, (pair, streamed)
        assert [call[1:] for call in streamed.calls] == [call[1:] for call in first.calls], (pair, streamed)


def check_every_sdk_gets_structured_output(world):
    for client, model, pair in pairs(world):
        answer = client.structured(model)
        person = json.loads(answer.text)
        assert isinstance(person["name"], str) and isinstance(person["age"], int) and len(person) == 2, (pair, answer)


def check_every_sdk_can_ask_for_reasoning(world):
    for client, model, pair in pairs(world, ["gpt", "claude", "gemini", "converse", "responses"]):
        answer = client.reason(model)
        assert answer.text and answer.finish == client.stops, (pair, answer)


def check_every_sdk_that_can_makes_embeddings(world):
    for client, model, pair in pairs(world, EMBEDDERS):
        if client.embed:
            vector = client.embed(model)
            assert len(vector) > 3 and all(isinstance(number, float) for number in vector), (pair, vector[:5])


def check_every_sdk_reads_errors_as_its_own(world):
    for kind in CLIENTS:
        cases = [(KEY, "no-such-model", 404), ("wrong", "gpt", 401), (KEY, "busy", 429)]
        for key, model, status in cases:
            client = kind(world.port, key)
            try:
                client.chat(model, "Say hello")
            except client.errors as error:
                got, message = client.status(error)
                assert got == status and message, (kind.__name__, model, got, message)
            else:
                raise AssertionError(f"{kind.__name__}: no error from {model}")


def check_every_sdk_lists_the_models(world):
    for kind in CLIENTS:
        if not kind.models:
            continue
        names = kind(world.port, KEY).models()
        assert set(PROVIDERS) <= set(names), (kind.__name__, names)
