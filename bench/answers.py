"""The mock provider's answers: one small chat in every provider's words, whole or streamed in any number of pieces."""

import json
import struct
import zlib

WORDS = "The weather in Paris is mild today with a light wind from the west and some clouds in the late afternoon. ".split(" ")[:-1]
AT = 1763640000
WHEN = "2026-11-20T12:00:00.123456789Z"


def text(pieces):
    return [WORDS[n % len(WORDS)] + " " for n in range(pieces)]


def line(value):
    return json.dumps(value, separators=(",", ":"))


def data(value):
    return f"data: {line(value)}\n\n"


def named(value):
    return f"event: {value['type']}\ndata: {line(value)}\n\n"


def openai_usage(out):
    details = {"reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}
    return {"prompt_tokens": 23, "completion_tokens": out, "total_tokens": 23 + out, "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0}, "completion_tokens_details": details}


def openai(words):
    head = {"id": "chatcmpl-Bc5S2vVxG7", "object": "chat.completion", "created": AT, "model": "gpt-5-2025-08-07"}
    tail = {"service_tier": "default", "system_fingerprint": None}
    message = {"role": "assistant", "content": "".join(words), "refusal": None, "annotations": []}
    whole = head | {"choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}], "usage": openai_usage(len(words))} | tail

    def chunk(delta, finish=None):
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return data(head | {"object": "chat.completion.chunk"} | tail | {"choices": [choice], "usage": None})

    last = head | {"object": "chat.completion.chunk"} | tail | {"choices": [], "usage": openai_usage(len(words))}
    first = chunk({"role": "assistant", "content": "", "refusal": None})
    return whole, [first, *[chunk({"content": word}) for word in words], chunk({}, "stop"), data(last), "data: [DONE]\n\n"]


def mistral(words):
    head = {"id": "b5f9c2a1d0e84c7f9a63", "object": "chat.completion", "created": AT, "model": "mistral-medium-latest"}
    usage = {"prompt_tokens": 23, "completion_tokens": len(words), "total_tokens": 23 + len(words)}
    message = {"role": "assistant", "content": "".join(words), "tool_calls": None, "prefix": False}
    whole = head | {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}

    def chunk(delta, finish=None, **more):
        return data(head | {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]} | more)

    pieces = [chunk({"content": word}) for word in words]
    return whole, [chunk({"role": "assistant", "content": ""}), *pieces, chunk({"content": ""}, "stop", usage=usage), "data: [DONE]\n\n"]


def responses(words):
    said = "".join(words)
    common = {"background": False, "error": None, "incomplete_details": None, "instructions": None, "max_output_tokens": None, "max_tool_calls": None, "model": "gpt-5-2025-08-07"}
    common |= {"parallel_tool_calls": True, "previous_response_id": None, "reasoning": {"effort": "low", "summary": None}, "service_tier": "default", "store": True, "temperature": 1.0}
    common |= {"text": {"format": {"type": "text"}, "verbosity": "medium"}, "tool_choice": "auto", "tools": [], "top_p": 1.0, "truncation": "disabled", "user": None, "metadata": {}}
    head = {"id": "resp_68a1f2c3", "object": "response", "created_at": AT}
    part = {"type": "output_text", "annotations": [], "logprobs": [], "text": said}
    item = {"id": "msg_68a1f2c4", "type": "message", "status": "completed", "content": [part], "role": "assistant"}
    usage = {"input_tokens": 23, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": len(words), "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 23 + len(words)}
    whole = head | {"status": "completed"} | common | {"output": [item], "usage": usage}
    begun = head | {"status": "in_progress"} | common | {"output": [], "usage": None}
    at = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    events = [{"type": f"response.{name}", "response": begun} for name in ("created", "in_progress")]
    events.append({"type": "response.output_item.added", "output_index": 0, "item": item | {"status": "in_progress", "content": []}})
    events.append({"type": "response.content_part.added", **at, "part": part | {"text": ""}})
    events += [{"type": "response.output_text.delta", **at, "delta": word, "logprobs": [], "obfuscation": "pIxm8F2u"} for word in words]
    events.append({"type": "response.output_text.done", **at, "text": said, "logprobs": []})
    events.append({"type": "response.content_part.done", **at, "part": part})
    events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
    events.append({"type": "response.completed", "response": whole})
    return whole, [named(event | {"sequence_number": n}) for n, event in enumerate(events)]


def anthropic(words):
    message = {"id": "msg_01XFDUDYJgAACzvn", "type": "message", "role": "assistant", "model": "claude-sonnet-5"}
    usage = {"input_tokens": 23, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": len(words), "service_tier": "standard"}
    whole = message | {"content": [{"type": "text", "text": "".join(words)}], "stop_reason": "end_turn", "stop_sequence": None, "usage": usage}
    begun = message | {"content": [], "stop_reason": None, "stop_sequence": None, "usage": usage | {"output_tokens": 1}}
    events = [{"type": "message_start", "message": begun}, {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}, {"type": "ping"}]
    events += [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}} for word in words]
    events.append({"type": "content_block_stop", "index": 0})
    events.append({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": len(words)}})
    return whole, [named(event) for event in [*events, {"type": "message_stop"}]]


def gemini(words):
    def answer(text, out, **more):
        usage = {"promptTokenCount": 23, "candidatesTokenCount": out, "totalTokenCount": 23 + out, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 23}]}
        candidate = {"content": {"parts": [{"text": text}], "role": "model"}, **more, "index": 0}
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-3-pro", "responseId": "q1IeaZzLA8-Zvr0P"}

    pieces = [data(answer(word, n)) for n, word in enumerate(words)]
    return answer("".join(words), len(words), finishReason="STOP"), [*pieces, data(answer("", len(words), finishReason="STOP"))]


def cohere(words):
    name = "c14c80c3-18eb-4519-9460-6c92edd8cfb4"
    counts = {"input_tokens": 23, "output_tokens": len(words)}
    usage = {"billed_units": counts, "tokens": counts}
    message = {"role": "assistant", "content": [{"type": "text", "text": "".join(words)}]}
    whole = {"id": name, "message": message, "finish_reason": "COMPLETE", "usage": usage}
    start = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    events = [{"id": name, "type": "message-start", "delta": {"message": start}}]
    events.append({"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}})
    events += [{"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": word}}}} for word in words]
    events.append({"type": "content-end", "index": 0})
    events.append({"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": usage}})
    return whole, [*[named(event) for event in events], "data: [DONE]\n\n"]


