"""Measures the models' side: CPU time of a small chat from every dialect to every provider, of a streamed chunk, the time that is added to
the first token, the memory of many streams, the catalogue; and LiteLLM's proxy and Portkey's gateway with the same requests.

The gateway under test has one core; load and mock provider have the other."""

import json
import re
import resource
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import answers
import peers
import report
from run import KEY, PRIORITY, Bench, counted, cpu_seconds, free_port, resident, under_callgrind

# Pieces of the streams that are compared for the cost of one; of those that come one by one, with the pause between them in microseconds.
SHORT, LONG = 20, 220
STREAMS = {"short": (SHORT, 0), "long": (LONG, 0), "paced": (LONG, 5_000), "slow": (60, 500_000)}
# Streams at the same time: of those that come one by one, and of those that stay open.
PACED, OPEN = 200, 2_000
# Seconds of a round of latency; rounds of CPU in turn, and of latency.
SECONDS, ROUNDS, TURNS = 0.5, 3, 24
# Connections, and of each the requests to warm up by and those that are measured.
COUNTS = {"whole": (64, 10, 150), "short": (64, 5, 80), "long": (64, 2, 16)}
# What is aimed at: µs of CPU a chat, µs of CPU a chunk, µs of added time to the first token, MB, ms.
PASS, TRANSLATED, CHUNK_PASS, CHUNK_TRANSLATED, FIRST_TOKEN, RESIDENT, CATALOGUE = 30, 60, 1.5, 4, 1_000, 150, 20
# How many times Weir's CPU the peers should need at least.
TIMES = {"litellm": 200, "portkey": 30}

MODELS = {
    "openai": "gpt-5",
    "responses": "gpt-5",
    "azure": "gpt-5",
    "anthropic": "claude-sonnet-5",
    "bedrock": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "gemini": "gemini-3-pro",
    "vertex": "gemini-3-pro",
    "mistral": "mistral-medium-latest",
    "cohere": "command-a-03-2025",
    "ollama": "qwen3:8b",
}
APIS = {"responses": "openai_responses"}
# Where a provider's base address ends.
BASES = {"vertex": "/v1/projects/p/locations/global"}
# Who speaks a dialect, so that bytes pass.
SPEAKS = {
    "openai": ("openai", "responses", "azure"),
    "responses": ("responses",),
    "anthropic": ("anthropic",),
    "gemini": ("gemini", "vertex"),
    "bedrock": ("bedrock",),
    "cohere": ("cohere",),
    "ollama": ("ollama",),
}
SYSTEM, QUESTION = "You are a helpful assistant.", "What is the weather in Paris?"


def chat(dialect, model, stream):
    """The same small chat in a dialect: path and body."""
    user = {"role": "user", "content": QUESTION}
    both = [{"role": "system", "content": SYSTEM}, user]
    match dialect:
        case "openai":
            return "/v1/chat/completions", {"model": model, "messages": both, "stream": stream}
        case "responses":
            return "/v1/responses", {"model": model, "instructions": SYSTEM, "input": QUESTION, "stream": stream}
        case "anthropic":
            return "/v1/messages", {"model": model, "max_tokens": 1024, "system": SYSTEM, "messages": [user], "stream": stream}
        case "gemini":
            body = {"systemInstruction": {"parts": [{"text": SYSTEM}]}, "contents": [{"role": "user", "parts": [{"text": QUESTION}]}]}
            return f"/v1beta/models/{model}:{'streamGenerateContent?alt=sse' if stream else 'generateContent'}", body
        case "bedrock":
            body = {"system": [{"text": SYSTEM}], "messages": [{"role": "user", "content": [{"text": QUESTION}]}]}
            return f"/model/{model}/converse{'-stream' if stream else ''}", body
        case "cohere":
            return "/v2/chat", {"model": model, "messages": both, "stream": stream}
        case "ollama":
            return "/api/chat", {"model": model, "messages": both, "stream": stream}


def documents(back, digest):
    """Weir's configuration: a provider and an alias for each kind and each size of its answers."""

    def one(kind, name, **spec):
        return {"kind": kind, "name": name, "spec": spec}

    yield one("Service", "models", backend={"ai": {}}, access={"keys": [{"header": "x-api-key"}]})
    yield one("Route", "models", service="models", paths=["/v1/*", "/v1beta/*", "/v2/*", "/api/*", "/model/*"])
    yield one("Plan", "wide", policies=[{"rate_limit": {"requests": 60_000_000, "window": "1m"}}])
    yield one("Application", "app")
    yield one("Credential", "app", application="app", key_hash=digest)
    yield one("Subscription", "models", application="app", service="models", plan="wide")
    for name, model in MODELS.items():
        for size in ("whole", *STREAMS):
            alias = f"{name}-{size}"
            yield one("Provider", alias, api=APIS.get(name, name), base_url=f"http://127.0.0.1:{back}/{alias}{BASES.get(name, '')}")
            yield one("ProviderKey", alias, provider=alias, secret={"value": "sk-mock"})
            yield one("ModelAlias", alias, targets=[{"provider": alias, "model": model}])


