"""docs/BENCHMARKS.md: each measurement writes its own section and leaves the others' as they are."""

import os
import platform
import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "BENCHMARKS.md"
SECTIONS = ("proxies", "flows", "ai", "scale", "soak")


def machine():
    cpu = next((l.split(":")[1].strip() for l in Path("/proc/cpuinfo").read_text().splitlines() if l.startswith("model name")), "unknown")
    return f"{os.cpu_count()} cores of {cpu}, Linux {platform.release()}"


def put(section, text):
    """Replaces one section; the notes are always those of notes.md."""
    old = PAGE.read_text() if PAGE.exists() else ""
    parts = dict(re.findall(r"<!-- (\w+) -->\n(.*?)<!-- end -->\n", old, re.S))
    parts[section] = f"\n{text.strip()}\n\n"
    page = "# Benchmarks\n\n" + "\n".join(f"<!-- {s} -->\n{parts[s]}<!-- end -->\n" for s in SECTIONS if s in parts)
    PAGE.write_text(page + "\n" + (HERE / "notes.md").read_text())
