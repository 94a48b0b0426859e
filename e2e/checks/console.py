"""The console in a real browser, against the binary that embeds it."""

import os
import re
import subprocess
from pathlib import Path

from checks.store import Quickstart

CONSOLE = Path(__file__).parents[2] / "console"


def check_people_do_their_work_in_chromium(world):
    weir = Quickstart(world, "console")
    base, gateway = f"http://127.0.0.1:{weir.admin_port}", f"http://127.0.0.1:{weir.port}"
    link = re.search(r"set-up +(\S+)", weir.log()).group(1)
    command = [CONSOLE / "node_modules/.bin/node", "e2e/flows.mjs", base, "--setup", link, "--gateway", gateway, "--key", weir.key]
    command += ["--chromium", os.environ["WEIR_E2E_CHROMIUM"]]
    out = subprocess.run(command, cwd=CONSOLE, capture_output=True, text=True, timeout=240)
    assert out.returncode == 0, out.stderr + out.stdout
