"""Answers of OpenAI's Responses that Weir keeps, where the vendor behind it keeps none."""

import time

import openai

from harness import KEY, free_port

MODELS = ["claude", "gemini", "llama"]


def client(world, key=KEY):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{world.port}/v1", api_key=key, max_retries=0)


def check_a_conversation_goes_on_from_an_answer_that_is_kept(world):
    responses = client(world).responses
    for model in MODELS:
        first = responses.create(model=model, input="Say hello")
        again = responses.retrieve(first.id)
        assert again.output_text == first.output_text and again.id == first.id, model
        second = responses.create(model=model, input="And again", previous_response_id=first.id)
        assert second.output_text and second.usage.input_tokens > first.usage.input_tokens, model
        with responses.stream(model=model, input="Once more", previous_response_id=second.id) as stream:
            third = stream.get_final_response()
        asked = [item for item in responses.input_items.list(third.id).data if item.type == "message"]
        assert len(asked) == 5 and asked[0].content[0].text == "Once more", (model, asked)
        assert asked[-1].content[0].text == "Say hello", (model, asked)


def check_an_answer_is_its_callers_and_gone_when_deleted(world):
    responses = client(world).responses
    kept = responses.create(model="claude", input="Say hello")
    unkept = responses.create(model="claude", input="Say hello", store=False)
    responses.delete(kept.id)
    for gone in (kept.id, unkept.id, "resp_none"):
        for ask in (lambda: responses.retrieve(gone), lambda: responses.input_items.list(gone), lambda: responses.delete(gone)):
            try:
                ask()
            except openai.NotFoundError as error:
                assert gone in error.body["message"]
            else:
                raise AssertionError(f"{gone} is still there")
    try:
        responses.create(model="claude", input="more", previous_response_id=kept.id)
    except openai.BadRequestError as error:
        assert (error.code, error.param) == ("previous_response_not_found", "previous_response_id"), error.body
    else:
        raise AssertionError("it went on from nothing")


def check_who_keeps_answers_itself_is_gone_on_from_also_beside_one_that_does_not(world):
    responses = client(world).responses
    first = responses.create(model="mixed", input="Say hello")
    second = responses.create(model="mixed", input="And again", previous_response_id=first.id)
    assert second.output_text and second.usage.input_tokens > first.usage.input_tokens


def polled(responses, response):
    until = time.monotonic() + 30
    while response.status in ("queued", "in_progress") and time.monotonic() < until:
        response = responses.retrieve(response.id)
    return response


def check_answers_are_made_in_the_background_whoever_makes_them(world):
    responses = client(world).responses
    for model in ("claude", "gemini", "responses"):
        begun = responses.create(model=model, input="Say hello", background=True)
        assert begun.status == "queued" and begun.background, (model, begun)
        done = polled(responses, begun)
        assert done.status == "completed" and done.output_text and done.id == begun.id, (model, done)
        assert done.usage.output_tokens, (model, done.usage)
        again = responses.create(model=model, input="And again", previous_response_id=done.id)
        assert again.previous_response_id == done.id, (model, again)
        failed(openai.NotFoundError, lambda: client(world, world.stranger).responses.retrieve(done.id))


def check_a_stream_in_the_background_is_left_and_taken_up_again(world):
    responses = client(world).responses
    for model in ("claude", "responses"):
        seen = []
        with responses.create(model=model, input="Tell me of the sea.", background=True, stream=True) as stream:
            for event in stream:
                seen.append(event)
                if event.type == "response.output_text.delta":
                    break
        id = seen[0].response.id
        rest = list(responses.retrieve(id, stream=True, starting_after=seen[-1].sequence_number))
        numbers = [event.sequence_number for event in seen + rest]
        assert numbers == list(range(len(numbers))), (model, numbers)
        last = rest[-1]
        assert last.type == "response.completed" and last.response.id == id, (model, last)
        text = "".join(event.delta for event in seen + rest if event.type == "response.output_text.delta")
        assert text == last.response.output_text == responses.retrieve(id).output_text, (model, text)


