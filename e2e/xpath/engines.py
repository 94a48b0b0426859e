"""What other engines make of the expressions: lxml (libxml2's XPath 1.0), elementpath (1.0 to 3.1) and fontoxpath (3.1)."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import elementpath
from elementpath.xpath30 import XPath30Parser
from elementpath.xpath31 import XPath31Parser
from lxml import etree

from xpath.corpus import DOCUMENTS, Entry, prefixes, wrapped

PARSERS = {"1.0": elementpath.XPath1Parser, "2.0": elementpath.XPath2Parser, "3.0": XPath30Parser, "3.1": XPath31Parser}
# Not asked of some documents: elementpath has texts behind elements, comments and processing instructions in a wrong order or not at all.
UNFIT = {("elementpath", "mixed")}


@dataclass
class Answer:
    """A text, or an error with its code."""

    text: str | None = None
    error: str | None = None
    told: str = ""
    # It does not have what was asked for.
    unable: bool = False

    def __str__(self) -> str:
        return self.text if self.text is not None else f"error {self.error} ({self.told})"


def trees() -> dict[str, etree._ElementTree]:
    return {path.stem: etree.parse(path) for path in DOCUMENTS.glob("*.xml")}


def by_lxml(entries: list[Entry]) -> dict[str, Answer]:
    answers, documents = {}, trees()
    for entry in entries:
        if entry.version == "1.0":
            try:
                found = documents[entry.document].xpath(entry.wrapped, namespaces=prefixes(entry.document) or None)
                answers[entry.place] = Answer(found)
            except etree.XPathError as error:
                answers[entry.place] = Answer(error="unknown", told=str(error))
    return answers


def by_elementpath(entries: list[Entry]) -> dict[str, Answer]:
    answers, documents = {}, trees()
    for entry in entries:
        if ("elementpath", entry.document) in UNFIT:
            continue
        try:
            token = PARSERS[entry.version](namespaces=prefixes(entry.document)).parse(entry.wrapped)
            found = token.evaluate(elementpath.XPathContext(documents[entry.document], timezone="Z"))
            answers[entry.place] = Answer(str(found[0] if isinstance(found, list) and len(found) == 1 else found))
        except elementpath.ElementPathError as error:
            code, told = (error.code or "unknown").split(":")[-1], str(error)[:300]
            answers[entry.place] = Answer(error=code, told=told, unable=code == "XPST0017" or "unless XSD 1.1 is enabled" in told)
        except Exception as error:  # noqa: BLE001: what it fails with is not always its own
            answers[entry.place] = Answer(error="unknown", told=f"{type(error).__name__}: {error}"[:300], unable=True)
    return answers


def by_fontoxpath(entries: list[Entry], folder: Path) -> dict[str, Answer]:
    mine = [entry for entry in entries if entry.version != "1.0"]
    # As text again, so that no tree has the sections of CDATA that there are none of in XPath.
    documents = {name: etree.tostring(tree, encoding="unicode") for name, tree in trees().items()}
    given = [{"document": entry.document, "expression": entry.expression, "prefixes": prefixes(entry.document)} for entry in mine]
    node = folder / "node_modules/.bin/node"
    command = [node if node.exists() else "node", Path(__file__).parent.parent / "node/xpath.mjs", folder]
    asked = json.dumps({"documents": documents, "show": wrapped("3.1", "$all"), "asked": given})
    out = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=60, check=True)
    answers = {}
    for entry, found in zip(mine, json.loads(out.stdout), strict=True):
        code, told = found.get("error"), re.sub(r"\s+", " ", found.get("text", ""))
        unable = code in ("unknown", "XPST0017") or "out of bounds for JavaScript numbers" in told
        answers[entry.place] = Answer(found.get("is"), code, told, unable)
    return answers
