"""Every golden body of `crates/llm/testdata`, read by the types of the SDK of whoever has to read it.

What a provider answers, the provider's SDK reads; what Weir writes for a client, the client's; what Weir asks a provider for, the
provider's types of requests. Files are enumerated: one that nothing here has a type for fails. Answers and requests that Weir
writes may have no member that the vendor's type does not have, but for those in `EXTENSIONS`.
"""

import base64
import inspect
import json
import re
from pathlib import Path
from typing import get_args

import anthropic.types as claude
import cohere
import ollama._types as ollama
import google.genai.interactions as interactions
import google.genai.types as gemini
import mistralai.client.models as mistral
import openai.types.chat as chat
from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types.beta.message_create_params import MessageCreateParams as BetaMessageCreateParams
import openai.types.responses as responses
from anthropic.types.message_create_params import MessageCreateParams
from cohere.v2.types.v2chat_stream_response import V2ChatStreamResponse
from openai.types.chat.completion_create_params import CompletionCreateParams
from openai.types.responses.response_create_params import ResponseCreateParams
from openai.types.shared import ErrorObject
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import SchemaValidator
from typing_extensions import NotRequired, Required, TypedDict

from checks import converse

TESTDATA = Path(__file__).parents[2] / "crates/llm/testdata"

# Members that Weir adds to OpenAI's answers, as other gateways do (docs/ai.md).
EXTENSIONS = {"estimated", "extra_content", "native_finish_reason", "reasoning_content", "store", "thinking_blocks"}

