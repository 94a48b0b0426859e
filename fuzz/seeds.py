"""Seeds for the fuzzer, made from the crates' test data: python3 seeds.py FOLDER"""

import hashlib
import pathlib
import sys

DATA = pathlib.Path(__file__).parent.parent / "crates/llm/testdata"
ANSWERS = {
    "anthropic": ["answers/anthropic", "anthropic"],
    "bedrock": ["answers/bedrock", "bedrock"],
    "cohere": ["answers/cohere", "cohere"],
    "gemini": ["answers/gemini", "gemini", "answers/gemini_interactions", "gemini_interactions"],
    "mistral": ["answers/mistral"],
    "ollama": ["answers/ollama", "ollama"],
    "openai_chat": ["answers/openai_compatible", "openai_compatible"],
    "openai_responses": ["answers/openai_responses"],
}
REQUESTS = {
    "anthropic": "anthropic_messages",
    "bedrock": "bedrock_converse",
    "cohere": "cohere_chat",
    "gemini": "gemini",
    "gemini_interactions": "gemini_interactions",
    "ollama": "ollama_chat",
    "ollama_generate": "ollama_generate",
    "openai_chat": "openai_chat",
    "openai_responses": "openai_responses",
}
LARGEST = 8192


def main(folder):
    def put(target, data):
        if len(data) <= LARGEST:
            there = folder / target
            there.mkdir(parents=True, exist_ok=True)
            (there / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)

    for name, folders in ANSWERS.items():
        files = [file for each in folders for file in sorted((DATA / each).iterdir())]
        for at, file in enumerate(files):
            # Whose dialect it is for goes round, so that each meets many.
            if file.suffix in (".sse", ".ndjson", ".bin"):
                put(f"llm_answer_{name}", bytes([at & 31 | (32 if "interactions" in str(file) else 0), 100]) + file.read_bytes())
            elif file.suffix == ".json":
                for kind in (2, 3):
                    put(f"llm_answer_{name}", bytes([kind << 6 | at & 31 | (32 if "interactions" in str(file) else 0), 29]) + file.read_bytes())
    for name, each in REQUESTS.items():
        for file in (DATA / each).glob("*.json"):
            put(f"llm_request_{name}", file.read_bytes())
    for which, body in enumerate((
        b'{"model":"m","input":["a","b"],"dimensions":8,"encoding_format":"base64"}',
        b'--X\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--X\r\nContent-Disposition: form-data; name="file"; '
        b'filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n--X--\r\n',
        b'{"model":"m","prompt":"a","n":2,"size":"1024x1024"}',
        b'{"model":"m","input":"a","store":true}{"id":"resp_1","object":"response","status":"completed","output":[]}',
    )):
        put("llm_beside", bytes([which, 95]) + body)
    for which, message in (
        (0, b'{"type":"session.update","event_id":"e","session":{"model":"m","audio":{"input":{"transcription":{"model":"w"}}}}}'),
        (0, b'{"type":"response.done","response":{"id":"r","status":"completed","usage":{"input_tokens":9,"output_tokens":4,'
            b'"input_token_details":{"cached_tokens":2,"audio_tokens":5}}}}'),
        (1, b'{"setup":{"model":"models/m"}}'),
        (1, b'{"serverContent":{"turnComplete":true},"usageMetadata":{"promptTokenCount":9,"responseTokenCount":4}}'),
    ):
        put("llm_live", bytes([which]) + message)
    stream = next((DATA / "openai_compatible").glob("*.sse")).read_bytes()
    put("llm_passing", bytes([12, 90]) + stream)
    put("llm_passing", bytes([1, 127]) + stream + stream)
    put("llm_passing", bytes([0, 90]) + b'data: {"type":"speech.audio.delta","audio":"AA=="}\n\ndata: {"type":"speech.audio.done",'
        b'"usage":{"input_tokens":3,"output_tokens":5}}\n\n')
    for at, each in enumerate(("anthropic", "bedrock", "cohere", "gemini", "ollama", "ollama_generate", "openai_chat", "openai_responses")):
        for file in (DATA / REQUESTS[each]).glob("*.json"):
            put("llm_passing", bytes([at << 2 | 3, 0]) + file.read_bytes())
    for which, frames in (
        (0, b"\x81\x85\0\0\0\0hello\x89\x80\0\0\0\0\x88\x82\0\0\0\0\x03\xe8"),
        (0, b"\x01\x83\0\0\0\0hel\x80\x82\0\0\0\0lo\x82\xfe\0\x05\0\0\0\0abcde"),
        (1, b"\x81\x05hello\x8a\x00\x88\x06\x03\xe9away"),
    ):
        put("net_websocket", bytes([which, 99]) + frames)
    step = (b'{"stepId":"a","operationId":"x","parameters":[{"name":"q","in":"query","value":"{$inputs.q}"}],"outputs":{"o":"$response.body#/o"},'
        b'"successCriteria":[{"context":"$response.body","condition":"$.a[?@.b > 1]","type":"jsonpath"}],"onFailure":[{"name":"r","type":"retry"}]}')
    put("flow_document", b'{"arazzo":"1.1.0","info":{"title":"t","version":"1"},"sourceDescriptions":[{"name":"x","url":"x"}],"workflows":[{"workflowId":"w",'
        b'"inputs":{"$ref":"#/components/inputs/i"},"steps":[' + step + b'],"outputs":{"o":"$steps.a.outputs.o"}}],"components":{"inputs":{"i":{"type":"object"}}}}')
    for text in (b"$steps.a.outputs.b#/0", b"{$inputs.a} and {$url}", b"$statusCode == 200 && !($response.body.a[0] != 'b')", b"/a~1b/0"):
        put("flow_expression", text)
    for kind, text in enumerate((b"^2\\d{2}$", b"$.a[?@.b == 'c']..d", b"/a/b[@k > 1]", b"$.a[?(@.b)]", b"/a/0")):
        put("flow_criterion", bytes([kind]) + text)


main(pathlib.Path(sys.argv[1]))
