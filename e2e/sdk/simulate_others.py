"""More vendors' own Python SDKs against the simulator: chat, streams, a tool round trip, errors, thinking.

Usage: python simulate_others.py BASE_URL, where BASE_URL is the simulator's, such as http://127.0.0.1:9100.
Needs the package `boto3`.
"""

import json
import os
import sys

import boto3
import botocore.exceptions
from botocore.config import Config

CHECKS = []


def check(function):
    """Registers one check; they run in the order in which they stand here."""
    CHECKS.append(function)
    return function


BASE = sys.argv[1].rstrip("/")
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}
ARGUMENTS = {"city": "Paris", "unit": "celsius"}
QUESTION = "What is a weir?"


# === Bedrock ===

SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
BEDROCK_HELLO = [{"role": "user", "content": [{"text": QUESTION}]}]
BEDROCK_TOOLS = {
    "tools": [{"toolSpec": {"name": "get_weather", "description": "Weather", "inputSchema": {"json": SCHEMA}}}]
}


def bedrock(secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token=None):
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=f"{BASE}/bedrock",
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}),
    )


BEDROCK = bedrock()


def bedrock_fails(code, status, call):
    """The error that a call raises, which must be of this code and status."""
    try:
        call()
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status, error
        return error.response["Error"]["Message"]
    raise AssertionError(f"no {code} was raised")


def bedrock_joined(events):
    """The content, the reason of the end and the usage that a stream tells."""
    blocks, stop, usage = {}, None, None
    for event in events:
        (kind, data), = event.items()
        if kind == "contentBlockStart":
            blocks[data["contentBlockIndex"]] = {"toolUse": data["start"]["toolUse"] | {"input": ""}}
        elif kind == "contentBlockDelta":
            index, delta = data["contentBlockIndex"], data["delta"]
            if "text" in delta:
                blocks.setdefault(index, {"text": ""})["text"] += delta["text"]
            elif "toolUse" in delta:
                blocks[index]["toolUse"]["input"] += delta["toolUse"]["input"]
            else:
                thought = blocks.setdefault(index, {"reasoningContent": {"reasoningText": {"text": ""}}})
                thought = thought["reasoningContent"]["reasoningText"]
                for name, piece in delta["reasoningContent"].items():
                    thought[name] = thought.get(name, "") + piece
        elif kind == "messageStop":
            stop = data["stopReason"]
        elif kind == "metadata":
            usage = data["usage"]
    for block in blocks.values():
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"]["input"] or "{}")
    return [blocks[index] for index in sorted(blocks)], stop, usage


@check
def bedrock_stream_equals_whole():
    arguments = dict(
        modelId=SONNET,
        messages=BEDROCK_HELLO,
        toolConfig=BEDROCK_TOOLS,
        additionalModelRequestFields={"thinking": {"type": "enabled", "budget_tokens": 1024}},
    )
    whole = BEDROCK.converse(**arguments)
    content, stop, usage = bedrock_joined(BEDROCK.converse_stream(**arguments)["stream"])
    assert stop == whole["stopReason"] == "tool_use" and usage == whole["usage"]
    assert content[:2] == whole["output"]["message"]["content"][:2]
    assert content[0]["reasoningContent"]["reasoningText"]["signature"]
    assert content[2]["toolUse"]["input"] == ARGUMENTS
    counted = BEDROCK.count_tokens(
        modelId=SONNET, input={"converse": {"messages": BEDROCK_HELLO, "toolConfig": BEDROCK_TOOLS}}
    )
    assert counted["inputTokens"] == usage["inputTokens"]


@check
def bedrock_tool_round_trip():
    arguments = dict(
        modelId=SONNET,
        toolConfig=BEDROCK_TOOLS,
        additionalModelRequestFields={"thinking": {"type": "enabled", "budget_tokens": 1024}},
    )
    first = BEDROCK.converse(messages=BEDROCK_HELLO, **arguments)["output"]["message"]
    result = {"toolUseId": first["content"][-1]["toolUse"]["toolUseId"], "content": [{"text": "18 degrees"}]}
    messages = [*BEDROCK_HELLO, first, {"role": "user", "content": [{"toolResult": result}]}]
    second = BEDROCK.converse(messages=messages, **arguments)["output"]["message"]
    assert "18 degrees" in second["content"][-1]["text"]
    first["content"][0]["reasoningContent"]["reasoningText"]["text"] = "Something else."
    message = bedrock_fails(
        "ValidationException", 400, lambda: BEDROCK.converse(messages=messages, **arguments)
    )
    assert "Invalid `signature` in `thinking` block" in message


@check
def bedrock_cache_and_tokens():
    system = [{"text": f"You keep a weir. {os.getpid()}"}, {"cachePoint": {"type": "default"}}]
    first, second = (
        BEDROCK.converse(modelId=SONNET, messages=BEDROCK_HELLO, system=system)["usage"] for _ in range(2)
    )
    assert first["cacheWriteInputTokens"] == second["cacheReadInputTokens"] > 0
    assert second["cacheWriteInputTokens"] == 0 and first["totalTokens"] == second["totalTokens"]


@check
def bedrock_claudes_own_dialect():
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 64}
    body = json.dumps(body | {"messages": [{"role": "user", "content": QUESTION}]})
    whole = json.load(BEDROCK.invoke_model(modelId=SONNET, body=body)["body"])
    assert QUESTION in whole["content"][0]["text"]
    stream = BEDROCK.invoke_model_with_response_stream(modelId=SONNET, body=body)["body"]
    events = [json.loads(event["chunk"]["bytes"]) for event in stream]
    text = "".join(event.get("delta", {}).get("text", "") for event in events)
    assert text == whole["content"][0]["text"]
    assert events[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] == whole["usage"]["output_tokens"]


@check
def bedrock_signatures():
    ask = dict(modelId=SONNET, messages=BEDROCK_HELLO)
    profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/" + SONNET
    assert bedrock(token="session//token==").converse(**ask | {"modelId": profile})["stopReason"] == "end_turn"
    message = bedrock_fails(
        "InvalidSignatureException", 403, lambda: bedrock(secret="wrong").converse(**ask)
    )
    assert "does not match the signature you provided" in message
    bedrock_fails("ExpiredTokenException", 403, lambda: bedrock(token="expired").converse(**ask))


@check
def bedrock_errors():
    def ask(model=SONNET, **arguments):
        return lambda: BEDROCK.converse(modelId=model, **dict(messages=BEDROCK_HELLO) | arguments)

    message = bedrock_fails("ValidationException", 400, ask(messages=BEDROCK_HELLO * 2))
    assert "must alternate between user and assistant roles" in message
    bedrock_fails("ValidationException", 400, ask(model="gpt-4o"))
    bedrock_fails("ThrottlingException", 429, ask(model=f"{SONNET}+status=429"))
    bedrock_fails("ServiceUnavailableException", 503, ask(model=f"{SONNET}+status=503"))
    stream = BEDROCK.converse_stream(modelId=f"{SONNET}+error-after=2", messages=BEDROCK_HELLO)["stream"]
    try:
        list(stream)
    except botocore.exceptions.EventStreamError as error:
        assert error.response["Error"]["Code"] == "internalServerException", error.response
    else:
        raise AssertionError("error-after went unnoticed")


def main():
    for function in CHECKS:
        try:
            function()
        except BaseException:
            print(f"failed: {function.__name__}", file=sys.stderr)
            raise
    print(f"{len(CHECKS)} checks passed against {BASE} (boto3 {boto3.__version__})")


main()