# Files with a fault on purpose: the vendor's types must refuse them, and there. One word for each body that is wrong.
WRONG = {
    # Not streams, and an event that is not JSON.
    "anthropic/bad_event.sse": ["json_invalid"],
    "anthropic/error_without_stream.sse": ["no event"],
    "anthropic/html.sse": ["no event"],
    "anthropic/nothing.sse": ["no event"],
    "bedrock/bad_json.bin": ["contentBlockDelta: no JSON"],
    "bedrock/html.bin": ["ChecksumMismatch"],
    "bedrock/json_error.bin": ["ChecksumMismatch"],
    "bedrock/nothing.bin": ["no event"],
    "bedrock/wrong_checksum.bin": ["ChecksumMismatch"],
    "openai_compatible/bad_json.sse": ["json_invalid"],
    "openai_compatible/json_answer.sse": ["no event"],
    "openai_compatible/json_error.sse": ["no event"],
    "cohere/bad_event.sse": ["json_invalid"],
    "cohere/error_first.sse": ["no event"],
    "ollama/bad_line.ndjson": ["json_invalid", "model_type"],
    "ollama/html.ndjson": ["json_invalid"] * 3,
    "ollama/nothing.ndjson": ["no line"],
    # What servers other than the vendors' own say.
    "cohere/bare.json": ["finish_reason: missing"],
    "cohere/content_as_string.json": ["content: list_type"],
    "cohere/unknown_events.sse": ["no event is called news"],
    "ollama/arguments_as_string.json": ["arguments: dict_type"],
    "ollama/bare.json": ["role: missing"],
    # What Amazon may say one day.
    "bedrock/no_usage.json": [".usage: missing", ".metrics: missing"],
    "bedrock/unknown_blocks.json": [".hologram: unknown"],
    "bedrock/unknown_events.bin": ["no event is called initial-response", "no event is called heartbeat", ".hologram: unknown"],
    "bedrock/unknown_stop.json": [".stopReason: no StopReason"],
    # What Anthropic may say one day.
    "anthropic/no_usage.json": ["usage: missing"],
    "anthropic/unknown_blocks.sse": ["citation"],
    "anthropic/unknown_stop.json": ["stop_reason: literal_error"],
    # Not streams, and an event that is not JSON.
    "gemini/bad_event.sse": ["json_invalid"],
    "gemini/error_without_stream.sse": ["no event"],
    "gemini/html.sse": ["no event"],
    "gemini/nothing.sse": ["no event"],
    # Google takes snake case too; the SDK's types for what they send do not.
    "gemini/max_tokens.json": ["generation_config: extra_forbidden"],
    "gemini/tool_choice_named.json": ["tool_config: extra_forbidden"],
    # What Gemini may say one day.
    "gemini_interactions/bad_event.sse": ["json_invalid", ": unknown"],
    "gemini_interactions/bad_event.stream.snap": [": unknown"],
    "gemini/unknown_parts.sse": ["hologram: extra_forbidden"],
    # Models before Claude 4.7 take it, the SDK's types no longer have it.
    "matrix/bedrock_converse/sampling.snap": ["anthropic: MessageCreateParamsNonStreaming.temperature: extra_forbidden"],
    "matrix/cohere_chat/sampling.snap": ["anthropic: MessageCreateParamsNonStreaming.temperature: extra_forbidden"],
    "matrix/gemini/sampling.snap": ["anthropic: MessageCreateParamsNonStreaming.temperature: extra_forbidden"],
    "matrix/gemini_interactions/sampling.snap": ["anthropic: MessageCreateParamsNonStreaming.temperature: extra_forbidden"],
    "matrix/ollama_chat/sampling.snap": ["anthropic: MessageCreateParamsNonStreaming.temperature: extra_forbidden"],
    "matrix/openai_chat/sampling.snap": ["anthropic: MessageCreateParamsNonStreaming.temperature: extra_forbidden"],
    "matrix/openai_responses/sampling.snap": ["anthropic: MessageCreateParamsNonStreaming.temperature: extra_forbidden"],
    "anthropic_messages/sampling.json": ["temperature: extra_forbidden"],
    "anthropic_messages/sampling_top_p.json": ["top_p: extra_forbidden"],
    # What the Codex CLI sends, without the ids that the SDK demands; and recordings, which the API knows and the SDK's types do not.
    # Usage of before OpenAI told what was written to its cache.
    "fixtures/openai_responses_stream.sse": ["cache_write_tokens: missing"],
    "openai_responses/codex.json": ["ResponseReasoningItemParam.id: missing"],
    "matrix/openai_responses/codex.snap": ["ResponseReasoningItemParam.id: missing"],
    # Pictures in results of tools, which OpenAI's own chat does not take, and others do.
    "openai_chat/tool_image_result.json": ["type: literal_error"],
    "openai_responses/recording.json": ["string_type"],
    "matrix/gemini_interactions/audio.snap": ["string_type"],
    # Dialects of the compatible: content in parts, a last chunk of nothing but usage, errors of other forms. What passes through keeps them.
    "fixtures/mistral_stream.sse": ["delta.content: string_type"],
    "fixtures/mistral_stream.stream.snap": ["delta.content: string_type"] * 2,
    "openai_compatible/crlf.sse": ["id: missing"],
    "openai_compatible/crlf.stream.snap": ["id: missing"],
    "openai_compatible/error_amid.sse": ["error.code: string_type"],
    "openai_compatible/error_event.sse": ["error: missing"],
    "openai_compatible/error_in_chunk.sse": ["finish_reason: literal_error"],
    "openai_compatible/keep_alives.sse": ["model: missing"],
    "openai_compatible/keep_alives.stream.snap": ["model: missing"],
}


# An event that had a `name` in OpenAI's SDK before it was taken out, and that clients of then still look for.
OLDER = {"response.function_call_arguments.done"}


class OpenAiError(TypedDict):
    error: ErrorObject


class GeminiRequest(TypedDict, total=False):
    """The SDK has types for the members and none for the whole."""

    contents: Required[list[gemini.Content]]
    systemInstruction: gemini.Content
    tools: list[gemini.Tool]
    toolConfig: gemini.ToolConfig
    generationConfig: gemini.GenerationConfig
    safetySettings: list[gemini.SafetySetting]
    cachedContent: str
    serviceTier: gemini.ServiceTier
    labels: dict[str, str]


class GeminiStatus(TypedDict):
    """What the SDK reads of an error, which it has no type for."""

    code: int
    message: str
    status: str
    details: NotRequired[list[dict]]


class GeminiError(TypedDict):
    error: GeminiStatus


