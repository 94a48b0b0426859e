"""The simulator by itself, read by the vendors' SDKs."""

import subprocess
import sys
from pathlib import Path


def check_the_vendors_sdks_read_the_simulator(world):
    script = Path(__file__).parent.parent / "sdk" / "simulate_direct.py"
    command = [sys.executable, str(script), f"http://127.0.0.1:{world.simulator_port}"]
    out = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert out.returncode == 0, out.stdout + out.stderr


def check_more_vendors_sdks_read_the_simulator(world):
    script = Path(__file__).parent.parent / "sdk" / "simulate_others.py"
    command = [sys.executable, str(script), f"http://127.0.0.1:{world.simulator_port}"]
    out = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert out.returncode == 0, out.stdout + out.stderr
