"""The peers of the models' side: LiteLLM's proxy and Portkey's gateway, installed once into a folder of their own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from run import KEY, free_port

# The newest that can be installed; what is there already is kept until its folder is removed.
LITELLM, PORTKEY = "litellm[proxy]", "@portkey-ai/gateway"
CACHE = Path(os.environ.get("WEIR_BENCH_CACHE", Path.home() / ".cache" / "weir" / "bench"))


class Target(NamedTuple):
    """A gateway under test: the headers and the model's name by which it reaches the answers of an alias, and its version."""

    process: subprocess.Popen
    port: int
    headers: Callable
    model: Callable
    version: str = ""


def install(name, version_of, *commands):
    """Runs the commands unless that was done before; answers the folder, and the version that is there."""
    folder = CACHE / name
    mark = folder / "installed"
    if not mark.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for command in commands:
            subprocess.run([str(word) for word in command], cwd=folder, check=True, capture_output=True, text=True, timeout=1800)
        mark.write_text(version_of(folder))
    return folder, mark.read_text()


def of_wheel(folder):
    one = next(folder.glob("lib/python*/site-packages/litellm-[0-9]*.dist-info"))
    return one.name.removeprefix("litellm-").removesuffix(".dist-info")


def of_package(folder):
    return json.loads((folder / "node_modules" / PORTKEY / "package.json").read_text())["version"]


def litellm(bench, back, models):
    """Its proxy with one worker, its key checked, and nothing recorded."""
    folder, version = install("litellm", of_wheel, (sys.executable, "-m", "venv", "."), ("bin/pip", "install", "--quiet", LITELLM))
    rows = []
    for provider in ("openai", "anthropic"):
        for size in ("whole", "short"):
            alias = f"{provider}-{size}"
            params = {"model": f"{provider}/{models[provider]}", "api_base": f"http://127.0.0.1:{back}/{alias}", "api_key": "sk-mock"}
            rows.append({"model_name": alias, "litellm_params": params})
    config = bench.folder / "litellm.yaml"
    config.write_text(json.dumps({"model_list": rows, "general_settings": {"master_key": f"sk-{KEY}"}}))
    port = free_port()
    command = ["env", "LITELLM_LOCAL_MODEL_COST_MAP=True", "NO_DOCS=True", folder / "bin" / "litellm", "--config", config, "--host", "127.0.0.1", "--port", port, "--num_workers", 1, "--telemetry", "False"]
    process = bench.start(0, port, *command, patience=180)
    return Target(process, port, lambda alias: [f"Authorization: Bearer sk-{KEY}"], lambda alias: alias, version)


def portkey(bench, back, models):
    """Its gateway without a console; it has no keys of its own, and is told with each request where to go."""
    folder, version = install("portkey", of_package, ("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", PORTKEY))
    port = free_port()
    gateway = folder / "node_modules" / PORTKEY / "build" / "start-server.js"
    process = bench.start(0, port, "env", "NODE_ENV=production", "node", gateway, f"--port={port}", "--headless", patience=60)

    def headers(alias):
        provider = alias.split("-")[0]
        return [f"x-portkey-provider: {provider}", f"x-portkey-custom-host: http://127.0.0.1:{back}/{alias}", "Authorization: Bearer sk-mock"]

    return Target(process, port, headers, lambda alias: models[alias.split("-")[0]], version)


PEERS = {"litellm": litellm, "portkey": portkey}
