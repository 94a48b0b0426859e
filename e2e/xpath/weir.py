"""What Weir makes of the expressions: they are selectors in the outputs of a workflow, which `weir flow run` gives. What fails is asked
for again, each in a flow of its own, since only a step's failure says why. Each flow has a folder: sources are looked for in all of it."""

import json
import re
from pathlib import Path

from xpath.corpus import DOCUMENTS, Entry
from xpath.engines import Answer

OPENAPI = {"openapi": "3.1.0", "info": {"title": "none", "version": "1"}, "servers": [{"url": "http://127.0.0.1:1"}],
           "paths": {"/a": {"get": {"operationId": "get", "responses": {"200": {"description": "ok"}}}}}}
MISTAKE = re.compile(r": /workflows/0/outputs/e(\d+)\S*: (.*)$", re.M)
CODE = re.compile(r"\(([^()\s]+)\)\s*$")


def by_weir(world, entries: list[Entry]) -> dict[str, Answer]:
    folder = world.folder / "xpath"
    inputs = {path.stem: path.read_text() for path in DOCUMENTS.glob("*.xml")}
    told = run(world, folder / "all", entries, inputs)
    answers = {entries[int(at)].place: failure(text) for at, text in MISTAKE.findall(told.stderr)}
    if answers:
        entries = [entry for entry in entries if entry.place not in answers]
        told = run(world, folder / "read", entries, inputs)
    found = json.loads(told.stdout)
    answers |= {entry.place: Answer(found[f"e{at}"]) for at, entry in enumerate(entries) if found[f"e{at}"] is not None}
    return answers | failed(world, folder, [entry for entry in entries if entry.place not in answers], inputs)


def run(world, folder: Path, entries: list[Entry], inputs: dict[str, str]):
    step = {"stepId": "none", "operationId": "get", "x-weir-when": "false"}
    outputs = {f"e{at}": selector(entry) for at, entry in enumerate(entries)}
    write(folder, {"flow.json": flow({"steps": [step], "outputs": outputs}), "inputs.json": inputs})
    return world.weir("flow", "run", folder / "flow.json", "--inputs", folder / "inputs.json", check=False)


def failed(world, folder: Path, entries: list[Entry], inputs: dict[str, str]) -> dict[str, Answer]:
    """Why those fail that do at a run: in the request of a step, which is then not made."""
    if not entries:
        return {}
    for at, entry in enumerate(entries):
        step = {"stepId": "a", "operationId": "get", "parameters": [{"name": "q", "in": "query", "value": selector(entry)}]}
        case = {"name": entry.place, "inputs": {entry.document: inputs[entry.document]}, "expect": {}}
        write(folder / str(at), {"flow.json": flow({"steps": [step]}), "test.json": {"flow": "flow.json", "cases": [case]}})
    tests = [folder / str(at) / "test.json" for at in range(len(entries))]
    cases = [file["cases"][0] for file in json.loads(world.weir("flow", "test", "--json", *tests, check=False).stdout)["files"]]
    return {case["name"]: failure(((case["came"] or {}).get("failure") or {}).get("detail", str(case))) for case in cases}


def write(folder: Path, files: dict[str, dict]) -> None:
    folder.mkdir(parents=True)
    for name, content in ({"openapi.json": OPENAPI} | files).items():
        (folder / name).write_text(json.dumps(content))


def flow(workflow: dict) -> dict:
    return {"arazzo": "1.1.0", "info": {"title": "XPath", "version": "1"},
            "sourceDescriptions": [{"name": "none", "url": "openapi.json", "type": "openapi"}],
            "workflows": [{"workflowId": "w", "inputs": {"type": "object"}, **workflow}]}


def selector(entry: Entry) -> dict:
    kind = {"type": "xpath", "version": f"xpath-{entry.version.replace('.', '')}"}
    return {"context": f"$inputs.{entry.document}", "selector": entry.wrapped, "type": kind}


def failure(told: str) -> Answer:
    code = CODE.search(told)
    return Answer(error=code[1] if code else "unknown", told=told)
