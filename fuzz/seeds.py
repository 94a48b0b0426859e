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


main(pathlib.Path(sys.argv[1]))