class Reader:
    """Reads JSON as a type, strictly. `closed`: a member that the type does not have is a fault too."""

    def __init__(self, type_, closed=False):
        adapter = TypeAdapter(type_)
        adapter.rebuild(force=True)
        # Not the models' own validators, which are as lenient as their SDK.
        self.validator = SchemaValidator(stricter(adapter.core_schema, closed), _use_prebuilt=False)

    def fault(self, text):
        """What is wrong with the text, in one line, or nothing."""
        try:
            self.validator.validate_json(text, strict=True)
        except ValidationError as error:
            faults = [fault for fault in error.errors() if fault["type"] != "extra_forbidden" or fault["loc"][-1] not in EXTENSIONS]
            return ", ".join(dict.fromkeys(f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in faults))
        return ""


class OpenReader:
    """Reads JSON as a type of Google's interactions, which take what they do not know: that is a fault here, but for `object`,
    which servers send and the SDK does not read. `closed`: a member that the type does not have is one too."""

    def __init__(self, type_, closed=False):
        self.adapter, self.closed = TypeAdapter(type_), closed

    def fault(self, text):
        try:
            read = self.adapter.validate_json(text)
        except ValidationError as error:
            return ", ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in error.errors())
        return ", ".join(self.unknown(read, ""))

    def unknown(self, value, at):
        if isinstance(value, BaseModel):
            if getattr(value, "is_unknown", False):
                yield f"{at}: unknown"
            # What has no fields takes any: the result of a function.
            if self.closed and type(value).model_fields:
                yield from (f"{at}.{name}: extra_forbidden" for name in value.model_extra or {} if name != "object")
            for name in type(value).model_fields:
                yield from self.unknown(getattr(value, name), f"{at}.{name}")
        elif isinstance(value, list):
            for number, item in enumerate(value):
                yield from self.unknown(item, f"{at}[{number}]")


def stricter(schema, closed):
    """The schema with lists where the SDK's parameters say `Iterable`, which pydantic reads no further until it is asked to."""
    if isinstance(schema, dict):
        schema = {name: stricter(part, closed) for name, part in schema.items()}
        if schema.get("type") == "generator":
            schema["type"] = "list"
        elif closed and schema.get("type") in ("model-fields", "typed-dict"):
            schema["extra_behavior"] = "forbid"
            schema.pop("extras_schema", None)
        elif closed and schema.get("extra_fields_behavior"):
            schema["extra_fields_behavior"] = "forbid"
        return schema
    return type(schema)(stricter(part, closed) for part in schema) if isinstance(schema, (list, tuple)) else schema


