"""The expressions of `*.txt` in this folder: read, and wrapped so that what each comes to is one text.

A line is an expression, an indented line below it says more of it, a line with `==` before it the version of XPath and the document of
those that follow, `#` is a comment. What is said of an expression:

    error: CODE…    it is an error; several codes where the specification leaves open which of its rules is applied first
    odd: ENGINE…    these engines have it otherwise
    is: TEXT        what it comes to, where no engine has it so
    why: TEXT       what decides that, with the section

The engines that can evaluate an expression and are not odd agree, which is what is expected."""

import functools
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

FOLDER = Path(__file__).parent
DOCUMENTS = FOLDER / "documents"


@dataclass
class Entry:
    place: str
    version: str
    document: str
    expression: str
    given: str | None = None
    errors: list[str] = field(default_factory=list)
    why: str | None = None
    odd: list[str] = field(default_factory=list)

    @functools.cached_property
    def wrapped(self) -> str:
        if self.version != "1.0":
            return wrapped(self.version, self.expression)
        return listed(self.expression) if self.finds_nodes() else f"string({self.expression})"

    def finds_nodes(self) -> bool:
        try:
            return isinstance(etree.XML("<none/>").xpath(self.expression, namespaces=prefixes(self.document) or None), list)
        except etree.XPathError:
            return False


def read() -> list[Entry]:
    entries: list[Entry] = []
    for path in sorted(FOLDER.glob("*.txt")):
        version = document = ""
        for number, line in enumerate(path.read_text().splitlines(), 1):
            place = f"{path.name}:{number}"
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("=="):
                version, document = line[2:].split()
            elif line[0] != " ":
                entries.append(Entry(place, version, document, line))
            else:
                say(entries[-1], place, *line.strip().split(":", 1))
    return entries


def say(entry: Entry, place: str, name: str, text: str = "") -> None:
    text = text.strip()
    match name:
        case "is":
            entry.given = text
        case "error":
            entry.errors = text.split()
        case "why":
            entry.why = text
        case "odd":
            entry.odd = text.split()
        case _:
            raise ValueError(f"{place}: `{name}` says nothing")


@functools.cache
def prefixes(document: str) -> dict[str, str]:
    """Those that the document's outermost element declares."""
    root = etree.parse(DOCUMENTS / f"{document}.xml").getroot()
    return {prefix: uri for prefix, uri in root.nsmap.items() if prefix}


# --- what an expression comes to, as one text

NODE = (
    "concat((concat('<', name($own), '>')[$own instance of element()], concat('@', name($own), '=')[$own instance of attribute()], "
    "'text '[$own instance of text()], 'comment '[$own instance of comment()], "
    "concat('?', name($own), ' ')[$own instance of processing-instruction()], 'document ')[1], normalize-space(string($own)))"
)
TYPES = ["decimal", "float", "double", "yearMonthDuration", "dayTimeDuration", "duration", "dateTime", "date", "time", "gYearMonth", "gYear",
         "gMonthDay", "gMonth", "gDay", "anyURI", "QName", "hexBinary", "base64Binary", "untypedAtomic"]
LABEL = ", ".join(f"'{name} '[$own instance of xs:{name}]" for name in TYPES)
ATOMIC = (
    "if ($own instance of xs:string) then concat('''', $own, '''') "
    f"else concat((''[$own instance of xs:integer or $own instance of xs:boolean], {LABEL})[1], string($own))"
)
MEMBER = "if (count({0}) eq 1) then $show({0}, $show) else concat('(', $show({0}, $show), ')')"
WRAPS = {
    "2.0": f"string-join(for $own in (§) return if ($own instance of node()) then {NODE} else {ATOMIC}, ', ')",
    "3.0": f"string-join(for $own in (§) return if ($own instance of node()) then {NODE} else if ($own instance of xs:anyAtomicType) then {ATOMIC} "
           "else concat('function/', string(function-arity($own))), ', ')",
    "3.1": f"let $show := function($all, $show) {{ string-join(for $own in $all return if ($own instance of node()) then {NODE} "
           "else if ($own instance of map(*)) then let $e := map:for-each($own, function($k, $v) { concat($show($k, $show), ': ', " + MEMBER.format("$v") + ") }) "
           "return concat('{', string-join(for $n in 1 to count($e), $x in $e return if (count($e[. lt $x]) eq $n - 1) then $x else (), ', '), '}') "
           "else if ($own instance of array(*)) then concat('[', string-join(for $n in 1 to array:size($own) return "
           + MEMBER.format("$own($n)") + ", ', '), ']') "
           f"else if ($own instance of xs:anyAtomicType) then {ATOMIC} else concat('function/', string(function-arity($own))), ', ') }} return $show((§), $show)",
}


def wrapped(version: str, expression: str) -> str:
    return WRAPS[version].replace("§", expression, 1)


def listed(expression: str) -> str:
    """Of a set of nodes in XPath 1.0: how many there are, and some of them."""
    nodes = ", ' | ', ".join(f"name(({expression})[{at}]), ' ', normalize-space(({expression})[{at}])" for at in ("1", "2", "3", "last()"))
    return f"concat(count({expression}), ': ', {nodes})"
