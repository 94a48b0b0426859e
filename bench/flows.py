"""Measures flows: ten steps on three levels beside the plain call, a chain over a slow link beside the client's own calls, memory of runs under way,
the planner."""

import asyncio
import http.client
import json
import multiprocessing
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report
from run import PRIORITY, Bench, counted, cpu_seconds, resident, tool, under_callgrind

ROUNDS, SECONDS = 5, 2
LINK = 0.050
ANSWER = json.dumps({"id": "7", "name": "A thing of some length", "next": "8", "tags": ["one", "two", "three"], "price": {"amount": "12.50", "currency": "EUR"}, "available": 17})
OPENAPI = {"openapi": "3.1.0", "info": {"title": "Things", "version": "1"}, "paths": {"/api/{id}": {"get": {"operationId": "get", "parameters": [{"name": "id", "in": "path", "required": True}]}}}}


def step(name, of):
    # With its name in the path, since steps that ask for the same would share one call.
    return {"stepId": name, "operationId": "get", "parameters": [{"name": "id", "in": "path", "value": f"{name}-{of}"}], "outputs": {"next": "$response.body#/next", "name": "$response.body#/name"}}


def arazzo(steps):
    outputs = {one["stepId"]: f"$steps.{one['stepId']}.outputs.name" for one in steps}
    return {
        "arazzo": "1.1.0",
        "info": {"title": "Measured", "version": "1"},
        "sourceDescriptions": [{"name": "things", "url": "things.json", "type": "openapi"}],
        "workflows": [{"workflowId": "w", "steps": steps, "outputs": outputs}],
    }


def wide():
    """Ten steps: four, three and three."""
    first = [step(f"a{n}", str(n)) for n in range(4)]
    second = [step(f"b{n}", f"{{$steps.a{n}.outputs.next}}") for n in range(3)]
    return arazzo(first + second + [step(f"c{n}", f"{{$steps.b{n}.outputs.next}}") for n in range(3)])


def chain(count):
    return arazzo([step("s0", "1")] + [step(f"s{n}", f"{{$steps.s{n - 1}.outputs.next}}") for n in range(1, count)])


def documents(back):
    flows = {"wide": wide(), "chain": chain(5), "one": chain(1)}
    docs = [
        {"kind": "Upstream", "name": "back", "spec": {"targets": [{"host": "127.0.0.1", "port": back}]}},
        {"kind": "Service", "name": "open", "spec": {"backend": {"upstream": {"name": "back"}}, "access": {"mode": "public"}, "openapi": OPENAPI}},
        {"kind": "Route", "name": "open", "spec": {"service": "open", "paths": ["/api/*"]}},
    ]
    for name, document in flows.items():
        docs.append({"kind": "Flow", "name": name, "spec": {"arazzo": document, "sources": {"things": {"service": "open"}}}})
        docs.append({"kind": "Route", "name": name, "spec": {"service": "open", "paths": [f"/run/{name}"], "flow": {"name": name}}})
    return "\n---\n".join(json.dumps(one) for one in docs)