CHAT_ANSWER, CHAT_ANSWER_OF_OURS = Reader(chat.ChatCompletion), Reader(chat.ChatCompletion, closed=True)
CHAT_CHUNK, CHAT_CHUNK_OF_OURS = Reader(chat.ChatCompletionChunk), Reader(chat.ChatCompletionChunk, closed=True)
CHAT_ERROR, CHAT_ERROR_OF_OURS = Reader(OpenAiError), Reader(OpenAiError, closed=True)
CHAT_REQUEST, CHAT_REQUEST_OF_OURS = Reader(CompletionCreateParams), Reader(CompletionCreateParams, closed=True)
CLAUDE_ANSWER, CLAUDE_ANSWER_OF_OURS = Reader(claude.Message), Reader(claude.Message, closed=True)
RESPONSE, RESPONSE_OF_OURS = Reader(responses.Response), Reader(responses.Response, closed=True)
RESPONSE_EVENTS, RESPONSE_EVENTS_OF_OURS = (
    {
        name: Reader(event, closed and name not in OLDER)
        for event in get_args(get_args(responses.ResponseStreamEvent)[0])
        for name in [event.model_fields["type"].annotation.__args__[0]]
    }
    for closed in (False, True)
)
RESPONSE_REQUEST, RESPONSE_REQUEST_OF_OURS = Reader(ResponseCreateParams), Reader(ResponseCreateParams, closed=True)
CLAUDE_ERROR = Reader(claude.ErrorResponse)
CLAUDE_EVENT_TYPES = {event.model_fields["type"].annotation.__args__[0]: event for event in get_args(get_args(claude.RawMessageStreamEvent)[0])}
CLAUDE_EVENTS = {name: Reader(event) for name, event in CLAUDE_EVENT_TYPES.items()}
CLAUDE_EVENTS_OF_OURS = {name: Reader(event, closed=True) for name, event in CLAUDE_EVENT_TYPES.items()}
CLAUDE_REQUEST, CLAUDE_BETA_REQUEST = Reader(MessageCreateParams, closed=True), Reader(BetaMessageCreateParams, closed=True)
COHERE_ANSWER, COHERE_ANSWER_OF_OURS = Reader(cohere.V2ChatResponse), Reader(cohere.V2ChatResponse, closed=True)
COHERE_ERROR = Reader(TypedDict("CohereError", {"id": str, "message": str}))
COHERE_EVENTS = {event.model_fields["type"].default: Reader(event) for event in get_args(get_args(V2ChatStreamResponse)[0])}
COHERE_EVENTS_OF_OURS = {event.model_fields["type"].default: Reader(event, closed=True) for event in get_args(get_args(V2ChatStreamResponse)[0])}
# Cohere's servers tell more of a message that starts than its SDK reads.
COHERE_EVENTS_OF_OURS["message-start"] = COHERE_EVENTS["message-start"]
COHERE_ASKED = {"messages": Reader(list[cohere.ChatMessageV2]), "tools": Reader(list[cohere.ToolV2])}
COHERE_REQUEST = {
    "messages": Reader(list[cohere.ChatMessageV2], closed=True),
    "tools": Reader(list[cohere.ToolV2], closed=True),
    "response_format": Reader(cohere.ResponseFormatV2, closed=True),
    "thinking": Reader(cohere.Thinking, closed=True),
}
COHERE_PARAMETERS = {"stream", *inspect.signature(cohere.ClientV2.chat).parameters}
OLLAMA_ANSWER = Reader(ollama.ChatResponse)
OLLAMA_ERROR = Reader(TypedDict("OllamaError", {"error": str}))
OLLAMA_ANSWER_OF_OURS, OLLAMA_GENERATED_OF_OURS = Reader(ollama.ChatResponse, closed=True), Reader(ollama.GenerateResponse, closed=True)
OLLAMA_MESSAGE, OLLAMA_REQUEST = Reader(ollama.Message, closed=True), Reader(ollama.ChatRequest, closed=True)
OLLAMA_ASKED, OLLAMA_GENERATE_ASKED = Reader(ollama.ChatRequest), Reader(ollama.GenerateRequest)
GEMINI_ANSWER = Reader(gemini.GenerateContentResponse)
GEMINI_ERROR = Reader(GeminiError)
GEMINI_ANSWER_OF_OURS = Reader(gemini.GenerateContentResponse, closed=True)
GEMINI_REQUEST = Reader(GeminiRequest, closed=True)
INTERACTION, INTERACTION_OF_OURS = OpenReader(interactions.Interaction), OpenReader(interactions.Interaction, closed=True)
INTERACTION_EVENT = OpenReader(interactions.InteractionSSEEvent)
INTERACTION_EVENT_OF_OURS = OpenReader(interactions.InteractionSSEEvent, closed=True)
INTERACTION_REQUEST = OpenReader(interactions.CreateModelInteraction, closed=True)
MISTRAL_ANSWER = Reader(mistral.ChatCompletionResponse)
MISTRAL_CHUNK = Reader(mistral.CompletionChunk)
MISTRAL_REQUEST = Reader(mistral.ChatCompletionRequest, closed=True)


# === Streams


def events(text):
    """The events of a stream: name and data. What no blank line ends does not count."""
    *whole, _ = text.replace("\r\n", "\n").split("\n\n")
    for block in whole:
        fields = [line.partition(":") for line in block.split("\n") if line]
        name = next((value.strip() for field, _, value in fields if field == "event"), None)
        data = "\n".join(value.removeprefix(" ") for field, _, value in fields if field == "data")
        if data:
            yield name, data


def chat_stream(text, chunk=CHAT_CHUNK, error=CHAT_ERROR):
    """The faults of a stream for OpenAI's SDK, which ends at `[DONE]` and takes every event with `error` for one."""
    found = []
    for name, data in events(text):
        if data.strip() == "[DONE]":
            break
        found.append((error if name == "error" or data.startswith('{"error"') else chunk).fault(data))
    return found or ["no event"]