def ollama(words):
    head = {"model": "qwen3:8b", "created_at": WHEN}
    end = {"done": True, "done_reason": "stop", "total_duration": 5191566416, "load_duration": 2154458, "prompt_eval_count": 23}
    end |= {"prompt_eval_duration": 383809000, "eval_count": len(words), "eval_duration": 4799921000}

    def said(text, more):
        return head | {"message": {"role": "assistant", "content": text}} | more

    return said("".join(words), end), [line(said(word, {"done": False})) + "\n" for word in words] + [line(said("", end)) + "\n"]


def frame(kind, value):
    """An event of Amazon's eventstream."""
    headers = b""
    for name, text in ((":event-type", kind), (":content-type", "application/json"), (":message-type", "event")):
        headers += bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(text)) + text.encode()
    body = line(value).encode()
    front = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    front += struct.pack(">I", zlib.crc32(front))
    whole = front + headers + body
    return whole + struct.pack(">I", zlib.crc32(whole))


def bedrock(words):
    usage = {"inputTokens": 23, "outputTokens": len(words), "totalTokens": 23 + len(words)}
    ending = {"usage": usage, "metrics": {"latencyMs": 900}}
    whole = {"output": {"message": {"role": "assistant", "content": [{"text": "".join(words)}]}}, "stopReason": "end_turn"} | ending
    events = [("messageStart", {"role": "assistant", "p": "abcdefg"})]
    events += [("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": word}, "p": "abcdefghijklmnop"}) for word in words]
    events.append(("contentBlockStop", {"contentBlockIndex": 0, "p": "abcdef"}))
    events += [("messageStop", {"stopReason": "end_turn", "p": "abcdef"}), ("metadata", ending | {"p": "abcdef"})]
    return whole, [frame(*event) for event in events]


# What a provider of each kind answers, and the media type of its streams.
SSE = "text/event-stream"
FORMATS = {
    "openai": (openai, SSE),
    "azure": (openai, SSE),
    "mistral": (mistral, SSE),
    "responses": (responses, SSE),
    "anthropic": (anthropic, SSE),
    "gemini": (gemini, SSE),
    "vertex": (gemini, SSE),
    "bedrock": (bedrock, "application/vnd.amazon.eventstream"),
    "cohere": (cohere, SSE),
    "ollama": (ollama, "application/x-ndjson"),
}


def write(path, kind, frames, pause=0):
    """An answer's file as the mock reads it: the pause between two pieces in microseconds."""
    frames = [frame.encode() if isinstance(frame, str) else frame for frame in frames]
    path.write_bytes(f"{pause} {kind}\n".encode() + b"".join(f"{len(frame)}\n".encode() + frame for frame in frames))


def make(folder, streams):
    """The answers of all providers: `NAME-whole` of twenty words, and `NAME-SIZE` for each size: its pieces and the pause between them.
    What OpenAI answers in its other format, under that one's path, is `NAME-SIZE.PATH`."""
    formats = [(name, "", form, kind) for name, (form, kind) in FORMATS.items()]
    formats += [("responses", ".completions", openai, SSE), ("openai", ".responses", responses, SSE)]
    for name, path, form, kind in formats:
        write(folder / f"{name}-whole{path}", "application/json", [line(form(text(20))[0])])
        for size, (pieces, pause) in streams.items():
            write(folder / f"{name}-{size}{path}", kind, form(text(pieces))[1], pause)