class Ai:
    """The mock, Weir before it, and what is measured through them."""

    def __init__(self, bench, tool):
        self.bench, self.tool = bench, tool
        folder = bench.folder / "answers"
        folder.mkdir()
        answers.make(folder, STREAMS)
        self.back = free_port()
        bench.start(1, self.back, tool, "mock", self.back, folder)
        self.weir, self.port = self.start()

    def start(self):
        text = "".join(f"- {json.dumps(document)}\n" for document in documents(self.back, self.bench.digest()))
        return self.bench.serve(0, text)

    def wrk(self, target, dialect, alias, seconds=1, connections=64):
        """CPU of the process under test in µs a request, and requests a second."""
        path, body = chat(dialect, target.model(alias), not alias.endswith("-whole"))
        pid, began = target.process.pid, time.monotonic()
        before = cpu_seconds(pid)
        done, _, _ = self.bench.load(target.port, path, target.headers(alias), json.dumps(body), seconds, connections)
        return (cpu_seconds(pid) - before) / done * 1e6, done / (time.monotonic() - began)

    def ours(self):
        return peers.Target(self.weir, self.port, lambda alias: [f"x-api-key: {KEY}"], lambda alias: alias)

    def request(self, dialect, alias, stream=True):
        """The bytes of a request to Weir, in a file."""
        path, body = chat(dialect, alias, stream)
        return self.message(f"{dialect}-{alias}", path, body)

    def message(self, name, path, body, headers=(f"x-api-key: {KEY}",)):
        body = json.dumps(body)
        file = self.bench.folder / f"request-{name}"
        head = [f"POST {path} HTTP/1.1", "Host: a", *headers, "Content-Type: application/json", f"Content-Length: {len(body)}"]
        file.write_text("\r\n".join(head) + f"\r\n\r\n{body}")
        return file

    def load(self, port, request, connections, count, rate=0):
        """Answers, bytes, and of the times to the first byte of a body the median and the 99th percentile in µs."""
        command = [*self.bench.pinned(1), self.tool, "load", port, request, connections, count, rate]
        out = subprocess.run([str(c) for c in command], capture_output=True, text=True)
        assert out.returncode == 0, f"{request.name}: {out.stderr}"
        return [int(word) for word in out.stdout.split()]


def matrix(ai):
    """µs a whole chat, and µs a chunk of those that come together, by dialect and provider, and by nginx: the least of rounds in turn."""
    process, port = relay(ai)
    nginx = peers.Target(process, port, lambda alias: [], lambda alias: alias)
    pairs = {(dialect, provider): {} for dialect in SPEAKS for provider in MODELS} | {"nginx": {}}
    for number in range(ROUNDS):
        for pair, least in pairs.items():
            for size, plan in COUNTS.items():
                if pair == "nginx":
                    cost, _ = fixed(ai, nginx, "openai", f"openai-{size}", plan, f"/openai-{size}/chat/completions")
                else:
                    cost, _ = fixed(ai, ai.ours(), pair[0], f"{pair[1]}-{size}", plan)
                least[size] = min(cost, least.get(size, cost))
    chunk = {pair: (least["long"] - least["short"]) / (LONG - SHORT) for pair, least in pairs.items()}
    for pair, least in pairs.items():
        print(f"{pair}: {least['whole']:.1f} whole, {least['short']:.1f} of {SHORT} chunks, {chunk[pair]:.2f} a chunk", flush=True)
    return {pair: least["whole"] for pair, least in pairs.items()}, chunk


