"""End-to-end checks: foreign clients and upstreams against the real binary, on loopback and free ports."""

import importlib
import pkgutil
import sys
import tempfile
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import checks  # noqa: E402
from harness import World  # noqa: E402


def main() -> int:
    binary = Path(sys.argv[1]).resolve()
    only = sys.argv[2:]
    passed, failed = 0, 0
    with tempfile.TemporaryDirectory(prefix="weir-e2e-") as folder, World(binary, Path(folder)) as world:
        for module in sorted(m.name for m in pkgutil.iter_modules(checks.__path__)):
            functions = vars(importlib.import_module(f"checks.{module}"))
            for name, check in list(functions.items()):
                if not name.startswith("check_") or (only and not any(part in f"{module}.{name}" for part in only)):
                    continue
                try:
                    check(world)
                except Exception:
                    failed += 1
                    print(f"FAILED {module}.{name}")
                    traceback.print_exc(file=sys.stdout)
                else:
                    passed += 1
                    print(f"ok     {module}.{name}")
        if failed:
            print(world.logs())
    print(f"e2e: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
