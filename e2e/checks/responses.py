"""Answers of OpenAI's Responses that Weir keeps, where the vendor behind it keeps none."""

import openai

from harness import KEY

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
