"""Jobs: accepted runs of a flow, and a gateway that is killed again and again while they run."""

import hashlib
import http.client
import json
import os
import random
import signal
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import free_port

RUNS = int(os.environ.get("WEIR_E2E_JOBS", "200"))
KILLS = int(os.environ.get("WEIR_E2E_JOB_KILLS", "10"))
KEY = "wk_e2e-6f1d2c3b4a595f6e"
UNKNOWN = "whether it was made is not known"

PARAMETERS = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in ("run", "step")]
OPENAPI = {"openapi": "3.1.0", "info": {"title": "Things", "version": "1"}, "paths": {"/things": {
    "get": {"operationId": "read", "parameters": PARAMETERS},
    "post": {"operationId": "make", "parameters": PARAMETERS},
}}}


def step(name, operation, before=None, **more):
    parameters = [{"name": "run", "in": "query", "value": "$inputs.run"}, {"name": "step", "in": "query", "value": name}]
    depends = {"dependsOn": [before]} if before else {}
    return {"stepId": name, "operationId": operation, "parameters": parameters, "outputs": {"v": "$response.body#/v"}, **depends, **more}


ARAZZO = {"arazzo": "1.1.0", "info": {"title": "t", "version": "1"},
          "sourceDescriptions": [{"name": "things", "url": "./things.json", "type": "openapi"}],
          "workflows": [{"workflowId": "w", "inputs": {"type": "object"},
                         "steps": [step("look", "read", **{"x-weir-identity": "caller"}), step("reserve", "make", "look"), step("wait", "read", "reserve"),
                                   step("tell", "make", "wait", **{"x-weir-repeatable": True}), step("pay", "make", "tell")],
                         "outputs": {"run": "$inputs.run", "v": "$steps.pay.outputs.v"}}]}


class Things(BaseHTTPRequestHandler):
    """Notes what is made, and takes a little time."""

    protocol_version = "HTTP/1.1"
    seen, keys, lock = Counter(), {}, threading.Lock()

    def answer(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        query = dict(pair.split("=") for pair in self.path.split("?")[1].split("&"))
        what = (self.command, query["run"], query["step"])
        with Things.lock:
            Things.seen[what] += 1
            Things.keys.setdefault(what, set()).add(self.headers.get("idempotency-key"))
        time.sleep(random.uniform(0, 0.03))
        body = json.dumps({"v": f"{query['run']}-{query['step']}"}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass  # who asked was killed

    def log_message(self, *_):
        pass


class Gateway:
    """The real binary over a folder of its own, killed and started again at the same place."""

    def __init__(self, world, upstream):
        self.world, self.port, self.number = world, free_port(), 0
        self.folder = world.folder / "jobs"
        self.folder.mkdir()
        documents = [
            ("Upstream", "up", {"targets": [{"host": "127.0.0.1", "port": upstream}]}),
            ("Service", "things", {"backend": {"upstream": {"name": "up"}}, "openapi": OPENAPI, "access": {"mode": "application"}}),
            ("Route", "things", {"service": "things", "paths": ["/api/*"], "strip_prefix": "/api"}),
            ("Service", "flows", {"backend": {"upstream": {"name": "up"}}, "access": {"mode": "application"},
                                  "jobs": {"max_running": 8, "max_queued": 10_000}}),
            ("Flow", "f", {"arazzo": ARAZZO, "sources": {"things": {"service": "things"}}}),
            ("Route", "run", {"service": "flows", "paths": ["/run/{run}"], "flow": {"name": "f"}}),
            ("Route", "jobs", {"service": "flows", "paths": ["/jobs/*"]}),
            ("Application", "shop", {}),
            ("Credential", "shop-key", {"application": "shop", "key_hash": "sha256:" + hashlib.sha256(KEY.encode()).hexdigest()}),
        ]
        lines = [json.dumps({"kind": kind, "name": name, "spec": spec}) for kind, name, spec in documents]
        (self.folder / "weir.yaml").write_text("\n---\n".join(lines) + "\n")
        self.start()

    def start(self):
        self.number += 1
        self.process = self.world.start(f"weir-jobs-{self.number}", [
            self.world.binary, "serve", "--config", self.folder / "weir.yaml", "--data", self.folder / "data",
            "--listen", f"127.0.0.1:{self.port}", "--admin", "127.0.0.1:0",
        ], self.port)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        for path in (self.folder / "data").glob("jobs.db*"):
            assert KEY.encode() not in path.read_bytes(), f"a caller's key lies in {path.name}"
        self.start()

    def ask(self, method, path, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers={"Authorization": f"Bearer {KEY}", **(headers or {})})
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def insist(self, method, path, headers=None):
        """Asks until somebody answers."""
        deadline = time.monotonic() + 60
        while True:
            try:
                return self.ask(method, path, headers)
            except (OSError, http.client.HTTPException):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)


def check_every_accepted_run_ends_once_though_the_gateway_is_killed(world):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Things)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    gateway = Gateway(world, server.server_port)
    places, failures, over = {}, [], threading.Event()

    def client(runs):
        try:
            for run in runs:
                headers = {"Prefer": "respond-async", "Idempotency-Key": f'"run-{run}"', "Content-Length": "0"}
                response, body = gateway.insist("POST", f"/run/{run}", headers)
                assert response.status in (200, 202), (response.status, body)
                places[run] = response.headers["location"]
                over.wait(0.01)
        except Exception as error:
            failures.append(error)

    clients = [threading.Thread(target=client, args=(range(at, RUNS, 4),)) for at in range(4)]
    for one in clients:
        one.start()
    for _ in range(KILLS):
        over.wait(random.uniform(0.05, 0.8))
        gateway.kill()
    for one in clients:
        one.join()
    assert not failures, failures
    assert len(set(places.values())) == RUNS, "each run is one job"

    unknown = 0
    for run, place in places.items():
        deadline = time.monotonic() + 120
        while (job := json.loads(gateway.insist("GET", place)[1]))["state"] in ("queued", "running"):
            assert time.monotonic() < deadline, job
            over.wait(0.05)
        result = json.loads(gateway.insist("GET", f"{place}/result")[1])
        made = {name: Things.seen["POST", str(run), name] for name in ("reserve", "tell", "pay")}
        if job["state"] == "succeeded":
            assert result == {"run": str(run), "v": f"{run}-pay"}, result
            assert made["reserve"] == made["pay"] == 1 and made["tell"] >= 1, (run, made)
        else:
            assert job["state"] == "failed" and UNKNOWN in result["steps"][0]["detail"], (job, result)
            assert made["reserve"] <= 1 and made["pay"] <= 1, (run, made)
            unknown += 1
        again = json.loads(gateway.insist("GET", place)[1])
        assert again == job, "what has ended stays as it is"
    for (method, run, name), keys in Things.keys.items():
        assert method == "GET" or (len(keys) == 1 and None not in keys), (run, name, keys)
    assert unknown <= KILLS * 8, f"{unknown} of {RUNS} were cut off in a step that changes something"
    print(f"jobs: {RUNS} runs, {KILLS} kills, {unknown} cut off in a step that is not made twice")
    server.shutdown()
