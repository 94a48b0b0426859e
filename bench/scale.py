"""Weir with 100,000 documents in its store: start, one change live, memory."""

import hashlib
import http.client
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report
from run import Bench, back_end, free_port

TEAMS, CHANGES = 200, 20
# What is aimed at: seconds to the first answer, milliseconds until a change is live, MB resident.
START, LIVE, RESIDENT = 5, 200, 400
TEAM = 7
HEADER = "x-api-key"


def key(team, number):
    return f"weir_key_{team}_{number}"


def digest(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def limits(requests):
    return [{"rate_limit": {"requests": requests, "window": "1m"}}, {"concurrency": {"max": 1000}}]


def team_documents(t, back):
    """500 documents of one team: 40 upstreams, 60 services, 120 routes, 80 applications with keys and subscriptions, and the rest."""
    team, at = f"team-{t}", f"/t{t}"

    def one(kind, name, title=None, **spec):
        return {"kind": kind, "team": team, "name": name, **({"title": title} if title else {}), "spec": spec}

    yield one("Team", team, f"Team {t}", path_prefixes=[at], hosts=[f"*.team-{t}.example"], policies=[{"body_limit": {"max": "1MiB"}}])
    yield one("Policy", "cors", cors={"origins": [f"https://app.team-{t}.example"], "credentials": True})
    yield one("Policy", "retry", retry={"attempts": 2})
    yield one("Policy", "mark", headers={"response": {"set": {"x-team": team}}})
    yield one("Policy", "patience", timeout={"total": "30s"})
    yield one("Policy", "gentle", rate_limit={"requests": 600_000, "window": "1m", "by": "client_address"})
    for n in range(40):
        targets = [{"host": "127.0.0.1", "port": back}, {"host": f"u{n}.team-{t}.internal", "port": 8080, "weight": 0}]
        yield one("Upstream", f"u{n}", targets=targets[: 1 + n % 2], timeouts={"first_byte": "20s"})
    for n in range(60):
        backend = {"ai": {}} if n == 59 else {"upstream": {"name": f"u{n % 40}"}}
        access = {"mode": "public"} if n % 3 == 0 else {"keys": [{"header": HEADER}]}
        yield one("Service", f"s{n}", f"Service {n} of team {t}", backend=backend, access=access, policies=[{"ref": "mark"}, {"ref": ("retry", "cors")[n % 2]}])
    for n in range(120):
        base = f"{at}/s{n % 60}/r{n}"
        methods = {"methods": ["GET", "POST"]} if n % 2 else {}
        policies = {"policies": [{"ref": "gentle"}]} if n % 4 == 0 else {}
        yield one("Route", f"r{n}", service=f"s{n % 60}", paths=[f"{base}/*", f"{base}/{{id}}/items/{{item}}"], strip_prefix=base, **methods, **policies)
    for n in range(5):
        yield one("Plan", f"p{n}", policies=limits(1_000_000 + n))
    for n in range(80):
        yield one("Application", f"a{n}", f"Application {n} of team {t}")
    for n in range(90):
        yield one("Credential", f"c{n}", application=f"a{n % 80}", key_hash=digest(key(t, n)), hint=f"weir_key_{t}")
    for n in range(96):
        plan = "system::free" if n % 4 == 0 else f"p{n % 5}"
        yield one("Subscription", f"b{n}", application=f"a{n % 80}", service=f"s{(n if n < 80 else n + 31) % 60}", plan=plan)
    yield one("Provider", "models", api="openai", base_url=f"http://127.0.0.1:{back}/plain")
    yield one("ProviderKey", "models", provider="models", secret={"value": f"sk-{t}"})
    yield one("ModelAlias", "smart", targets=[{"provider": "models", "model": "gpt-5"}])


def system_documents():
    yield {"kind": "Team", "name": "system", "spec": {"policies": [{"headers": {"response": {"set": {"x-gateway": "0"}}}}]}}
    yield {"kind": "Plan", "team": "system", "name": "free", "spec": {"policies": limits(100_000)}}


class World:
    """One store, and the process that serves from it."""

    def __init__(self, bench):
        self.bench, self.data, self.documents = bench, bench.folder / "data", 0
        self.back = back_end(bench)

    def fill(self):
        folder = self.bench.folder / "documents"
        folder.mkdir()
        for name, documents in [("system", system_documents()), *((f"team-{t}", team_documents(t, self.back)) for t in range(TEAMS))]:
            lines = [f"- {json.dumps(document)}\n" for document in documents]
            self.documents += len(lines)
            (folder / f"{name}.yaml").write_text("".join(lines))
        began = time.monotonic()
        subprocess.run([self.bench.binary, "import", folder, "--data", self.data], check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - began

    def serve(self):
        """Starts weir; gives the seconds to the first answer of the data plane."""
        self.port = free_port()
        self.log = self.bench.folder / "weir-out"
        command = [self.bench.binary, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}", "--admin", "127.0.0.1:0"]
        began = time.monotonic()
        with open(self.log, "w") as out:
            self.process = subprocess.Popen(list(map(str, command)), stdout=out, stderr=out)
        self.bench.processes.append(self.process)
        while True:
            try:
                self.data_plane = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                if self.call("/t0/s0/r0/small")[0] == 200:
                    return time.monotonic() - began
            except OSError:
                if self.process.poll() is not None:
                    sys.exit(self.log.read_text())
                time.sleep(0.005)

    def memory(self, field="VmRSS"):
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(l.split()[1]) / 1024 for l in lines if l.startswith(field))

    def sign_in(self):
        while not (found := re.search(r"http://(\S+)/setup\?token=(\S+)", self.log.read_text())):
            time.sleep(0.01)
        self.admin = http.client.HTTPConnection(found[1], timeout=60)
        origin = {"Content-Type": "application/json", "Origin": f"http://{found[1]}"}
        person = {"token": found[2], "email": "bench@example.com", "name": "Bench", "password": "a long bench password"}
        self.admin.request("POST", "/api/v1/setup", json.dumps(person), origin)
        answer = self.admin.getresponse()
        session = json.loads(answer.read())
        assert answer.status == 201, session
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        self.headers = {**origin, "Cookie": cookie, "x-csrf-token": session["csrf_token"]}

    def api(self, method, path, body=None, headers=None):
        self.admin.request(method, f"/api/v1/teams/{path}", body and json.dumps(body), {**self.headers, **(headers or {})})
        answer = self.admin.getresponse()
        text = answer.read()
        assert answer.status < 300, (method, path, text)
        return json.loads(text) if text else None

    def call(self, path, number=None):
        self.data_plane.request("GET", path, headers={HEADER: key(TEAM, number)} if number is not None else {})
        answer = self.data_plane.getresponse()
        answer.read()
        return answer.status, answer.headers

    def edit(self, path, change, live):
        """Changes a document; gives milliseconds from the answer, and from the request, to the changed behaviour."""
        document = self.api("GET", path)
        change(document["spec"])
        return self.timed("PUT", path, document, {"If-Match": f'"{document["revision"]}"'}, live)

    def timed(self, method, path, document, headers, live):
        assert not live(), f"{path} behaves already as it should after the change"
        asked = time.monotonic()
        self.api(method, path, document, headers)
        answered = time.monotonic()
        while not live():
            assert time.monotonic() < answered + 60, f"{path} is not live"
        now = time.monotonic()
        return (now - answered) * 1000, (now - asked) * 1000


def changes(world):
    """Kinds of changes, each a function of its round."""
    team = f"team-{TEAM}"
    keyed = lambda n: f"/t{TEAM}/s{n % 60}/r{n % 60}/small"
    has = lambda path, number, header, text: lambda: text in (world.call(path, number)[1].get(header) or "")

    def new_route(n):
        path = f"/t{TEAM}/new/{n}"
        document = {"name": f"new-{n}", "spec": {"service": "s0", "paths": [f"{path}/*"], "strip_prefix": path}}
        return world.timed("POST", f"{team}/routes", document, {}, lambda: world.call(f"{path}/small")[0] == 200)

    def moved_route(n):
        path = f"/t{TEAM}/moved/{n}"
        return world.edit(f"{team}/routes/r3", lambda s: s.update(paths=[f"{path}/*"], strip_prefix=path), lambda: world.call(f"{path}/small")[0] == 200)

    def revoked(n):
        number = 1 + 3 * n
        assert world.call(keyed(number), number)[0] == 200
        return world.edit(f"{team}/credentials/c{number}", lambda s: s.update(revoked=True), lambda: world.call(keyed(number), number)[0] == 401)

    def subscribed(n):
        document = {"name": f"new-{n}", "spec": {"application": f"a{60 + n}", "service": "s22", "plan": "p0"}}
        number = 60 + n
        return world.timed("POST", f"{team}/subscriptions", document, {}, lambda: world.call(keyed(22), number)[0] == 200)

    def plan(n):
        limit = 2_000_000 + n
        return world.edit(f"{team}/plans/p2", lambda s: s.update(policies=limits(limit)), has(keyed(2), 2, "ratelimit-policy", f"q={limit};"))

    def shared_plan(n):
        limit = 3_000_000 + n
        return world.edit("system/plans/free", lambda s: s.update(policies=limits(limit)), has(keyed(8), 8, "ratelimit-policy", f"q={limit};"))

    def policy(n):
        mark = {"headers": {"response": {"set": {"x-team": f"mark-{n}"}}}}
        return world.edit(f"{team}/policies/mark", lambda s: (s.clear(), s.update(mark)), has(keyed(0), None, "x-team", f"mark-{n}"))

    def upstream(n):
        return world.edit(f"{team}/upstreams/u9", lambda s: s.update(targets=[{"host": "127.0.0.1", "port": world.back if n % 2 else 1}]), lambda: (world.call(keyed(9))[0] == 200) == bool(n % 2))

    def own_team(n):
        spec = [{"headers": {"response": {"set": {"x-own": f"own-{n}"}}}}]
        return world.edit(f"{team}/teams/{team}", lambda s: s.update(policies=spec), has(keyed(0), None, "x-own", f"own-{n}"))

    def whole_gateway(n):
        spec = [{"headers": {"response": {"set": {"x-gateway": f"all-{n}"}}}}]
        return world.edit("system/teams/system", lambda s: s.update(policies=spec), has(keyed(0), None, "x-gateway", f"all-{n}"))

    return [
        ("a new route", new_route),
        ("a route's path", moved_route),
        ("a key revoked", revoked),
        ("a new subscription", subscribed),
        ("a plan's limit (19 subscriptions)", plan),
        ("a plan's limit (4,800 subscriptions)", shared_plan),
        ("a policy of 60 services", policy),
        ("an upstream's target", upstream),
        ("a team's policies (120 routes)", own_team),
        ("the gateway's policies (24,000 routes)", whole_gateway),
    ]


def run(bench):
    world = World(bench)
    facts = []

    def fact(line):
        facts.append(line)
        print(line, flush=True)

    imported = world.fill()
    fact(f"documents: {world.documents:,}, imported in {imported:.1f} s")
    starts = []
    for _ in range(3):
        starts.append(world.serve())
        first = world.memory(), world.memory("VmHWM")
        if len(starts) < 3:
            world.process.terminate()
            world.process.wait()
    worst = max(starts)
    fact(f"start to the first answer: median {statistics.median(starts):.2f} s, worst of 3 {worst:.2f} s (aim: < {START} s)")
    fact(f"resident after the first answer: {first[0]:.0f} MB, at the peak before it {first[1]:.0f} MB (aim: < {RESIDENT} MB)")
    world.sign_in()
    rows, missed = [], worst >= START
    for title, change in changes(world):
        after, whole = zip(*(change(n) for n in range(CHANGES)))
        numbers = (statistics.median(after), max(after), statistics.median(whole), max(whole))
        missed |= max(whole) >= LIVE
        rows.append(f"| {title} | " + " | ".join(f"{number:.1f}" for number in numbers) + " |")
        print(rows[-1], flush=True)
    last = world.memory(), world.memory("VmHWM")
    missed |= last[1] >= RESIDENT
    fact(f"resident after {CHANGES} changes of each kind: {last[0]:.0f} MB, peak {last[1]:.0f} MB")
    verdict = "missed" if missed else "met"
    fact(f"aims (start < {START} s, every change live < {LIVE} ms after it was asked for, peak < {RESIDENT} MB): {verdict}")
    report.put("scale", f"""## 100,000 documents

Printed by `make bench-scale` on {report.machine()}. The store has {TEAMS} teams of 500 documents each (`team_documents` in
`bench/scale.py`) and is filled by `weir import`. Changes go through the admin API, {CHANGES} of each kind one after the other; a
change is live when a request to the data plane is answered in the new way. Times in milliseconds.

| change | answer to live, median | worst | request to live, median | worst |
| --- | --- | --- | --- | --- |
""" + "\n".join(rows) + "\n\n" + "\n".join(f"- {line}" for line in facts))


def main():
    with tempfile.TemporaryDirectory(prefix="weir-scale-") as folder:
        bench = Bench(Path(sys.argv[1]).resolve(), Path(folder))
        try:
            run(bench)
        finally:
            bench.stop()


if __name__ == "__main__":
    main()