def response_stream(text, readers=RESPONSE_EVENTS):
    """The faults of a stream of events, each of which says its own type."""
    found = []
    for name, data in events(text):
        reader = readers.get(name)
        found.append(reader.fault(data) if reader else f"no event is called {name}")
    return found or ["no event"]


def claude_stream(text):
    """The faults of a stream for Anthropic's SDK, which goes by the events' names."""
    found = []
    for name, data in events(text):
        if name != "ping":
            reader = CLAUDE_ERROR if name == "error" else CLAUDE_EVENTS.get(name)
            found.append(reader.fault(data) if reader else f"no event is called {name}")
    return found or ["no event"]


def cohere_stream(text, types=None):
    """The faults of a stream for Cohere's SDK, which goes by the type in each event."""
    found = []
    for name, data in events(text):
        if data.strip() == "[DONE]":
            break
        kind, known = name or "", types or COHERE_EVENTS
        found.append(known[kind].fault(data) if kind in known else COHERE_ERROR.fault(data) if "message" in data else f"no event is called {kind}")
    return found or ["no event"]


def ollama_stream(text):
    """The faults of a stream for Ollama's SDK: one object a line, `error` in it is an error."""
    lines = [line for line in text.splitlines() if line.strip()]
    return [(OLLAMA_ERROR if line.startswith('{"error"') else OLLAMA_ANSWER).fault(line) for line in lines] or ["no line"]


def gemini_stream(text):
    """The faults of a stream for Google's SDK, which goes on to the end of the body."""
    found = [(GEMINI_ERROR if data.startswith('{"error"') else GEMINI_ANSWER).fault(data) for _, data in events(text)]
    return found or ["no event"]


def interaction_stream(text, reader=INTERACTION_EVENT):
    """The faults of a stream for Google's SDK, which goes by the type in each event and ends at `[DONE]`."""
    found = []
    for name, data in events(text):
        if data.strip() == "[DONE]":
            break
        found.append(reader.fault(data) or ("" if json.loads(data)["event_type"] == name else f"{name} says another type"))
    return found or ["no event"]


# === What Weir wrote: snapshots of the golden tests


def snapshot(text):
    return text.split("---\n", 2)[2].replace("<CR>", "\r")


def our_answer(text):
    facts, body = snapshot(text).split("\n{", 1)
    assert "Usage" in facts
    return [CHAT_ANSWER_OF_OURS.fault("{" + body)]


def asked_of_anthropic(body):
    return [CLAUDE_REQUEST.fault(body)]


def our_converse_answer(text):
    return converse.answer(snapshot(text))


def our_converse_stream(text):
    return [fault for line in snapshot(text).splitlines() for fault in converse.event(*line.split(" ", 1))]


def asked_of_cohere(body):
    return cohere_request(json.loads(body), COHERE_REQUEST)


def cohere_request(body, readers):
    """Cohere's SDK has no type for a request as a whole: its parameters are those of a method."""
    faults = [f"{name}: extra_forbidden" for name in body if name not in COHERE_PARAMETERS]
    return faults + [reader.fault(json.dumps(body[name])) for name, reader in readers.items() if name in body]


def our_cohere_answers(text):
    """Reads a whole answer, and the same streamed."""
    whole, streamed = snapshot(text).split("\n--- streamed\n")
    return [COHERE_ANSWER_OF_OURS.fault(whole), *cohere_stream(streamed + "\n\n", COHERE_EVENTS_OF_OURS)]


def our_response(text):
    return [RESPONSE_OF_OURS.fault(snapshot(text))]


def our_response_stream(text):
    facts, stream = snapshot(text).split("---\n", 1)
    assert "Usage" in facts
    return response_stream(stream + "\n\n", RESPONSE_EVENTS_OF_OURS)


def asked_of_ollama(body):
    """Ollama's types take any mapping for a message, a path for a picture, and know little of JSON Schema."""
    faults = [fault for fault in OLLAMA_REQUEST.fault(body).split(", ") if ".parameters." not in fault]
    for message in json.loads(body)["messages"]:
        for image in message.pop("images", []):
            assert base64.b64decode(image, validate=True)
        faults.append(OLLAMA_MESSAGE.fault(json.dumps(message)))
    return faults