def one_by_one(ai):
    """µs a chunk of those that come one by one: passed, translated, and passed by nginx."""
    nginx, port = relay(ai)
    direct = ai.message("relay", "/openai-paced/chat/completions", {})
    cases = {"nginx, passed": (nginx, port, direct)}
    for dialect, provider in (("openai", "openai"), ("openai", "anthropic"), ("anthropic", "openai"), ("gemini", "anthropic"), ("responses", "gemini"), ("bedrock", "openai")):
        how = "passed" if provider in SPEAKS[dialect] else "translated"
        cases[f"weir, {dialect} to {provider}, {how}"] = (ai.weir, ai.port, ai.request(dialect, f"{provider}-paced"))
    rows = {}
    for name, (process, port, request) in cases.items():
        ai.load(port, request, PACED, 1)
        before = cpu_seconds(process.pid)
        done, _, _, _ = ai.load(port, request, PACED, 2)
        rows[name] = (cpu_seconds(process.pid) - before) / (done * LONG) * 1e6
        print(f"one by one, {name}: {rows[name]:.2f} a chunk", flush=True)
    return rows


def first_token(ai):
    """The time to the first token at half of Weir's saturation, through it, through nginx, and straight from the mock: the least of rounds
    in turn, in µs."""
    _, nginx = relay(ai)
    rows = []
    for dialect, provider in (("openai", "openai"), ("openai", "anthropic")):
        _, saturation = ai.wrk(ai.ours(), dialect, f"{provider}-short", seconds=2)
        rate, connections = saturation / 2, 64
        through = ai.request(dialect, f"{provider}-short")
        direct = ai.message(f"direct-{provider}", f"/{provider}-short/v1", {})
        count = int(rate * SECONDS / connections)
        ways = {"weir": (ai.port, through), "nginx": (nginx, direct), "straight": (ai.back, direct)}
        rounds = [{way: ai.load(*to, connections, count, rate) for way, to in ways.items()} for _ in range(TURNS)]
        least = {way: [min(one[way][at] for one in rounds) for at in (2, 3)] for way in ways}
        rows.append((f"{dialect} to {provider}", rate, *least["weir"], *least["nginx"], *least["straight"]))
        print(" | ".join(str(word) for word in rows[-1]), flush=True)
    return rows


def relay(ai):
    """nginx before the mock: its process and its port."""
    server = f"location / {{ proxy_buffering off; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_pass http://back; }}"
    up = f"access_log {ai.bench.folder}/relay.log like buffer=64k; upstream back {{ server 127.0.0.1:{ai.back}; keepalive 256; }}"
    return ai.bench.nginx(0, f"relay{len(ai.bench.processes)}", server, up)


def many_streams(ai):
    """MB resident before, and at most with many streams open at the same time, of four pairs."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 65_536), limit))
    pairs = (("openai", "openai"), ("openai", "anthropic"), ("anthropic", "openai"), ("gemini", "bedrock"))
    requests = [ai.request(dialect, f"{provider}-slow").read_bytes() for dialect, provider in pairs]
    idle, most = resident(ai.weir.pid) / 1024, 0
    selector, heard, sockets = selectors.DefaultSelector(), set(), []
    for number in range(OPEN):
        sockets.append(socket.create_connection(("127.0.0.1", ai.port)))
        sockets[-1].sendall(requests[number % len(requests)])
        selector.register(sockets[-1], selectors.EVENT_READ)
    end = time.monotonic() + 15
    while time.monotonic() < end:
        for key, _ in selector.select(0.1):
            piece = key.fileobj.recv(65_536)
            assert piece, "a stream ended early"
            if key.fileobj not in heard:
                assert piece.startswith(b"HTTP/1.1 200"), piece
                heard.add(key.fileobj)
        if len(heard) == OPEN:
            most = max(most, resident(ai.weir.pid) / 1024)
    assert len(heard) == OPEN, f"{len(heard)} of {OPEN} streams began"
    for one in sockets:
        one.close()
    print(f"{OPEN} streams: {most:.0f} MB, before them {idle:.0f} MB", flush=True)
    return idle, most


def catalogue(ai):
    """Models, and the milliseconds to load them and to read every one."""
    models, load, read = subprocess.run([ai.tool, "catalogue"], capture_output=True, text=True, check=True).stdout.split()
    return int(models), int(load) / 1e3, int(read) / 1e3


CASES = [("openai", "openai-whole"), ("openai", "openai-short"), ("openai", "anthropic-whole"), ("openai", "anthropic-short"), ("anthropic", "openai-whole")]
LOADS = {"weir": (16, 500, 1_500), "litellm": (8, 20, 50), "portkey": (8, 150, 100)}


def beside(ai):
    """Weir's row and the peers' rows of each case; their versions; of each, how many times Weir's CPU it needs at least; what is missing.
    One after the other, each by itself."""
    ai.bench.priority = []
    ai.weir.terminate()
    ai.weir.wait()
    ai.weir, ai.port = ai.start()
    found, versions, missing = {}, {}, {}
    for name, start in {"weir": None, **peers.PEERS}.items():
        try:
            target = start(ai.bench, ai.back, MODELS) if start else ai.ours()
        except (OSError, subprocess.SubprocessError, SystemExit) as error:
            missing[name] = " ".join(str(getattr(error, "stderr", "") or error).split())[-300:]
            print(f"{name} cannot be measured: {missing[name]}", flush=True)
            continue
        versions[name] = target.version
        for one in CASES:
            try:
                found[one, name] = (*fixed(ai, target, *one, LOADS[name]), resident(target.process.pid) / 1024)
            except AssertionError as error:
                found[one, name] = f"fails: {' '.join(str(error).split())[-80:]}"
            print(case(*one), name, found[one, name], flush=True)
        target.process.terminate()
        target.process.wait()
    rows, least = [], {}
    for (one, name), figures in sorted(found.items(), key=lambda item: CASES.index(item[0][0])):
        if isinstance(figures, str):
            rows.append((case(*one), name, figures, "", "", ""))
            continue
        (cpu, rate, memory), times = figures, figures[0] / found[one, "weir"][0]
        if name != "weir":
            least[name] = min(least.get(name, (1e9, "")), (times, case(*one)))
        rows.append((case(*one), name, f"{cpu:,.1f}", "" if name == "weir" else f"{times:,.0f}", f"{rate:,.0f}", f"{memory:,.0f}"))
    return rows, versions, least, missing


def fixed(ai, target, dialect, alias, plan, at=None):
    """CPU of a target in µs a request, and requests a second, of so many requests; `at` is another path than the dialect's."""
    connections, warm, count = plan
    path, body = chat(dialect, target.model(alias), not alias.endswith("-whole"))
    request = ai.message("fixed", at or path, body, target.headers(alias))
    ai.load(target.port, request, connections, warm)
    pid, began = target.process.pid, time.monotonic()
    before = cpu_seconds(pid)
    done, _, _, _ = ai.load(target.port, request, connections, count)
    return (cpu_seconds(pid) - before) / done * 1e6, done / (time.monotonic() - began)


