"""The store and the admin API: changes under load, revocation, a crash, what a start refuses."""

import http.client
import json
import re
import signal
import subprocess
import threading
import time

from harness import free_port


class Quickstart:
    """A gateway with a store and the quickstart's documents, as it is before anybody set it up."""

    def __init__(self, world, name):
        self.world, self.data = world, world.folder / name
        self.port, self.admin_port, self.simulator = free_port(), free_port(), free_port()
        self.start(name)

    def start(self, name):
        self.log_file = self.world.folder / f"{name}-{time.monotonic_ns()}.log"
        self.process = self.world.start(self.log_file.stem, [
            self.world.binary, "serve", "--quickstart", "--data", self.data, "--listen", f"127.0.0.1:{self.port}",
            "--admin", f"127.0.0.1:{self.admin_port}", "--quickstart-listen", f"127.0.0.1:{self.simulator}",
        ], self.admin_port)
        deadline = time.monotonic() + 10
        while "\ntry," not in self.log() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.key = re.search(r"key +(\S+)", self.log()).group(1)

    def log(self):
        return self.log_file.read_text()

    def call(self, path="/shop/stock/prd-1", key=None, connection=None):
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path, headers={"Authorization": f"Bearer {key or self.key}"})
        response = connection.getresponse()
        response.read()
        return response.status


