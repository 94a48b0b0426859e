"""Bodies and frames of Bedrock's Converse, held against the shapes that Amazon's own SDK is made from."""

import base64
import binascii
import json
import re

from botocore.eventstream import ChecksumMismatch, EventStreamBuffer, InvalidPayloadLength
from botocore.session import Session

OPERATION = Session().get_service_model("bedrock-runtime").operation_model("ConverseStream")
WHOLE = Session().get_service_model("bedrock-runtime").operation_model("Converse")
EVENTS = next(member for member in OPERATION.output_shape.members.values() if getattr(member, "is_eventstream", True) and member.members)
TYPES = {"string": str, "boolean": bool, "list": list, "map": dict, "structure": dict}

# Amazon pads events against those who count bytes on the way.
PADDING = {"p"}


def faults(shape, value, path=""):
    """What is wrong with a JSON value of a shape: types, unknown and missing members, unions, and every limit that is stated."""
    kind = shape.type_name
    if kind == "structure" and shape.metadata.get("document"):
        return []
    if kind == "blob":
        return blob(value, path)
    number = kind in ("integer", "long", "float", "double")
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) if number else isinstance(value, TYPES[kind])
    if not fits:
        return [f"{path}: no {kind}"]
    if kind == "structure":
        return structure(shape, value, path)
    if kind == "list":
        found = [fault for i, item in enumerate(value) for fault in faults(shape.member, item, f"{path}[{i}]")]
        return found + limits(shape, len(value), path)
    if kind == "map":
        return [fault for key, item in value.items() for fault in faults(shape.value, item, f"{path}.{key}")] + limits(shape, len(value), path)
    if kind == "string":
        found = limits(shape, len(value), path)
        if shape.enum and value not in shape.enum:
            found.append(f"{path}: no {shape.name}")
        pattern = shape.metadata.get("pattern")
        return found + ([f"{path}: pattern"] if pattern and not re.fullmatch(pattern, value) else [])
    return limits(shape, value, path) if number else []


def structure(shape, value, path):
    members = {name: member for name, member in shape.members.items() if member.serialization.get("location") != "uri"}
    found = [f"{path}.{name}: unknown" for name in value if name not in members]
    found += [f"{path}.{name}: missing" for name in shape.required_members if name in members and name not in value]
    if shape.metadata.get("union") and len(value) != 1:
        found.append(f"{path}: {len(value)} members in a union")
    known = [(name, item) for name, item in value.items() if name in members]
    return found + [fault for name, item in known for fault in faults(members[name], item, f"{path}.{name}")]


def blob(value, path):
    try:
        base64.b64decode(value, validate=True)
    except (TypeError, binascii.Error):
        return [f"{path}: no base64"]
    return []


def limits(shape, size, path):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    inside = (low is None or size >= low) and (high is None or size <= high)
    return [] if inside else [f"{path}: not within {low} and {high}"]


def blank(value, path=""):
    """Texts without a letter, which Converse refuses without stating it, and files without a text beside them."""
    found = []
    for i, message in enumerate(value.get("messages", [])):
        texts = [block["text"] for block in message["content"] if "text" in block]
        if any(not text.strip() for text in texts):
            found.append(f"messages[{i}]: blank text")
        if any("document" in block for block in message["content"]) and not texts:
            found.append(f"messages[{i}]: a document alone")
    roles = [message["role"] for message in value.get("messages", [])]
    if any(role == after for role, after in zip(roles, roles[1:])):
        found.append("messages: roles do not alternate")
    calls = any({"toolUse", "toolResult"} & set(block) for message in value.get("messages", []) for block in message["content"])
    return found + (["toolConfig: missing"] if calls and "toolConfig" not in value else [])


def request(body):
    """The faults of a request for a provider."""
    value = json.loads(body)
    return faults(WHOLE.input_shape, value) + blank(value)


def asked(body):
    """The faults of a client's request, which may have blank texts."""
    return faults(WHOLE.input_shape, json.loads(body))


def answer(body):
    """The faults of a whole answer."""
    return faults(WHOLE.output_shape, json.loads(body))


def event(kind, payload):
    """The faults of one event of a stream."""
    if kind not in EVENTS.members:
        return [f"no event is called {kind}"]
    try:
        value = json.loads(payload)
    except ValueError:
        return [f"{kind}: no JSON"]
    return faults(EVENTS.members[kind], {name: item for name, item in value.items() if name not in PADDING}, kind)


def stream(body):
    """The faults of a stream: of each frame, and of the event in it."""
    buffer = EventStreamBuffer()
    buffer.add_data(body)
    found, seen = [], []
    try:
        for message in buffer:
            head, payload = message.to_response_dict()["headers"], message.payload
            kind = head.get(":event-type") or head.get(":exception-type")
            seen.append(kind)
            found += event(kind, payload)
    except (ChecksumMismatch, InvalidPayloadLength) as wrong:
        found.append(type(wrong).__name__)
    if not seen and not found:
        found.append("no event")
    return found
