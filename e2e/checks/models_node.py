"""The vendor's Node SDK against the gateway, with either provider behind it."""

import os
import subprocess
from pathlib import Path

from harness import KEY


def check_the_vendors_node_sdk_chats_streams_and_calls_tools(world):
    folder = Path(os.environ["WEIR_E2E_NODE"])
    script = Path(__file__).parent.parent / "node" / "models.mjs"
    command = [folder / "node_modules/.bin/node", script, folder, f"http://127.0.0.1:{world.port}/v1", KEY]
    out = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert out.returncode == 0, out.stdout + out.stderr