class Managed(Quickstart):
    """The same, signed in as its first administrator."""

    def __init__(self, world, name):
        super().__init__(world, name)
        self.cookie = self.csrf = None
        token = re.search(r"token=(\S+)", self.log()).group(1)
        self.sign_in("/api/v1/setup", {"token": token, "email": "ann@example.com", "name": "Ann", "password": "correct horse battery"})

    def sign_in(self, path, body):
        response, answer = self.api("POST", path, body)
        assert response.status in (200, 201), answer
        self.cookie = response.headers["set-cookie"].split(";")[0]
        self.csrf = answer["csrf_token"]

    def api(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=30)
        extra = {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{self.admin_port}"}
        extra |= {"Cookie": self.cookie, "x-csrf-token": self.csrf} if self.cookie else {}
        connection.request(method, path, None if body is None else json.dumps(body), {**extra, **(headers or {})})
        response = connection.getresponse()
        text = response.read()
        return response, json.loads(text) if text.startswith((b"{", b"[")) else text


def check_a_revoked_key_fails_within_a_second(world):
    weir = Managed(world, "revoke")
    response, made = weir.api("POST", "/api/v1/teams/default/applications/demo/keys", {"name": "second"})
    assert response.status == 201 and made["key"].startswith("weir_"), made
    assert weir.call(key=made["key"]) == 200
    credential = made["credential"]
    spec = {**credential["spec"], "revoked": True}
    body = {"kind": "Credential", "team": "default", "name": "second", "spec": spec}
    response, answer = weir.api("PUT", "/api/v1/teams/default/credentials/second", body, {"If-Match": f'"{credential["revision"]}"'})
    assert response.status == 200, answer
    deadline = time.monotonic() + 1
    while weir.call(key=made["key"]) != 401:
        assert time.monotonic() < deadline, "still valid after a second"
    assert weir.call() == 200


def check_changes_under_load_lose_no_request(world):
    weir = Managed(world, "changes")
    stop, bad, count = threading.Event(), [], [0]

    def load():
        connection = http.client.HTTPConnection("127.0.0.1", weir.port, timeout=30)
        while not stop.is_set():
            status = weir.call("/shop/missing", connection=connection)
            count[0] += 1
            if status != 404:
                bad.append(status)

    # Nothing but the changes may refuse these calls.
    response, plan = weir.api("GET", "/api/v1/teams/default/plans/pro")
    plan_body = {"kind": "Plan", "team": "default", "name": "pro", "spec": {}}
    response, plan = weir.api("PUT", "/api/v1/teams/default/plans/pro", plan_body, {"If-Match": f'"{plan["revision"]}"'})
    assert response.status == 200, plan
    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    response, route = weir.api("GET", "/api/v1/teams/default/routes/shop-read")
    revision = route["revision"]
    for number in range(1000):
        spec = {**route["spec"], "priority": number % 7, "policies": [{"headers": {"response": {"set": {"x-number": str(number)}}}}]}
        body = {"kind": "Route", "team": "default", "name": "shop-read", "spec": spec}
        response, answer = weir.api("PUT", "/api/v1/teams/default/routes/shop-read", body, {"If-Match": f'"{revision}"'})
        assert response.status in (200, 201), answer
        revision = answer["revision"]
    stop.set()
    for thread in threads:
        thread.join()
    assert not bad and count[0] > 100, (bad[:5], count)


def check_a_crash_loses_no_document_and_the_store_opens_clean(world):
    weir = Managed(world, "crash")
    written, stop = [], threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            try:
                response, _ = weir.api("POST", "/api/v1/teams/default/plans", {"kind": "Plan", "name": f"plan-{number}", "spec": {}})
            except OSError:
                return
            if response.status == 201:
                written.append(f"plan-{number}")

    def load():
        while not stop.is_set():
            try:
                weir.call("/shop/missing")
            except OSError:
                return

    threads = [threading.Thread(target=write), threading.Thread(target=load)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 30
    # What is younger than a second may be lost, so that something older has to be there.
    while (len(written) < 60 or not weir.api("GET", "/api/v1/calls?limit=1")[1].get("items")) and time.monotonic() < deadline:
        time.sleep(0.02)
    weir.process.send_signal(signal.SIGKILL)
    weir.process.wait()
    stop.set()
    for thread in threads:
        thread.join()
    weir.start("crash")
    found, cursor = set(), ""
    while cursor is not None:
        _, page = weir.api("GET", f"/api/v1/teams/default/plans?limit=200&cursor={cursor}" if cursor else "/api/v1/teams/default/plans?limit=200")
        found |= {item["name"] for item in page["items"]}
        cursor = page["next_cursor"]
    assert set(written) <= found, set(written) - found
    assert weir.call() == 200
    _, calls = weir.api("GET", "/api/v1/calls?limit=5")
    assert calls["items"], "records of before the crash are there"


def check_what_a_start_refuses_is_one_clear_line(world):
    weir = Managed(world, "refuse")
    ports = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
    out = world.weir("serve", "--data", weir.data, *ports, check=False)
    assert out.returncode == 1 and "used by another process" in out.stderr and out.stderr.count("\n") == 1, out.stderr
    out = world.weir("serve", "--data", world.folder / "other", "--listen", f"127.0.0.1:{weir.port}", "--admin", "127.0.0.1:0", check=False)
    assert out.returncode == 1 and str(weir.port) in out.stderr and out.stderr.count("\n") == 1, out.stderr
    (world.folder / "a-file").write_text("x")
    out = world.weir("serve", "--data", world.folder / "a-file", *ports, check=False)
    assert out.returncode == 1 and "a-file" in out.stderr, out.stderr
    broken = world.folder / "broken.yaml"
    broken.write_text("kind: Route\nname: [")
    out = world.weir("serve", "--data", world.folder / "other", "--config", broken, *ports, check=False)
    assert out.returncode == 1 and f"{broken}:" in out.stderr, out.stderr


def check_metrics_and_the_call_with_its_spans(world):
    weir = Managed(world, "sight")
    assert weir.call() == 200
    deadline = time.monotonic() + 10
    while True:
        _, page = weir.api("GET", "/api/v1/calls?service=shop")
        if page.get("items"):
            break
        assert time.monotonic() < deadline, page
        time.sleep(0.05)
    _, call = weir.api("GET", f"/api/v1/calls/{page['items'][0]['id']}")
    kinds = {span["kind"] for span in call["spans"]}
    assert kinds == {"call", "stage", "attempt", "phase"}, kinds
    assert call["attempts"][0]["status"] == 200 and any(span["critical"] for span in call["spans"])
    response, metrics = weir.api("GET", "/metrics")
    assert response.status == 200 and b"http_server_request_duration_seconds_count" in metrics, metrics[:300]
    _, system = weir.api("GET", "/api/v1/system")
    assert [listener["address"] for listener in system["listeners"]] == [f"127.0.0.1:{weir.port}"], system
    out = subprocess.run(["curl", "-sS", f"http://127.0.0.1:{weir.admin_port}/healthz", "-o", "/dev/null", "-w", "%{http_code}"], capture_output=True, text=True)
    assert out.stdout in ("200", "204"), out