def case(dialect, alias):
    provider, size = alias.split("-")
    return f"{dialect} to {provider}, {'whole' if size == 'whole' else f'streamed in {SHORT} pieces'}"


def table(pairs, digits):
    head = "| from, to | " + " | ".join(MODELS) + " |\n" + "| --- " * (len(MODELS) + 1) + "|\n"
    cell = lambda dialect, provider: f"{pairs[dialect, provider]:.{digits}f}" + (" ᵖ" if provider in SPEAKS[dialect] else "")
    return head + "".join(f"| {dialect} | " + " | ".join(cell(dialect, provider) for provider in MODELS) + " |\n" for dialect in SPEAKS)


def worst(pairs, passed):
    """The dearest of the pairs where bytes pass, or of the others: its cost and its name."""
    return max((pairs[d, p], f"{d} to {p}") for d in SPEAKS for p in MODELS if (p in SPEAKS[d]) == passed)


def aims(whole, chunk, first, memory, models, least):
    """What is aimed at, and what was measured."""
    pairs = (("a chat passed through", whole, True, PASS, 1), ("a chat translated", whole, False, TRANSLATED, 1))
    pairs += (("a chunk passed through", chunk, True, CHUNK_PASS, 2), ("a chunk translated", chunk, False, CHUNK_TRANSLATED, 2))
    for what, costs, passed, aim, digits in pairs:
        cost, name = worst(costs, passed)
        yield what, f"{aim} µs", f"{cost:.{digits}f} µs ({name})", cost <= aim
    added = max(through - straight for _, _, _, through, _, _, _, straight in first)
    yield "time added to the first token at half of saturation, 99th percentile", f"{FIRST_TOKEN / 1e3:.0f} ms", f"{added / 1e3:.2f} ms", added <= FIRST_TOKEN
    yield f"{OPEN:,} open streams", f"{RESIDENT} MB", f"{memory[1]:.0f} MB", memory[1] <= RESIDENT
    yield "the catalogue loaded", f"{CATALOGUE} ms", f"{models[1]:.2f} ms", models[1] <= CATALOGUE
    for name, (times, where) in least.items():
        yield f"{name}'s CPU in Weir's", f"at least {TIMES[name]} ×", f"{times:,.0f} × ({where})", times >= TIMES[name]