def check_an_answer_in_the_background_is_cancelled(world):
    responses = client(world).responses
    begun = responses.create(model="unhurried", input="Tell me of the sea.", background=True)
    cancelled = responses.cancel(begun.id)
    assert cancelled.status == "cancelled" and responses.retrieve(begun.id).status == "cancelled", cancelled
    plain = responses.create(model="claude", input="hi")
    assert "synchronous" in failed(openai.BadRequestError, lambda: responses.cancel(plain.id)).body["message"]


def check_a_conversation_is_made_short(world):
    responses = client(world).responses
    talk = [{"role": "user", "content": "Say hello"}, {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "And again"}]
    for model in ("claude", "gemini", "responses"):
        short = responses.compact(model=model, input=talk)
        assert short.object == "response.compaction" and short.usage.output_tokens, (model, short)
        assert [item.type for item in short.output] == ["message", "message", "compaction"], (model, short)
        items = [item.model_dump(exclude_none=True) for item in short.output]
        again = responses.create(model=model, input=[*items, {"role": "user", "content": "Go on"}])
        assert again.output_text, (model, again)


def check_responses_go_over_a_websocket(world):
    for model in ("claude", "responses"):
        with client(world).responses.connect() as connection:
            first = finished(connection, model=model, input="Say hello", store=False)
            second = finished(connection, model=model, input="And again", store=False, previous_response_id=first.id)
            assert second.previous_response_id == first.id, second
            assert second.usage.input_tokens > first.usage.input_tokens, (model, first.usage, second.usage)
            connection.response.create(model=model, input="x", previous_response_id="resp_none")
            error = connection.recv()
            assert (error.type, error.status, error.error.code) == ("error", 400, "previous_response_not_found"), error


def finished(connection, **asked):
    connection.response.create(**asked)
    for event in connection:
        assert event.type != "error", event
        if event.type == "response.completed":
            return event.response


def failed(kind, ask):
    try:
        ask()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


class Own:
    """A gateway that may crash."""

    def __init__(self, world):
        self.world, self.port, self.folder = world, free_port(), world.folder / "background"
        at = f'http://127.0.0.1:{world.simulator_port}/anthropic'
        self.folder.mkdir()
        (self.folder / "weir.yaml").write_text(f"""
- {{kind: Provider, name: anthropic, spec: {{api: anthropic, base_url: "{at}"}}}}
- {{kind: ProviderKey, name: anthropic, spec: {{provider: anthropic, secret: {{value: sk-sim}}}}}}
- {{kind: ModelAlias, name: claude, spec: {{targets: [{{provider: anthropic, model: claude-sonnet-5}}]}}}}
- {{kind: ModelAlias, name: unhurried, spec: {{targets: [{{provider: anthropic, model: claude-sonnet-5+gap=200ms}}]}}}}
- {{kind: Service, name: models, spec: {{backend: {{ai: {{}}}}, access: {{mode: public}}}}}}
- {{kind: Route, name: models, spec: {{service: models, paths: ["/v1/*"]}}}}
""")
        self.begin()

    def begin(self):
        self.process = self.world.start("background", [
            self.world.binary, "serve", "--config", self.folder, "--data", self.world.folder / "background-data",
            "--listen", f"127.0.0.1:{self.port}", "--admin", "127.0.0.1:0",
        ], self.port)

    def crash(self):
        # What was acknowledged is on disk a moment later.
        time.sleep(1)
        self.process.kill()
        self.process.wait()
        self.begin()


def check_an_answer_in_the_background_that_a_crash_ends_has_failed(world):
    weir = Own(world)
    responses = openai.OpenAI(base_url=f"http://127.0.0.1:{weir.port}/v1", api_key="none", max_retries=0).responses
    done = polled(responses, responses.create(model="claude", input="hi", background=True))
    begun = responses.create(model="unhurried", input="Tell me of the sea.", background=True)
    weir.crash()
    assert responses.retrieve(done.id).output_text == done.output_text
    lost = polled(responses, responses.retrieve(begun.id))
    assert lost.status == "failed" and "stopped" in lost.error.message, lost
