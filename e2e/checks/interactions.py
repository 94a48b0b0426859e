"""Google's Interactions, by Google's own SDK: to every provider, in conversations that Weir keeps."""

import json

from google import genai

from harness import KEY

MODELS = ["claude", "converse", "gemini", "gpt", "llama", "mistral", "responses"]
TOOL = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
RESULT = "18 degrees and rain"
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


def client(world, key=KEY):
    # Tried once: a refusal is what is looked at.
    retry = genai.types.HttpRetryOptions(attempts=1)
    at = genai.types.HttpOptions(base_url=f"http://127.0.0.1:{world.port}", retry_options=retry)
    return genai.Client(api_key=key, http_options=at)


def streamed(events):
    """The text, the calls and the end of a stream, whose grammar is looked at."""
    text, calls, steps, ended = "", {}, 0, None
    open_step = None
    for number, event in enumerate(events):
        assert ended is None, event
        assert (number == 0) == (event.event_type == "interaction.created"), event
        if event.event_type == "step.start":
            assert open_step is None and event.index == steps, event
            open_step = event.step
            if event.step.type == "function_call":
                calls[event.index] = [event.step.name, ""]
        elif event.event_type == "step.delta":
            assert event.index == steps, event
            if event.delta.type == "text":
                text += event.delta.text
            elif event.delta.type == "arguments_delta":
                calls[event.index][1] += event.delta.arguments
        elif event.event_type == "step.stop":
            assert open_step is not None and event.index == steps, event
            open_step, steps = None, steps + 1
        elif event.event_type == "interaction.completed":
            ended = event.interaction
    assert ended is not None and open_step is None
    return text, [(name, json.loads(arguments)) for name, arguments in calls.values()], ended


def refusal(ask):
    try:
        ask()
    except Exception as error:  # The SDK has a class of its own for each status.
        return error
    raise AssertionError("it was not refused")


def check_interactions_are_answered_whole_and_streamed(world):
    google = client(world)
    interactions = google.interactions
    for model in MODELS:
        whole = interactions.create(model=model, input="Say hello", system_instruction="Be brief.", store=False)
        assert whole.status == "completed" and whole.output_text and whole.id.startswith("v1_"), (model, whole)
        assert whole.usage.total_input_tokens > 0 and whole.usage.total_output_tokens > 0, (model, whole.usage)
        text, _, ended = streamed(interactions.create(model=model, input="Say hello", system_instruction="Be brief.", stream=True, store=False))
        assert (text, ended.status) == (whole.output_text, "completed"), (model, text, whole.output_text)
        assert ended.usage.total_output_tokens == whole.usage.total_output_tokens, (model, ended.usage, whole.usage)


def check_interactions_make_tool_round_trips(world):
    google = client(world)
    interactions = google.interactions
    for model in MODELS:
        asked = dict(model=model, input="What is the weather in Paris?", tools=[TOOL])
        first = interactions.create(**asked)
        assert first.status == "requires_action", (model, first)
        [call] = [step for step in first.steps if step.type == "function_call"]
        assert call.name == "get_weather" and isinstance(call.arguments["city"], str), (model, call)
        result = {"type": "function_result", "call_id": call.id, "name": call.name, "result": RESULT}
        # By the conversation that is kept, and by one that the client brings along.
        last = interactions.create(model=model, input=[result], previous_interaction_id=first.id, tools=[TOOL])
        assert RESULT in last.output_text and last.status == "completed", (model, last)
        question = {"type": "user_input", "content": [{"type": "text", "text": asked["input"]}]}
        brought = interactions.create(model=model, input=[question, *first.steps, result], tools=[TOOL], store=False)
        assert RESULT in brought.output_text, (model, brought)
        _, calls, ended = streamed(interactions.create(**asked, stream=True))
        assert calls == [(call.name, call.arguments)] and ended.status == "requires_action", (model, calls)
        last = interactions.create(
            model=model,
            input=[{**result, "call_id": next(step.id for step in interactions.get(ended.id).steps if step.type == "function_call")}],
            previous_interaction_id=ended.id,
            tools=[TOOL],
        )
        assert RESULT in last.output_text, (model, last)


def check_interactions_go_on_from_what_is_kept(world):
    google = client(world)
    interactions = google.interactions
    for model in MODELS:
        first = interactions.create(model=model, input="Say hello")
        again = interactions.get(first.id)
        assert (again.id, again.output_text, again.status) == (first.id, first.output_text, "completed"), model
        second = interactions.create(model=model, input="And again", previous_interaction_id=first.id)
        assert second.previous_interaction_id == first.id, (model, second)
        assert second.usage.total_input_tokens > first.usage.total_input_tokens, model
        _, _, third = streamed(interactions.create(model=model, input="Once more", previous_interaction_id=second.id, stream=True))
        assert third.usage.total_input_tokens > second.usage.total_input_tokens, model
        kept = interactions.get(third.id, include_input=True)
        assert [step.content[0].text for step in kept.input] == ["Once more"], (model, kept.input)
        told, _, ended = streamed(interactions.get(third.id, stream=True))
        assert (told, ended.id) == (kept.output_text, third.id), (model, told)
    # Who answers may change from turn to turn.
    other = interactions.create(model="gemini", input="And you?", previous_interaction_id=third.id)
    back = interactions.create(model="claude", input="And you?", previous_interaction_id=other.id)
    assert back.output_text and back.usage.total_input_tokens > other.usage.total_input_tokens / 2


def check_interactions_are_shaped_and_reasoned(world):
    google = client(world)
    interactions = google.interactions
    for model in ["claude", "gemini", "gpt", "responses"]:
        shape = {"type": "text", "mime_type": "application/json", "schema": PERSON}
        person = json.loads(interactions.create(model=model, input="Ann is 3.", response_format=shape, store=False).output_text)
        assert isinstance(person["name"], str) and isinstance(person["age"], int), (model, person)
        config = {"thinking_level": "high", "thinking_summaries": "auto"}
        thought = interactions.create(model=model, input="Think hard.", generation_config=config, store=False)
        assert thought.output_text and thought.status == "completed", (model, thought)


def check_an_interaction_is_gone_when_deleted_and_refusals_are_googles_own(world):
    google = client(world)
    interactions = google.interactions
    kept = interactions.create(model="claude", input="Say hello")
    unkept = interactions.create(model="claude", input="Say hello", store=False)
    interactions.delete(kept.id)
    for gone in (kept.id, unkept.id, "v1_none"):
        for ask in (
            lambda: interactions.get(gone),
            lambda: interactions.delete(gone),
            lambda: interactions.create(model="claude", input="more", previous_interaction_id=gone),
        ):
            error = refusal(ask)
            assert error.status_code == 404 and gone in str(error), (gone, error)
    for asked, status, about in [
        (dict(model="no-such-model", input="a"), 404, "no-such-model"),
        (dict(model="claude", input=[{"type": "function_result", "call_id": "x", "result": "1"}]), 400, "input[0]"),
        (dict(model="claude", input="a", background=True), 400, "background"),
        (dict(agent="deep-research-pro-preview-12-2025", input="a"), 400, "agent"),
        (dict(model="busy", input="a"), 429, ""),
    ]:
        error = refusal(lambda: interactions.create(**asked))
        assert error.status_code == status and about in str(error), (asked, error)
    wrong = client(world, "wrong")
    assert refusal(lambda: wrong.interactions.create(model="claude", input="a")).status_code == 401
