"""XPath as flows have it beside other engines: the same expressions over the same documents, by Weir's command line."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from xpath import corpus, engines
from xpath.weir import by_weir


def check_xpath_is_evaluated_as_other_engines_do(world):
    entries = corpus.read()
    with ThreadPoolExecutor() as pool:
        foreign = {
            "lxml": pool.submit(engines.by_lxml, entries),
            "elementpath": pool.submit(engines.by_elementpath, entries),
            "fontoxpath": pool.submit(engines.by_fontoxpath, entries, Path(os.environ["WEIR_E2E_NODE"])),
        }
        weir = by_weir(world, entries)
    wrong = []
    for entry in entries:
        answers = {name: future.result()[entry.place] for name, future in foreign.items() if entry.place in future.result()}
        wanted, mistakes = expected(entry, answers)
        if not mistakes:
            mistakes = differences(entry, wanted, weir[entry.place])
        wrong += [f"{entry.place} (XPath {entry.version}, {entry.document}) {entry.expression}\n    {mistake}" for mistake in mistakes]
    assert not wrong, f"{len(wrong)} of {len(entries)}:\n" + "\n".join(wrong)


def expected(entry, answers):
    """What an expression comes to, and what is wrong with what the corpus says of it."""
    odd = {name: answer for name, answer in answers.items() if name in entry.odd}
    able = {name: answer for name, answer in answers.items() if name not in odd and (entry.errors or not answer.unable)}
    told = ", ".join(f"{name}: {answer}" for name, answer in answers.items())
    if (entry.odd or entry.errors or entry.given is not None) and not entry.why:
        return None, ["it does not say why"]
    if entry.errors:
        same = all(answer.text is None for answer in able.values()) and all(answer.text is not None for answer in odd.values())
        return None, [] if same else [f"it is an error, but {told}"]
    texts = {str(answer).strip() for answer in able.values()} | ({entry.given} if entry.given is not None else set())
    if len(texts) != 1 or any(answer.error for answer in able.values()):
        return None, [f"the engines do not agree: {told}"]
    if any(str(answer).strip() in texts for answer in odd.values()):
        return None, [f"what is odd is no more: {told}"]
    return texts.pop(), []


def differences(entry, wanted, answer):
    if entry.errors:
        return [] if answer.error in entry.errors else [f"expected {' or '.join(entry.errors)}, found {answer}"]
    return [] if answer.text is not None and answer.text.strip() == wanted else [f"expected {wanted}\n    found    {answer}"]
