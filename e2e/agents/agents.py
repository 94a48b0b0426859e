"""Coding agents as their users run them: without a person, each in a home of its own, with Weir as the only network."""

import contextlib
import json
import os
import platform
import signal
import subprocess
from pathlib import Path

from harness import KEY

HERE = Path(__file__).parent
# Whatever is asked of any other address is refused at once.
NOWHERE = "http://127.0.0.1:1"


def installed() -> Path:
    node = Path(os.environ["WEIR_E2E_NODE"])
    folder = node.parent / "agents"
    subprocess.run([HERE / "install.sh", folder], check=True, timeout=900)
    return folder / "node_modules"


class Agent:
    """One run of an agent: `prepare` writes its settings and gives the command."""

    # Whether the prompt comes by the standard input.
    reads = False

    def __init__(self, port: int, folder: Path):
        self.address = f"http://127.0.0.1:{port}"
        self.home, self.work = folder / "home", folder / "work"
        for made in (self.home, self.work):
            made.mkdir(parents=True)
        self.modules = installed()

    def environment(self) -> dict:
        node = Path(os.environ["WEIR_E2E_NODE"]) / "node_modules/.bin"
        proxies = {name: NOWHERE for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")}
        direct = {name: "127.0.0.1,localhost" for name in ("no_proxy", "NO_PROXY")}
        places = {"HOME": str(self.home), "TMPDIR": str(self.home), "PATH": f"{node}:{os.environ['PATH']}"}
        return {**proxies, **direct, **places, "LANG": "C.UTF-8", "TERM": "dumb", "SHELL": "/bin/bash", "WEIR_KEY": KEY}

    def write(self, path: str, text: str) -> None:
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run(self, model: str, prompt: str) -> subprocess.CompletedProcess:
        command, more = self.prepare(model, prompt)
        process = subprocess.Popen(
            [str(part) for part in command], cwd=self.work, env={**self.environment(), **more}, text=True,
            stdin=subprocess.PIPE if self.reads else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )
        try:
            out, err = process.communicate(prompt if self.reads else None, timeout=120)
        finally:
            # What it started and left, or all of it if it does not end.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return subprocess.CompletedProcess(command, process.returncode, out, err)


class Codex(Agent):
    """Speaks OpenAI's Responses."""

    path, dialect = "/v1/responses", "openai_responses"
    websockets = False
    more_settings = ()

    def shell(self, command: str) -> dict:
        return {"call": "exec_command", "arguments": {"cmd": command}}

    def prepare(self, model: str, prompt: str):
        self.write(".codex/config.toml", "\n".join([
            f'model = "{model}"', 'model_provider = "weir"', 'approval_policy = "never"', 'sandbox_mode = "danger-full-access"',
            "check_for_update_on_startup = false", *self.more_settings, "[analytics]", "enabled = false",
            "[model_providers.weir]", 'name = "Weir"', f'base_url = "{self.address}/v1"', 'env_key = "WEIR_KEY"',
            'wire_api = "responses"', f"supports_websockets = {str(self.websockets).lower()}",
        ]))
        return [self.modules / ".bin/codex", "exec", "--skip-git-repo-check", prompt], {"CODEX_HOME": str(self.home / ".codex")}


class ThinkingCodex(Codex):
    """Asks for effort, and gives back each turn what the model thought before."""

    more_settings = ('model_reasoning_effort = "high"',)


class CodexByWebSocket(Codex):
    """Speaks them over a WebSocket."""

    websockets = True


class GeminiCli(Agent):
    """Speaks Gemini's dialect."""

    path, dialect = "/v1beta/models/", "gemini"

    def shell(self, command: str) -> dict:
        return {"call": "run_shell_command", "arguments": {"command": command, "description": "As asked"}}

    def prepare(self, model: str, prompt: str):
        settings = {
            "security": {"auth": {"selectedType": "gemini-api-key"}},
            "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
            "privacy": {"usageStatisticsEnabled": False},
            "telemetry": {"enabled": False},
        }
        self.write(".gemini/settings.json", json.dumps(settings))
        more = {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": self.address}
        return [self.modules / ".bin/gemini", "--skip-trust", "--yolo", "-m", model, "-p", prompt], more


class OpenCode(Agent):
    """Speaks what its provider speaks: here OpenAI's chat completions."""

    # It would put a prompt among the arguments in quotes.
    reads = True
    path, dialect = "/v1/chat/completions", "openai_chat"

    def shell(self, command: str) -> dict:
        return {"call": "bash", "arguments": {"command": command, "description": "As asked"}}

    def provider(self, model: str) -> dict:
        options = {"baseURL": f"{self.address}/v1", "apiKey": KEY}
        return {"weir": {"npm": "@ai-sdk/openai-compatible", "name": "Weir", "options": options, "models": {model: {}}}}

    def prepare(self, model: str, prompt: str):
        provider = self.provider(model)
        name = f"{next(iter(provider))}/{model}"
        # The small model finds a title for the session.
        settings = {"provider": provider, "model": name, "small_model": name, "permission": {"bash": "allow"}, "autoupdate": False, "share": "disabled"}
        self.write(".config/opencode/opencode.json", json.dumps(settings))
        machine = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
        binary = self.modules / f"opencode-linux-{machine}/bin/opencode"
        return [binary, "run", "--model", name], {"OPENCODE_DISABLE_MODELS_FETCH": "1"}


class OpenCodeAnthropic(OpenCode):
    """The same with its own provider for Anthropic's Messages."""

    path, dialect = "/v1/messages", "anthropic"

    def provider(self, model: str) -> dict:
        return {"anthropic": {"options": {"baseURL": f"{self.address}/v1", "apiKey": KEY}, "models": {model: {}}}}
