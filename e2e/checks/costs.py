"""What calls cost that are no chat, by the vendor's own SDK: the access log tells it, whole answers and streams alike."""

import time

import openai

from checks.agents import recorded
from harness import KEY

TEXT = "A weir is a low dam across a river. " * 20


def cost(world, alias: str, since: int) -> dict:
    """What the record of the alias's only call says; the log is written a little later than the answers."""
    time_limit = time.monotonic() + 10
    while True:
        found = [call["ai"] for call in recorded(world, since) if call["ai"] and call["ai"]["alias"] == alias]
        if found or time.monotonic() > time_limit:
            assert len(found) == 1, (alias, found)
            return found[0]


def client(world) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"http://127.0.0.1:{world.port}/v1", api_key=KEY, max_retries=0)


def check_an_image_costs_by_its_size_and_quality(world):
    since = len(recorded(world, 0))
    made = client(world).images.generate(model="images", prompt=TEXT, n=2, size="1024x1024", quality="low")
    told = cost(world, "images", since)
    assert told["pieces"]["images"] == 2 and told["usage"]["output"] == made.usage.output_tokens, told
    # Two at 0.011 dollars, and the prompt at 5 dollars a million tokens.
    assert told["cost_micros"] == 22_000 + 5 * made.usage.input_tokens and not told["cost_reported"], told
    since = len(recorded(world, 0))
    events = list(client(world).images.generate(model="images", prompt=TEXT, quality="high", stream=True, partial_images=1))
    told = cost(world, "images", since)
    assert events[-1].type == "image_generation.completed" and told["streamed"] and told["ttft_us"], told
    assert told["cost_micros"] == 167_000 + 5 * events[-1].usage.input_tokens, told


def check_speech_costs_by_its_characters(world):
    since = len(recorded(world, 0))
    client(world).audio.speech.create(model="speech-by-character", voice="alloy", input=TEXT).read()
    told = cost(world, "speech-by-character", since)
    assert told["pieces"]["characters"] == len(TEXT) and told["cost_micros"] == 15 * len(TEXT), told
    since = len(recorded(world, 0))
    with client(world).audio.speech.with_streaming_response.create(
        model="speech", voice="alloy", input=TEXT, stream_format="sse"
    ) as stream:
        assert "speech.audio.done" in "".join(stream.iter_text())
    told = cost(world, "speech", since)
    tokens = told["usage"]
    # Text at 0.6 dollars a million tokens, sound at 12.
    assert told["streamed"] and not told["estimated"], told
    assert abs(told["cost_micros"] - (0.6 * tokens["input"] + 12 * tokens["output"])) <= 1, told


def check_a_transcription_costs_by_its_seconds_or_tokens(world):
    speech = client(world).audio.speech.create(model="speech", voice="alloy", input=TEXT, response_format="wav").read()
    since = len(recorded(world, 0))
    heard = client(world).audio.transcriptions.create(model="hear-seconds", file=("a.wav", speech))
    told = cost(world, "hear-seconds", since)
    assert heard.usage.seconds > 0 and not told["estimated"], told
    assert abs(told["cost_micros"] - 100 * heard.usage.seconds) <= 1, (told, heard.usage)
    since = len(recorded(world, 0))
    events = list(client(world).audio.transcriptions.create(model="hear", file=("a.wav", speech), stream=True))
    told = cost(world, "hear", since)
    usage = events[-1].usage
    assert (told["usage"]["input"], told["usage"]["output"]) == (usage.input_tokens, usage.output_tokens), told
    assert told["streamed"] and abs(told["cost_micros"] - (2.5 * usage.input_tokens + 10 * usage.output_tokens)) <= 1, told


def check_legacy_completions_have_a_cost_and_moderations_none(world):
    since = len(recorded(world, 0))
    client(world).completions.create(model="instruct", prompt=TEXT)
    told = cost(world, "instruct", since)
    assert told["cost_micros"] == round(1.5 * told["usage"]["input"] + 2 * told["usage"]["output"]), told
    client(world).moderations.create(model="moderate", input=TEXT)
    assert cost(world, "moderate", since)["cost_micros"] == 0
