"""Coding agents do a task of several turns through the gateway, with other vendors behind it than they expect."""

import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "agents"))

from agents import Codex, CodexByWebSocket, GeminiCli, OpenCode, OpenCodeAnthropic, ThinkingCodex  # noqa: E402

NOTE = "it's \"15 °C\", naïve & 50 % wet"
LOUD = "IT'S \"15 °C\", NAïVE & 50 % WET"
TURNS = 4


def task(agent) -> str:
    """Write a file, make two others at once, read one, then say a word."""
    quoted = "'" + NOTE.replace("'", "'\\''") + "'"
    steps = [
        agent.shell(f"printf '%s\\n' {quoted} > note.txt"),
        {"calls": [agent.shell("mkdir -p made && tr a-z A-Z < note.txt > made/loud.txt"), agent.shell("wc -l < note.txt > lines.txt")]},
        agent.shell("cat made/loud.txt"),
        {"say": "All done: PERIWINKLE"},
    ]
    return f"Take notes.\n```simulate\n{json.dumps(steps)}\n```\n"


def recorded(world, since: int) -> list:
    """The calls of the access log from this one on."""
    log = world.folder / "access.jsonl"
    return [json.loads(line) for line in log.read_text().splitlines()[since:]] if log.exists() else []


def calls(world, path: str, since: int) -> list:
    """The calls to a path; the log is written a little later than the answers."""
    time_limit = time.monotonic() + 10
    while True:
        found = [call for call in recorded(world, since) if call["path"].startswith(path) and call["method"] == "POST"]
        if len(found) >= TURNS or time.monotonic() > time_limit:
            return found


def do_the_task(world, kind, model: str, provider: str) -> list:
    since = len(recorded(world, 0))
    with tempfile.TemporaryDirectory(prefix="weir-agent-") as folder:
        agent = kind(world.port, Path(folder))
        out = agent.run(model, task(agent))
        case = f"{kind.__name__} to {model}: {out.returncode}\n{out.stdout[-3000:]}\n{out.stderr[-3000:]}"
        made = {str(file.relative_to(agent.work)): file.read_text().strip() for file in agent.work.rglob("*.txt")}
    assert out.returncode == 0, case
    assert made == {"note.txt": NOTE, "made/loud.txt": LOUD, "lines.txt": "1"}, (made, case)
    assert out.stdout.strip().endswith("PERIWINKLE"), case
    passed = calls(world, kind.path, since)
    shown = [(call["path"], call["status"], call["upstream"], call["reason"]) for call in passed]
    assert len(passed) >= TURNS, (shown, case)
    for call in passed:
        told = (call["status"], call["upstream"], call["ai"]["dialect"], call["ai"]["streamed"])
        assert told == (200, provider, kind.dialect, True), (told, shown, case)
    return recorded(world, since)


def check_codex_works_with_other_vendors(world):
    do_the_task(world, Codex, "claude", "anthropic")
    do_the_task(world, Codex, "gemini", "gemini")
    do_the_task(world, Codex, "converse", "bedrock")
    do_the_task(world, Codex, "mistral", "mistral")


def check_codex_works_with_models_that_think(world):
    for model, provider in [("claude", "anthropic"), ("gemini", "gemini"), ("gpt", "openai")]:
        thought = [call["ai"]["usage"]["reasoning"] for call in do_the_task(world, ThinkingCodex, model, provider)]
        assert all(thought), (model, thought)


def check_codex_works_over_a_websocket(world):
    for model, provider in [("claude", "anthropic"), ("responses", "responses")]:
        met = do_the_task(world, CodexByWebSocket, model, provider)
        # What is only put by for the session has a record of the session's own kind.
        sessions = [call["status"] for call in met if call["method"] == "GET" and call["path"] == "/v1/responses"]
        assert 101 in sessions and set(sessions) <= {101, 200}, met


def check_gemini_cli_works_with_other_vendors(world):
    do_the_task(world, GeminiCli, "gpt", "openai")
    do_the_task(world, GeminiCli, "claude", "anthropic")
    do_the_task(world, GeminiCli, "command", "cohere")


def check_opencode_works_with_other_vendors(world):
    do_the_task(world, OpenCode, "claude", "anthropic")
    do_the_task(world, OpenCode, "gemini", "gemini")


def check_opencode_for_anthropic_works_with_other_vendors(world):
    do_the_task(world, OpenCodeAnthropic, "gpt", "openai")
    do_the_task(world, OpenCodeAnthropic, "mistral", "mistral")