def our_gemini_stream(text):
    facts, stream, array = re.split("--- (?:events|array)\n", snapshot(text))
    assert "Usage" in facts
    answers = [data for _, data in events(stream + "\n")] + list(map(json.dumps, json.loads(array)))
    return [(GEMINI_ERROR if data.startswith('{"error"') else GEMINI_ANSWER_OF_OURS).fault(data) for data in answers] or ["no event"]


def our_interaction_stream(text):
    facts, stream = snapshot(text).split("--- events\n")
    assert "Usage" in facts
    return interaction_stream(stream + "\n\n", INTERACTION_EVENT_OF_OURS)


def passed_interaction_stream(text):
    facts, stream = snapshot(text).split("--- events\n")
    assert "Usage" in facts
    return interaction_stream(stream + "\n\n")


def ollama_asked(text):
    """A client's request; pictures are paths to the SDK until it sends them."""
    body = json.loads(text)
    body.pop("images", None)
    return [(OLLAMA_GENERATE_ASKED if "prompt" in body else OLLAMA_ASKED).fault(json.dumps(body))]


def our_ollama_answers(reader):
    """Reads a whole answer, and the same streamed. Ollama's servers name calls, and its SDK does not read the names."""

    def read(text):
        whole, streamed = snapshot(text).split("\n--- streamed\n")
        faults = [reader.fault(body) for body in [whole, *streamed.splitlines()]]
        return [", ".join(part for part in fault.split(", ") if "tool_calls" not in part) for fault in faults]

    return read




def our_deepseek_request(text):
    """A request to DeepSeek: OpenAI's, with `thinking`, and reasoning given back."""
    head, body = snapshot(text).split("\n", 1)
    if head.startswith("refused: "):
        return []
    assert head == "POST /chat/completions"
    body = json.loads(body[body.index("\n{") :])
    assert body.pop("thinking", {"type": "enabled"})["type"] in ("enabled", "disabled")
    for message in body["messages"]:
        assert "reasoning_content" in message or "tool_calls" not in message
        message.pop("reasoning_content", None)
    return [CHAT_REQUEST_OF_OURS.fault(json.dumps(body))]


def asked_of_mistral(body):
    """Mistral's types take tool calls without an id, or with any."""
    for message in json.loads(body)["messages"]:
        ids = [call["id"] for call in message.get("tool_calls", [])] + [message.get("tool_call_id", "a" * 9)]
        assert all(re.fullmatch("[a-zA-Z0-9]{9}", id) for id in ids), ids
    return [MISTRAL_REQUEST.fault(body)]


def mistral_stream(text):
    found = [MISTRAL_CHUNK.fault(data) for _, data in events(text) if data != "[DONE]"]
    return found or ["no event"]


def our_message(text):
    facts, body = snapshot(text).split("\n{", 1)
    assert "Usage" in facts
    return [CLAUDE_ANSWER_OF_OURS.fault("{" + body)]


def our_message_stream(text):
    """A stream for Anthropic's SDK: its types read every event, and its own accumulator makes the message of them."""
    facts, stream = snapshot(text).split("event: ", 1)
    assert "Usage" in facts
    found, message, pieces = [], None, {}
    for name, data in events("event: " + stream + "\n\n"):
        found.append(CLAUDE_EVENTS_OF_OURS[name].fault(data))
        message = accumulate_event(event=json.loads(data), current_snapshot=message, json_bufs=pieces)
    assert message.stop_reason and message.usage.input_tokens
    return [*found, CLAUDE_ANSWER.fault(message.to_json())]


def stream_through_weir(text, chunk, error):
    facts, *streams = re.split("--- usage (?:not )?asked for\n", snapshot(text))
    assert "Usage" in facts and len(streams) == 2
    return [fault for stream in streams for fault in chat_stream(stream + "\n\n", chunk, error)]


def our_stream(text):
    return stream_through_weir(text, CHAT_CHUNK_OF_OURS, CHAT_ERROR_OF_OURS)


def passed_stream(text):
    return stream_through_weir(text, CHAT_CHUNK, CHAT_ERROR_OF_OURS)


