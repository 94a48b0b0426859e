"""Measures Weir beside nginx and HAProxy: the proxy on one core, load and back end on another, rounds in turn."""

import json
import os
import re
import shlex
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import report

HERE = Path(__file__).parent
ROUNDS, SECONDS, CONNECTIONS = 5, 2, 64
KEY = "weir_bench_key"
ANSWER = "x" * 128


# Put before all that is measured and what measures it, such as `chrt -f 10` on a machine that has other work to do.
PRIORITY = shlex.split(os.environ.get("WEIR_BENCH_PRIORITY", ""))


def tool(name):
    return shutil.which(name) or f"/usr/sbin/{name}"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu_seconds(pid):
    """User and system time of a process and its children that still run, by the kernel's clock of each process, which counts nanoseconds."""
    total, todo = 0.0, [pid]
    while todo:
        one = todo.pop()
        total += time.clock_gettime(~one << 3 | 2)
        todo += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
    return total


def resident(pid):
    total, todo = 0, [pid]
    while todo:
        one = todo.pop()
        total += next(int(l.split()[1]) for l in Path(f"/proc/{one}/status").read_text().splitlines() if l.startswith("VmRSS"))
        todo += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
    return total


class Bench:
    def __init__(self, binary, folder):
        self.binary, self.folder, self.processes, self.priority = binary, folder, [], PRIORITY

    def pinned(self, core):
        return [*self.priority, "taskset", "-c", str(core)]

    def start(self, core, port, *command, patience=10):
        log = open(self.folder / f"log-{len(self.processes)}", "w")
        process = subprocess.Popen([*self.pinned(core), *map(str, command)], stdout=log, stderr=log)
        self.processes.append(process)
        for _ in range(50 * patience):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return process
            except OSError:
                if process.poll() is not None:
                    sys.exit(Path(log.name).read_text())
                time.sleep(0.02)
        sys.exit(f"{command[0]} does not listen")

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()

    def nginx(self, core, name, server, extra=""):
        folder = self.folder / name
        folder.mkdir()
        temps = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;" if os.geteuid() == 0 else ""
        port = free_port()
        text = f"""{user} worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error;
events {{ worker_connections 4096; }}
http {{ {temps} keepalive_requests 100000000; client_max_body_size 0; client_body_buffer_size 256k;
log_format like '$time_iso8601 $remote_addr $request_method $uri $status $request_time $upstream_response_time $bytes_sent';
{extra}
server {{ listen 127.0.0.1:{port} backlog=4096; {server} }} }}"""
        (folder / "conf").write_text(text)
        return self.start(core, port, tool("nginx"), "-p", folder, "-c", folder / "conf"), port

    def haproxy(self, core, back):
        port, conf = free_port(), self.folder / "haproxy.cfg"
        conf.write_text(f"""global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  log stdout format raw local0
  option httplog
frontend f
  bind 127.0.0.1:{port}
  default_backend b
backend b
  http-reuse always
  server s 127.0.0.1:{back}
""")
        return self.start(core, port, tool("haproxy"), "-f", conf), port

    def weir(self, core, back, routes=0):
        text = (HERE / "weir.yaml").read_text().replace("@back@", str(back)).replace("@hash@", self.digest())
        text += "".join(f"- {{kind: Route, name: r{n}, spec: {{service: open, paths: ['/r{n}/x']}}}}\n" for n in range(routes))
        began = time.monotonic()
        process, port = self.serve(core, text)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/open/small", timeout=10) as answer:
            assert answer.status == 200
        return process, port, time.monotonic() - began

    def digest(self):
        """The key's hash, as documents have it."""
        return subprocess.run([self.binary, "key", "--hash", KEY], capture_output=True, text=True, check=True).stdout.split()[-1]

    def serve(self, core, text):
        """Weir with these documents."""
        port, folder = free_port(), self.folder / f"weir-{len(self.processes)}"
        folder.mkdir()
        (folder / "weir.yaml").write_text(text)
        command = [self.binary, "serve", "--config", folder / "weir.yaml", "--data", folder / "data", "--cores", "1"]
        return self.start(core, port, *command, "--listen", f"127.0.0.1:{port}", "--admin", "127.0.0.1:0"), port

    def load(self, port, path, headers=(), body=None, seconds=SECONDS, connections=CONNECTIONS, core=1):
        command = [*self.pinned(core), tool("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
        for header in headers:
            command += ["-H", header]
        if body is not None:
            script = self.folder / "post.lua"
            script.write_text(f"wrk.method='POST'\nwrk.body=[==[{body}]==]\nwrk.headers['Content-Type']='application/json'\n")
            command += ["-s", script]
        out = subprocess.run([str(c) for c in command] + [f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True).stdout
        done = int(re.search(r"(\d+) requests in", out).group(1))
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
        assert not bad, f"{path}: {bad.group(0)}"
        unit = {"us": 1, "ms": 1e3, "s": 1e6}
        p = {k: float(v) * unit[u] for k, v, u in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", out)}
        return done, p.get("50", 0), p.get("99", 0)


def measure(bench, peers, path_of, **load):
    """CPU per request in µs, requests a second, p50 and p99 in µs, memory in MB; medians of rounds in turn."""
    rounds = {name: [] for name in peers}
    for number in range(ROUNDS + 1):
        for name, (process, port) in peers.items():
            before, began = cpu_seconds(process.pid), time.monotonic()
            done, p50, p99 = bench.load(port, path_of(name), seconds=1 if number == 0 else SECONDS, **load)
            took, used = time.monotonic() - began, cpu_seconds(process.pid) - before
            if number:
                rounds[name].append((used / done * 1e6, done / took, p50, p99, resident(process.pid) / 1024))
    return {name: [statistics.median(column) for column in zip(*rows)] for name, rows in rounds.items()}


def main():
    binary = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as folder:
        bench = Bench(binary, Path(folder))
        try:
            profile(bench) if "--profile" in sys.argv else run(bench)
        finally:
            bench.stop()


def back_end(bench):
    def quoted(name):
        return (HERE / "answers" / name).read_text()

    (bench.folder / "www").mkdir()
    (bench.folder / "www" / "big").write_bytes(b"x" * 100_000)
    for name in ("openai.json", "openai.sse", "anthropic.json", "anthropic.sse"):
        (bench.folder / "www" / name).write_text(quoted(name))
    www = bench.folder / "www"
    serve = "".join(
        f"location = {path} {{ root {www}; default_type {kind}; error_page 405 =200 /{file}; rewrite ^ /{file} break; }} location = /{file} {{ root {www}; default_type {kind}; }} "
        for path, file, kind in (
            ("/plain/chat/completions", "openai.json", "application/json"),
            ("/stream/chat/completions", "openai.sse", "text/event-stream"),
            ("/plain/v1/messages", "anthropic.json", "application/json"),
            ("/stream/v1/messages", "anthropic.sse", "text/event-stream"),
        )
    )
    return bench.nginx(1, "back", f"access_log off; location /small {{ return 200 '{ANSWER}'; }} location = /big {{ root {www}; }} location = /upload {{ return 200; }} {serve}")[1]


def run(bench):
    back = back_end(bench)
    # Bodies stream through, and none goes by way of a file, as in the other two.
    relay = "proxy_buffers 8 64k; proxy_max_temp_file_size 0; proxy_request_buffering off; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_pass http://back;"
    up = f"upstream back {{ server 127.0.0.1:{back}; keepalive 256; }} access_log {bench.folder}/access.log like buffer=64k;"
    keyed = f"{up} map $http_x_api_key $known {{ default 0; '{KEY}' 1; }} limit_req_zone $http_x_api_key zone=z:1m rate=1000000r/s;"
    nginx = bench.nginx(0, "nginx", f"location / {{ {relay} }}", up)
    nginx_keyed = bench.nginx(0, "keyed", f"location / {{ if ($known = 0) {{ return 401; }} limit_req zone=z burst=100000 nodelay; {relay} }}", keyed)
    haproxy = bench.haproxy(0, back)
    weir, port, started = bench.weir(0, back)
    idle = resident(weir.pid) / 1024
    weir = (weir, port)
    key = [f"x-api-key: {KEY}"]

    def chat(model, stream):
        return json.dumps({"model": model, "stream": stream, "messages": [{"role": "user", "content": "What is the weather in Paris?"}]})

    rows = []

    def case(title, peers, path_of, **load):
        result = measure(bench, peers, path_of, **load)
        reference = result.get("nginx")
        for name, (cpu, rate, p50, p99, memory) in result.items():
            ratio = f"{cpu / reference[0]:.2f}" if reference and name != "nginx" else ""
            rows.append((title, name, f"{cpu:.1f}", ratio, f"{rate:.0f}", f"{p50:.0f}", f"{p99:.0f}", f"{memory:.0f}"))
            print(" | ".join(rows[-1]), flush=True)

    all_three = {"nginx": nginx, "weir": weir, "haproxy": haproxy}
    case("(a) plain, 128 B", all_three, lambda n: "/open/small" if n == "weir" else "/small")
    case("(b) key, limit, record", {"nginx": nginx_keyed, "weir": weir}, lambda n: "/keyed/small" if n == "weir" else "/small", headers=key)
    case("(c) 100 KB down", all_three, lambda n: "/open/big" if n == "weir" else "/big")
    case("(c) 100 KB up", all_three, lambda n: "/open/upload" if n == "weir" else "/upload", body="x" * 100_000)
    for letter, model, what in (("d", "pass", "chat, passed through"), ("e", "translated", "chat, to Anthropic")):
        for stream in (False, True):
            kind = "streamed" if stream else "whole"
            case(f"({letter}) {what}, {kind}", {"weir": weir}, lambda n: "/v1/chat/completions", headers=key, body=chat(f"{model}-{kind}", stream))
    many, many_port, _ = bench.weir(0, back, routes=10_000)
    case("10 and 10,000 routes", {"weir": weir, "weir, 10,000 routes": (many, many_port)}, lambda n: "/open/small")
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(1_000)]
    for connection in held:
        connection.sendall(b"GET /open/small HTTP/1.1\r\nHost: a\r\n\r\n")
    for connection in held:
        connection.recv(4096)
    memory = resident(weir[0].pid) / 1024
    facts = [f"start to the first served request: {started * 1000:.0f} ms", f"resident, idle: {idle:.0f} MB", f"resident, 1,000 open connections: {memory:.0f} MB"]
    print("\n".join(facts))
    write(rows, facts)


def write(rows, facts):
    versions = [subprocess.run([tool("nginx"), "-v"], capture_output=True, text=True).stderr.strip().split("/")[-1]]
    versions.append(subprocess.run([tool("haproxy"), "-v"], capture_output=True, text=True).stdout.split()[2])
    head = f"""## Beside nginx and HAProxy

Printed by `make bench` on {report.machine()}; nginx {versions[0]}, HAProxy {versions[1]}.
The proxy under test has one core, load (wrk, {CONNECTIONS} connections) and back end (nginx) the other; {ROUNDS} rounds of
{SECONDS} s in turn, medians. Records, or access logs with the like fields, are on. CPU is user and system time of the process
per request, its writer threads included. Absolute times depend on the machine; the ratio to nginx is what to read.

| case | proxy | CPU, µs a request | ratio to nginx | requests/s | p50, µs | p99, µs | resident, MB |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
    table = "".join("| " + " | ".join(row) + " |\n" for row in rows)
    report.put("proxies", head + table + "\n" + "".join(f"- {fact}\n" for fact in facts))


def under_callgrind(bench, *flags):
    """The binary is Weir under callgrind from here on; answers where the counts will be."""
    out, wrapper = bench.folder / "callgrind.out", bench.folder / "weir"
    command = shlex.join(["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}", *flags, str(bench.binary)])
    wrapper.write_text(f'#!/bin/sh\n[ "$1" = serve ] || exec {bench.binary} "$@"\nexec {command} "$@"\n')
    wrapper.chmod(0o755)
    bench.binary = wrapper
    return out


def counted(process, out, done, lines=60):
    """Ends the process, and prints the instructions of each request and the functions that took most."""
    process.terminate()
    process.wait()
    text = subprocess.run(["callgrind_annotate", str(out)], capture_output=True, text=True).stdout
    total = int(re.search(r"([\d,]+) .*PROGRAM TOTALS", text).group(1).replace(",", ""))
    print(f"{done} requests, {total / done:,.0f} instructions each")
    print("\n".join(text.splitlines()[:lines]))


def profile(bench):
    back = back_end(bench)
    out = under_callgrind(bench)
    process, port, _ = bench.weir(0, back)
    done, _, _ = bench.load(port, "/open/small", seconds=5, connections=8)
    counted(process, out, done)


if __name__ == "__main__":
    main()
