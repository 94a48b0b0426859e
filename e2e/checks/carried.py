"""What the gateway does so that a request can be carried: files fetched, markers placed, answers joined, tokens got, limits told."""

import base64
import json

import anthropic
import openai

from checks.models import ask, client
from harness import KEY

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


def picture(world, name="cat.png"):
    (world.folder / "www" / name).write_bytes(PNG)
    return f"http://127.0.0.1:{world.nginx_port}/{name}"


def shows(url):
    return [{"role": "user", "content": [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]}]


def check_pictures_by_address_reach_providers_that_take_bytes(world):
    sdk = openai.OpenAI(base_url=f"http://127.0.0.1:{world.port}/fetching/v1", api_key=KEY, max_retries=0)
    for model in ("converse", "sees", "vertex", "claude"):
        answer = sdk.chat.completions.create(model=model, messages=shows(picture(world)))
        assert answer.choices[0].finish_reason == "stop", (model, answer)


def check_private_addresses_are_not_fetched(world):
    for url in (picture(world), "http://169.254.169.254/latest/meta-data/", "http://localhost:1/a.png"):
        try:
            client(world).chat.completions.create(model="converse", messages=shows(url))
        except openai.BadRequestError as error:
            assert error.body["param"] == "messages[0].content[1].image_url.url", error.body
            assert error.body["code"] == "invalid_image_url" and "public internet" in error.body["message"], error.body
        else:
            raise AssertionError(f"{url} was fetched")


def check_several_answers_come_from_several_calls(world):
    whole = ask(world, "several", n=3)
    assert [choice.index for choice in whole.choices] == [0, 1, 2] and all(choice.message.content for choice in whole.choices), whole
    one = ask(world, "several")
    assert whole.usage.prompt_tokens == 3 * one.usage.prompt_tokens, (whole.usage, one.usage)
    texts, ends, usage = {}, [], None
    for chunk in ask(world, "several", n=2, stream=True, stream_options={"include_usage": True}):
        for choice in chunk.choices:
            texts[choice.index] = texts.get(choice.index, "") + (choice.delta.content or "")
            ends += [choice.index] if choice.finish_reason == "stop" else []
        usage = chunk.usage or usage
    assert sorted(texts) == sorted(ends) == [0, 1] and all(texts.values()), (texts, ends)
    assert usage.prompt_tokens == 2 * one.usage.prompt_tokens, usage


def check_a_session_reads_from_the_cache_without_markers_of_its_own(world):
    system = {"role": "system", "content": "You know all of this by heart. " * 1000}
    messages = [system, {"role": "user", "content": "Say hello"}]
    first = client(world).chat.completions.create(model="several", messages=messages)
    messages += [{"role": "assistant", "content": first.choices[0].message.content}, {"role": "user", "content": "Say it again"}]
    second = client(world).chat.completions.create(model="several", messages=messages)
    assert second.usage.prompt_tokens_details.cached_tokens > 1000, second.usage


def check_a_service_account_gets_its_tokens(world):
    answer = ask(world, "vertex")
    assert answer.choices[0].message.content and answer.choices[0].finish_reason == "stop", answer


def check_limits_are_told_in_the_words_of_each_sdk(world):
    raw = client(world).chat.completions.with_raw_response.create(model="claude", messages=[{"role": "user", "content": "Say hello"}])
    names = [name for name in raw.headers if "ratelimit-" in name]
    assert not any(name.startswith("anthropic-") for name in names), names
    sdk = anthropic.Anthropic(base_url=f"http://127.0.0.1:{world.port}", api_key=KEY, max_retries=0)
    raw = sdk.messages.with_raw_response.create(model="gpt", max_tokens=2000, messages=[{"role": "user", "content": "Say hello"}])
    assert not any(name.startswith("x-ratelimit-") for name in raw.headers), list(raw.headers)


def models_by(world, header):
    connection = world.connect()
    connection.request("GET", "/v1/models", headers={header: KEY})
    response = connection.getresponse()
    assert response.status == 200, response.status
    return json.loads(response.read())


def check_models_are_listed_in_the_shape_of_the_sdk_whose_key_it_is(world):
    assert "supportedGenerationMethods" in models_by(world, "x-goog-api-key")["models"][0]
    assert "display_name" in models_by(world, "x-api-key")["data"][0]
    assert "owned_by" in models_by(world, "api-key")["data"][0]


def check_a_pair_that_cannot_work_is_refused_with_file_and_line(world):
    broken = world.folder / "broken.yaml"
    broken.write_text("- {kind: Provider, name: claude, spec: {api: anthropic}}\n"
                      "- {kind: ModelAlias, name: m, spec: {targets: [{provider: claude, model: claude-sonnet-5}]}}\n"
                      "- {kind: Service, name: s, spec: {backend: {ai: {models: [m]}}}}\n"
                      "- {kind: Route, name: r, spec: {service: s, paths: [/v1/embeddings]}}\n")
    told = world.weir("check", broken, check=False)
    said = told.stdout + told.stderr
    assert told.returncode != 0 and "broken.yaml:4" in said and "makes embeddings" in said, said