def relay(port, to, ready):
    """Carries connections, each byte half the link's time later."""

    async def pump(reader, writer):
        queue = asyncio.Queue()

        async def late():
            while (item := await queue.get()) is not None:
                at, data = item
                await asyncio.sleep(max(0, at - time.monotonic()))
                writer.write(data)
            writer.close()

        task = asyncio.create_task(late())
        while data := await reader.read(65536):
            queue.put_nowait((time.monotonic() + LINK / 2, data))
        queue.put_nowait(None)
        await task

    async def accept(reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", to)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer), return_exceptions=True)

    async def serve():
        server = await asyncio.start_server(accept, "127.0.0.1", port)
        ready.set()
        await server.serve_forever()

    asyncio.run(serve())


def over_the_link(port):
    """Seconds of five calls one after another by the client, and of the flow that makes them, each over the slow link; medians."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        slow = s.getsockname()[1]
    ready = multiprocessing.Event()
    process = multiprocessing.Process(target=relay, args=(slow, port, ready), daemon=True)
    process.start()
    ready.wait()
    connection = http.client.HTTPConnection("127.0.0.1", slow)

    def get(path):
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())

    def own():
        of = "1"
        for _ in range(5):
            of = get(f"/api/{of}")["next"]

    def timed(run):
        began = time.monotonic()
        run()
        return time.monotonic() - began

    get("/api/1")
    times = [(timed(own), timed(lambda: get("/run/chain"))) for _ in range(7)]
    process.terminate()
    return [statistics.median(column) for column in zip(*times)]


def held(bench, path, port_of, process, count=1_000):
    """Kilobytes that each of so many calls under way takes."""
    before = resident(process.pid)
    connections = [socket.create_connection(("127.0.0.1", port_of)) for _ in range(count)]
    for connection in connections:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    time.sleep(1.5)
    after = resident(process.pid)
    for connection in connections:
        connection.close()
    time.sleep(1)
    return (after - before) / count


def silent(port, ready):
    """Takes connections, and never answers."""

    async def accept(reader, writer):
        await reader.read(-1)
        writer.close()

    async def serve():
        server = await asyncio.start_server(accept, "127.0.0.1", port, backlog=4096)
        ready.set()
        await server.serve_forever()

    asyncio.run(serve())


def memory(bench):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        back = s.getsockname()[1]
    ready = multiprocessing.Event()
    process = multiprocessing.Process(target=silent, args=(back, ready), daemon=True)
    process.start()
    ready.wait()
    weir, port = bench.serve(0, documents(back))
    held(bench, "/api/1", port, weir)
    plain = held(bench, "/api/1", port, weir)
    weir, port = bench.serve(0, documents(back))
    held(bench, "/api/1", port, weir)
    run = held(bench, "/run/one", port, weir)
    process.terminate()
    return plain, run


def main():
    binary, measure = Path(sys.argv[1]).resolve(), sys.argv[2]
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
        bench = Bench(binary, Path(folder))
        try:
            profile(bench, *sys.argv[3:]) if len(sys.argv) > 3 else run(bench, measure)
        finally:
            bench.stop()


def back_end(bench):
    return bench.nginx(1, "back", f"access_log off; location /api/ {{ default_type application/json; return 200 '{ANSWER}'; }}")[1]


def profile(bench, path):
    """Counts the instructions of a call of this path, the start and the first calls left away."""
    out = under_callgrind(bench, "--instr-atstart=no")
    weir, port = bench.serve(0, documents(back_end(bench)))
    bench.load(port, path, seconds=2, connections=4)
    subprocess.run(["callgrind_control", "--instr=on", str(weir.pid)], check=True, capture_output=True)
    done, _, _ = bench.load(port, path, seconds=5, connections=4)
    subprocess.run(["callgrind_control", "--instr=off", str(weir.pid)], check=True, capture_output=True)
    counted(weir, out, done)


def run(bench, measure):
    back = back_end(bench)
    weir, port = bench.serve(0, documents(back))

    def cpu(path, **load):
        rounds = []
        for number in range(ROUNDS + 1):
            before, began = cpu_seconds(weir.pid), time.monotonic()
            done, p50, _ = bench.load(port, path, seconds=SECONDS, **load)
            used, took = cpu_seconds(weir.pid) - before, time.monotonic() - began
            if number:
                rounds.append((used / done * 1e6, done / took, p50))
        return [statistics.median(column) for column in zip(*rounds)]

    plain, flow = cpu("/api/1"), cpu("/run/wide")
    # From Weir's core, since a back end's call takes longer where another core is to be woken for it.
    alone = lambda on, path, **where: min(bench.load(on, path, seconds=SECONDS, connections=1, **where)[1] for _ in range(3))
    direct, beside = alone(back, "/api/1", core=0), alone(back, "/api/1")
    through, one, wide = (alone(port, path) for path in ("/api/1", "/run/one", "/run/wide"))
    own, chained = over_the_link(port)
    plain_memory, run_memory = memory(bench)
    planned = int(subprocess.run([*bench.pinned(0), measure, "plan", "1000"], capture_output=True, text=True, check=True).stdout.split()[-1])
    a_step = (flow[0] - plain[0]) / 10 - plain[0]
    rows = [
        ("wall time of 10 steps on 3 levels above three of its back end's calls, p50, unloaded", "150 µs", f"{wide - 3 * direct:.0f} µs ({wide:.0f} and 3 × {direct:.0f})", wide - 3 * direct <= 150),
        ("CPU of a step above the plain call", "12 µs", f"{a_step:.1f} µs (a run {flow[0]:.0f}, a plain call {plain[0]:.1f})", a_step <= 12),
        ("runs a second on one core", "1,000", f"{flow[1]:.0f}", flow[1] >= 1_000),
        (f"a chain of 5 over a link of {LINK * 1000:.0f} ms, sooner than the client's own calls", "3 ×", f"{own / chained:.1f} × ({chained * 1000:.0f} ms, {own * 1000:.0f} ms)", own / chained >= 3),
        ("planning 1,000 steps", "10 ms", f"{planned / 1000:.1f} ms", planned <= 10_000),
        ("memory of a run under way", "64 kB", f"{run_memory:.0f} kB (a plain call {plain_memory:.0f})", run_memory <= 64),
    ]
    lines = "".join(f"| {what} | {aim} | {got} | {'met' if met else 'missed'} |\n" for what, aim, got, met in rows)
    print(lines)
    version = subprocess.run([tool("nginx"), "-v"], capture_output=True, text=True).stderr.strip().split("/")[-1]
    by = f" All ran by `{' '.join(PRIORITY)}` (`WEIR_BENCH_PRIORITY`), other work being done beside it." if PRIORITY else ""
    report.put("flows", f"""## Flows

Printed by `make bench` on {report.machine()}; the back end is nginx {version}. Weir has one core, load (wrk, 64 connections, or 1 where unloaded) and back end the other;
medians of {ROUNDS} rounds of {SECONDS} s. A step makes a call of its own, reads a JSON answer of {len(ANSWER)} bytes and takes two values from it.{by}

Unloaded, a back end's call takes {direct:.0f} µs from Weir's core, most of which goes to the waking of the other core and back ({beside:.0f} µs from the back end's own core). Through Weir, whose caller is
woken so too, a plain call takes {through:.0f} µs, a run of one step {one:.0f}, and of ten steps on three levels {wide:.0f}.

| what | aim | measured | |
| --- | --- | --- | --- |
{lines}""")


if __name__ == "__main__":
    main()