def priority():
    """Says of a measurement by higher priority that it is one."""
    return f" All but the peers' table ran by `{' '.join(PRIORITY)}`, other work being done beside it." if PRIORITY else ""


def write(whole, chunk, paced, first, memory, models, peer):
    rows, versions, least, missing = peer
    text = f"""## Models

Printed by `make bench-ai` on {report.machine()}. The gateway under test has one core; load and a mock provider that answers
with bytes made beforehand have the other. A chat is a system message, a question and an answer of {SHORT} words; its key is checked, its rate limited, its usage and
cost are found, and its record is kept. CPU is user and system time of the process, its writer threads included, of a fixed number of requests on 64 connections, the least of
{ROUNDS} rounds in turn, since what else a machine does only adds to it.{priority()}

| what | aim, at most | worst measured | |
| --- | --- | --- | --- |
"""
    text += "".join(f"| {what} | {aim} | {found} | {'met' if met else '**missed**'} |\n" for what, aim, found, met in aims(whole, chunk, first, memory, models, least))
    text += f"\nCPU of a whole chat, µs; ᵖ: both sides speak the same, so that bytes pass. nginx as a plain proxy of the same: {whole['nginx']:.1f}.\n\n" + table(whole, 1)
    text += f"\nCPU of a streamed chunk, µs: the difference between streams of {LONG} and of {SHORT} pieces, which come together. nginx: {chunk['nginx']:.2f}.\n\n" + table(chunk, 2)
    text += f"""
Chunks that come one by one ({PACED} streams at a time, a piece each {STREAMS['paced'][1] // 1000} ms) cost a receive and a send each, which are the kernel's:

| | CPU, µs a chunk |
| --- | --- |
"""
    text += "".join(f"| {name} | {cost:.2f} |\n" for name, cost in paced.items())
    text += f"""
The time to the first token at half of saturation, with callers that come at random, through Weir, through nginx, and straight from the mock, the least of {TURNS} rounds of half a second, the first 100 ms of which warm the connections up and do not count:

| | requests/s | p50, µs | p99, µs | nginx, p50, µs | nginx, p99, µs | straight, p50, µs | straight, p99, µs |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
    text += "".join("| " + " | ".join([name, *[f"{value:,.0f}" for value in values]]) + " |\n" for name, *values in first)
    text += f"""
- {OPEN:,} streams at a time of four pairs: {memory[1]:.0f} MB resident, {memory[0]:.0f} MB before them
- the catalogue: {models[0]:,} models, loaded in {models[1]:.2f} ms, every line read in {models[2]:.1f} ms

Beside LiteLLM's proxy ({versions.get('litellm', 'not installed')}, one worker, its key checked, no database) and Portkey's gateway ({versions.get('portkey', 'not installed')}), which record
nothing, with the same requests to the same mock; a fixed number of them after others to warm up by. The bench installs them from PyPI and npm into `~/.cache/weir/bench`
(`WEIR_BENCH_CACHE` names another folder):

| case | gateway | CPU, µs a request | times Weir's | requests/s | resident, MB |
| --- | --- | --- | --- | --- | --- |
"""
    text += "".join("| " + " | ".join(row) + " |\n" for row in rows)
    text += "".join(f"\n{name} could not be installed here: {reason}\n" for name, reason in missing.items())
    report.put("ai", text)


def profile(bench, tool, dialect, alias):
    """Counts the instructions of a chat, the start and the first requests left away."""
    out = under_callgrind(bench, "--instr-atstart=no")
    ai = Ai(bench, tool)
    request = ai.request(dialect, alias, not alias.endswith("-whole"))
    ai.load(ai.port, request, 4, 50)
    subprocess.run(["callgrind_control", "--instr=on", str(ai.weir.pid)], check=True, capture_output=True)
    done, _, _, _ = ai.load(ai.port, request, 4, 250)
    subprocess.run(["callgrind_control", "--instr=off", str(ai.weir.pid)], check=True, capture_output=True)
    counted(ai.weir, out, done)


def main():
    binary, tool = (Path(word).resolve() for word in sys.argv[1:3])
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
        bench = Bench(binary, Path(folder))
        try:
            if len(sys.argv) > 3:
                profile(bench, tool, *sys.argv[3:])
                return
            ai = Ai(bench, tool)
            whole, chunk = matrix(ai)
            paced, first, memory, models = one_by_one(ai), first_token(ai), many_streams(ai), catalogue(ai)
            write(whole, chunk, paced, first, memory, models, beside(ai))
        finally:
            bench.stop()


if __name__ == "__main__":
    main()
