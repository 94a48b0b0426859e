"""Files and batches of OpenAI's SDK, with a provider behind that has them and with those that have none."""

import json
import time

import openai

from harness import KEY


def client(world, key=KEY):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{world.port}/v1", api_key=key, max_retries=0)


def lines(model, count, url="/v1/chat/completions"):
    ask = lambda number: {"model": model, "messages": [{"role": "user", "content": f"Say {number}"}]}
    return "".join(json.dumps({"custom_id": f"r-{n}", "method": "POST", "url": url, "body": ask(n)}) + "\n" for n in range(count)).encode()


def upload(sdk, content, purpose="batch", **more):
    return sdk.files.create(file=("input.jsonl", content), purpose=purpose, **more)


def gone(ask):
    try:
        ask()
    except openai.NotFoundError as error:
        return error.body["message"]
    raise AssertionError("it is still there")


def over(sdk, batch):
    deadline = time.monotonic() + 60
    while batch.status in ("validating", "in_progress", "finalizing", "cancelling"):
        assert time.monotonic() < deadline, batch
        batch = sdk.batches.retrieve(batch.id)
    return batch


def a_files_life(world, **how):
    sdk = client(world)
    file = upload(sdk, b"some data", "user_data", **how)
    assert (file.bytes, file.filename, file.purpose, file.id[:5]) == (9, "input.jsonl", "user_data", "file-"), file
    assert sdk.files.retrieve(file.id) == file
    assert file in list(sdk.files.list(purpose="user_data"))
    assert file not in list(sdk.files.list(purpose="batch", limit=2))
    assert sdk.files.content(file.id).read() == b"some data"
    stranger = client(world, world.stranger)
    for ask in (stranger.files.retrieve, stranger.files.content, stranger.files.delete):
        assert gone(lambda: ask(file.id)) == f"No such File object: {file.id}"
    assert file not in list(stranger.files.list())
    assert sdk.files.delete(file.id).deleted
    assert gone(lambda: sdk.files.retrieve(file.id)) == f"No such File object: {file.id}"


def check_files_with_a_provider_that_keeps_them_and_with_weir(world):
    a_files_life(world, extra_headers={"x-weir-model": "batched"})
    a_files_life(world, extra_headers={"x-weir-model": "claude"})


def check_a_large_file_goes_up_and_comes_down(world):
    sdk, content = client(world), b"0123456789abcdef" * (50 << 16)
    file = upload(sdk, content, "user_data", extra_headers={"x-weir-model": "claude"})
    assert file.bytes == len(content) == 50 << 20
    with sdk.files.with_streaming_response.content(file.id) as response:
        assert b"".join(response.iter_bytes()) == content
    sdk.files.delete(file.id)


def a_batch(world, model, count):
    sdk = client(world)
    file = upload(sdk, lines(model, count), expires_after={"anchor": "created_at", "seconds": 86400})
    batch = sdk.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"for": "e2e"})
    done = over(sdk, batch)
    counts = done.request_counts
    assert (done.status, counts.total, counts.completed, counts.failed) == ("completed", count, count, 0), done
    assert (done.id, done.input_file_id, done.metadata) == (batch.id, file.id, {"for": "e2e"}), done
    answers = [json.loads(line) for line in sdk.files.content(done.output_file_id).text.splitlines()]
    assert sorted(answer["custom_id"] for answer in answers) == sorted(f"r-{n}" for n in range(count))
    for answer in answers:
        assert answer["error"] is None and answer["response"]["status_code"] == 200 and answer["response"]["request_id"], answer
        completion = openai.types.chat.ChatCompletion.model_validate(answer["response"]["body"])
        assert completion.choices[0].message.content and completion.usage.total_tokens
    assert done.id in [batch.id for batch in sdk.batches.list(limit=10)]
    stranger = client(world, world.stranger)
    assert gone(lambda: stranger.batches.retrieve(done.id)) == f"No batch found with id '{done.id}'."
    gone(lambda: stranger.files.content(done.output_file_id))
    try:
        sdk.batches.cancel(done.id)
    except openai.ConflictError as error:
        assert "completed" in error.body["message"]
    else:
        raise AssertionError("it was cancelled after its end")


def check_a_batch_is_handed_over_to_a_provider_that_runs_batches(world):
    a_batch(world, "batched", 5)


def check_a_batch_is_run_by_weir_with_any_other_wire_behind(world):
    for model in ("claude", "gemini", "llama"):
        a_batch(world, model, 60)


def check_a_batch_of_responses_and_one_of_embeddings(world):
    sdk = client(world)
    body = {"/v1/responses": {"model": "claude", "input": "Say hello"}, "/v1/embeddings": {"model": "embed-cohere", "input": "a weir"}}
    for url, body in body.items():
        content = json.dumps({"custom_id": "a", "method": "POST", "url": url, "body": body}).encode()
        done = over(sdk, sdk.batches.create(input_file_id=upload(sdk, content).id, endpoint=url, completion_window="24h"))
        assert done.status == "completed" and done.request_counts.completed == 1, done


def check_a_batch_that_cannot_be_is_told_why_and_one_that_waits_can_be_cancelled(world):
    sdk = client(world)
    bad = upload(sdk, lines("claude", 1) + b"{\n" + lines("claude", 1))
    failed = over(sdk, sdk.batches.create(input_file_id=bad.id, endpoint="/v1/chat/completions", completion_window="24h"))
    told = [(error.line, error.code) for error in failed.errors.data]
    assert (failed.status, told) == ("failed", [(2, "invalid_json_line"), (3, "duplicate_custom_id")]), failed
    busy = upload(sdk, lines("busy", 3))
    waits = sdk.batches.create(input_file_id=busy.id, endpoint="/v1/chat/completions", completion_window="24h")
    assert sdk.batches.cancel(waits.id).status in ("cancelling", "cancelled")
    assert over(sdk, waits).status == "cancelled"