def matrix(text):
    """What is sent to each provider for one request; what passes is read as the client's."""
    found, parts = [], re.split(r"^--- (\w+)\n", snapshot(text), flags=re.M)
    assert parts[0] == "" and parts[1::2] == list(ASKED), parts[::2]
    for provider, part in zip(parts[1::2], parts[2::2]):
        if part.startswith("refused: ") or part.endswith("\npassed\n"):
            continue
        head, body = part.split("\n{", 1)
        found.append(asked(provider, head.split("\n")[0], "{" + body))
    return [fault for fault in found if fault]


def asked(provider, line, body):
    for begin, read in ASKED[provider].items():
        if line.startswith(f"POST {begin}"):
            found = "; ".join(filter(None, read(body)))
            return found and f"{provider}: {found}"
    return f"{provider}: nothing is at {line}"


# Who is asked, by the paths there.
CHAT = {"/chat/completions": lambda body: [CHAT_REQUEST_OF_OURS.fault(body)]}
ASKED = {
    "openai_compatible": CHAT,
    "openai_responses": CHAT | {"/responses": lambda body: [RESPONSE_REQUEST_OF_OURS.fault(body)]},
    "anthropic": {"/v1/messages": asked_of_anthropic},
    "gemini": {
        "/interactions": lambda body: [INTERACTION_REQUEST.fault(body)],
        "/models/gemini-": lambda body: [GEMINI_REQUEST.fault(body)],
    },
    "vertex": {"/publishers/google/models/gemini-": lambda body: [GEMINI_REQUEST.fault(body)]},
    "bedrock": {"/model/": converse.request},
    "mistral": {"/v1/chat/completions": asked_of_mistral},
    "cohere": {"/v2/chat": asked_of_cohere},
    "ollama": {"/api/chat": asked_of_ollama, "/api/generate": lambda body: [OLLAMA_GENERATE_ASKED.fault(body)]},
}

