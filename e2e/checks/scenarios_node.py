"""The same list of scenarios as in `scenarios.py`, done by the vendors' Node SDKs."""

import os
import subprocess
from pathlib import Path

from harness import KEY


def check_every_node_sdk_does_every_scenario_with_every_provider(world):
    folder = Path(os.environ["WEIR_E2E_NODE"])
    script = Path(__file__).parent.parent / "node" / "scenarios.mjs"
    command = [folder / "node_modules/.bin/node", script, folder, f"http://127.0.0.1:{world.port}", KEY]
    out = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert out.returncode == 0, out.stdout + out.stderr