READERS = {
    "matrix/*/*.snap": matrix,
    "answers/openai_responses/*.json": lambda text: [RESPONSE.fault(text)],
    "answers/openai_responses/*.sse": response_stream,
    "answers/*/*.openai_responses.snap": our_response,
    "answers/*/*.openai_responses.stream.snap": our_response_stream,
    "anthropic/*.json": lambda text: [CLAUDE_ANSWER.fault(text)],
    "anthropic/*.sse": claude_stream,
    "anthropic/*.cohere.snap": our_cohere_answers,
    "anthropic/*.ollama.snap": our_ollama_answers(OLLAMA_ANSWER_OF_OURS),
    "anthropic/*.ollama_generate.snap": our_ollama_answers(OLLAMA_GENERATED_OF_OURS),
    "anthropic/*.openai_chat.snap": our_answer,
    "anthropic/*.stream.snap": our_stream,
    "anthropic_messages/*.json": lambda text: [CLAUDE_REQUEST.fault(text) and CLAUDE_BETA_REQUEST.fault(text)],
    "anthropic_messages/*.deepseek.snap": our_deepseek_request,
    "bedrock/*.bin": converse.stream,
    "bedrock/*.json": converse.answer,
    "bedrock/*.openai_chat.snap": our_answer,
    "bedrock/*.stream.snap": our_stream,
    "cohere_chat/*.json": lambda text: cohere_request(json.loads(text), COHERE_ASKED),
    "cohere/*.json": lambda text: [COHERE_ANSWER.fault(text)],
    "cohere/*.sse": cohere_stream,
    "cohere/*.openai_chat.snap": our_answer,
    "cohere/*.stream.snap": our_stream,
    "bedrock_converse/*.json": converse.asked,
    "answers/*/*.bedrock_converse.snap": our_converse_answer,
    "answers/*/*.bedrock_converse_stream.snap": our_converse_stream,
    "fixtures/anthropic_error_429.json": lambda text: [CLAUDE_ERROR.fault(text)],
    "fixtures/anthropic_message.json": lambda text: [CLAUDE_ANSWER.fault(text)],
    "fixtures/anthropic_stream*.sse": claude_stream,
    "fixtures/anthropic_message.openai_chat.snap": our_answer,
    "fixtures/anthropic_stream*.stream.snap": our_stream,
    "fixtures/bedrock_converse.json": converse.answer,
    "fixtures/bedrock_*.bin": converse.stream,
    "fixtures/bedrock_*.stream.snap": our_stream,
    "fixtures/cohere_chat.json": lambda text: [COHERE_ANSWER.fault(text)],
    "fixtures/cohere_chat.openai_chat.snap": our_answer,
    "fixtures/cohere_stream.sse": cohere_stream,
    "fixtures/cohere_stream.stream.snap": our_stream,
    "fixtures/ollama_chat_stream.ndjson": ollama_stream,
    "fixtures/ollama_chat_stream.stream.snap": our_stream,
    "*.gemini_interactions_client.snap": our_interaction_stream,
    "answers/gemini_interactions/*.json": lambda text: [INTERACTION.fault(text)],
    "answers/gemini_interactions/*.sse": interaction_stream,
    "gemini_interactions/*.json": lambda text: [INTERACTION_REQUEST.fault(text)],
    "gemini_interactions/*.sse": interaction_stream,
    "gemini_interactions/*.stream.snap": passed_interaction_stream,
    "answers/gemini/*.json": lambda text: [GEMINI_ANSWER.fault(text)],
    "fixtures/gemini_error_429.json": lambda text: [GEMINI_ERROR.fault(text)],
    "fixtures/gemini_generate.json": lambda text: [GEMINI_ANSWER.fault(text)],
    "fixtures/gemini_stream.sse": gemini_stream,
    "fixtures/gemini_stream.stream.snap": our_stream,
    "gemini/*.json": lambda text: [GEMINI_REQUEST.fault(text)],
    "gemini/*.sse": gemini_stream,
    "*.gemini_client.snap": our_gemini_stream,
    "gemini/*.stream.snap": our_stream,
    "fixtures/openai_chat.json": lambda text: [CHAT_ANSWER.fault(text)],
    "fixtures/openai_error_429.json": lambda text: [CHAT_ERROR.fault(text)],
    "fixtures/openai_chat_stream.sse": chat_stream,
    "fixtures/openai_chat_stream.stream.snap": passed_stream,
    "fixtures/mistral_stream.sse": chat_stream,
    "fixtures/mistral_stream.stream.snap": passed_stream,
    "mistral/*.json": lambda text: [MISTRAL_ANSWER.fault(text)],
    "mistral/*.sse": mistral_stream,
    "ollama/*.json": lambda text: [OLLAMA_ANSWER.fault(text)],
    "ollama/*.ndjson": ollama_stream,
    "ollama/*.anthropic.snap": our_message,
    "ollama/*.anthropic_stream.snap": our_message_stream,
    "ollama/*.openai_chat.snap": our_answer,
    "ollama/*.stream.snap": our_stream,
    "ollama_chat/*.json": ollama_asked,
    "ollama_generate/*.json": ollama_asked,
    "openai_chat/*.json": lambda text: [CHAT_REQUEST.fault(text)],
    "openai_compatible/*.json": lambda text: [CHAT_ANSWER.fault(text)],
    "fixtures/openai_responses_stream.sse": response_stream,
    "openai_compatible/*.json": lambda text: [CHAT_ANSWER.fault(text)],
    "openai_responses/*.json": lambda text: [RESPONSE_REQUEST.fault(text)],
    "openai_compatible/*.sse": chat_stream,
    "openai_compatible/*.stream.snap": passed_stream,
}


def check_every_golden_body_is_read_by_the_vendors_types(_world):
    wrong, seen = {}, 0
    for path in sorted(path for path in TESTDATA.rglob("*") if path.is_file()):
        name, seen = path.relative_to(TESTDATA), seen + 1
        read = next((read for pattern, read in READERS.items() if name.match(pattern)), None)
        body = path.read_bytes()
        found = read(body if path.suffix == ".bin" else body.decode()) if read else ["nothing here has a type for it"]
        if found := list(filter(None, found)):
            wrong[str(name)] = found
    assert seen > 100, seen
    for name in sorted({*wrong, *WRONG}):
        found, expected = wrong.get(name, []), WRONG.get(name, [])
        same = len(found) == len(expected) and all(part in fault for fault, part in zip(found, expected))
        assert same, f"{name}: {found}, expected: {expected}"
