"""The proxy with foreign peers: nginx behind, curl and sockets in front."""

import hashlib
import json
import os
import subprocess
import threading
import time

from harness import KEY


def check_curl_speaks_both_protocols_and_tls(world):
    for flags in (["--http1.1"], ["--http2-prior-knowledge"]):
        out = subprocess.run(["curl", "-sS", *flags, f"http://127.0.0.1:{world.port}/files/hello.txt"], capture_output=True, text=True)
        assert out.stdout == "hello\n", out
    for flags, version in ((["--http1.1"], "1.1"), (["--http2"], "2")):
        command = ["curl", "-sS", *flags, "--cacert", str(world.folder / "ca.pem"), "-w", "%{http_version}", f"https://localhost:{world.tls_port}/files/hello.txt"]
        out = subprocess.run(command, capture_output=True, text=True)
        assert out.stdout == f"hello\n{version}", out


def check_a_gigabyte_comes_down_and_goes_up_in_constant_memory(world):
    size = 1 << 30
    with open(world.folder / "www" / "big", "wb") as file:
        file.truncate(size)
    digest = hashlib.sha256()
    connection = world.connect()
    connection.request("GET", "/files/big")
    response = connection.getresponse()
    assert response.status == 200
    total = 0
    while chunk := response.read(1 << 20):
        digest.update(chunk)
        total += len(chunk)
    assert total == size
    up = world.connect()
    with open(world.folder / "www" / "big", "rb") as file:
        up.request("PUT", "/files/put/big-up", file, {"Content-Length": str(size)})
        answer = up.getresponse()
        answer.read()
    assert answer.status in (201, 204), answer.status
    assert os.path.getsize(world.folder / "www" / "put" / "big-up") == size
    with open(f"/proc/{world.gateway.pid}/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    assert peak < 200_000, f"{peak} kB resident at most"
    (world.folder / "www" / "big").unlink()
    (world.folder / "www" / "put" / "big-up").unlink()


def check_the_upstream_sees_who_asks_and_through_whom(world):
    response, _ = world.request("GET", "/files/echo-headers", headers={"X-Forwarded-For": "6.6.6.6", "Connection": "x-hop", "x-hop": "1"})
    assert response.status == 204
    assert response.headers["x-seen-for"] == "127.0.0.1"
    assert response.headers["x-seen-via"].startswith("1.1 weir-")
    assert response.headers["via"].startswith("1.1 weir-")


def check_an_upstream_that_is_down_is_a_problem_with_a_reason(world):
    response, body = world.request("GET", "/nowhere")
    problem = json.loads(body)
    assert (response.status, problem["reason"]) == (502, "connect_failed"), body
    assert "error=connection_refused" in response.headers["proxy-status"]
    assert response.headers["content-type"] == "application/problem+json"


def check_keys_limits_and_bodies_are_refused_by_name(world):
    connection = world.connect()
    connection.request("GET", "/shop/users/usr-1")
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["reason"]) == (401, "credential_missing")
    response, body = world.request("GET", "/shop/users/usr-1", headers={"Authorization": "Bearer wrong"})
    assert (response.status, json.loads(body)["reason"]) == (401, "credential_invalid")
    statuses = [world.request("GET", "/shop/products/prd-1")[0] for _ in range(4)]
    assert [s.status for s in statuses] == [200, 200, 200, 429], [s.status for s in statuses]
    assert int(statuses[3].headers["retry-after"]) > 0 and "r=0" in statuses[3].headers["ratelimit"]
    response, body = world.request("POST", "/shop/orders", body=b"x" * 2000)
    assert (response.status, json.loads(body)["reason"]) == (413, "body_too_large")
    response, _ = world.request("DELETE", "/shop/orders")
    assert response.status in (404, 405)


def check_cors_is_answered_here(world):
    ask = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    connection = world.connect()
    connection.request("OPTIONS", "/shop/users/usr-1", headers=ask)
    response = connection.getresponse()
    response.read()
    assert response.status == 204
    assert response.headers["access-control-allow-origin"] == "https://app.example"
    assert response.headers["access-control-max-age"] == "600"
    connection.request("OPTIONS", "/shop/users/usr-1", headers={**ask, "Origin": "https://evil.example"})
    response = connection.getresponse()
    assert response.status == 403 and "access-control-allow-origin" not in response.headers


def check_malformed_requests_are_refused_explained_and_recorded(world):
    cases = {
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n": "ambiguous_length",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc": "ambiguous_length",
        b"GET / HTTP/1.1\nHost: a\n\n": "malformed_request",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n": "malformed_request",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n": "malformed_request",
        b"GET / HTTP/1.1\r\n\r\n": "invalid_host",
        b"GET / HTTP/9.1\r\nHost: a\r\n\r\n": "unsupported_version",
        b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: a\r\n\r\n": "target_too_long",
    }
    for request, reason in cases.items():
        answer = world.raw(request)
        assert f'"reason":"{reason}"'.encode() in answer, (request[:80], answer)
        assert b"connection: close" in answer.lower()
    time_limit = time.monotonic() + 10
    wanted = set(cases.values())
    while wanted and time.monotonic() < time_limit:
        lines = (world.folder / "access.jsonl").read_text().splitlines()
        wanted -= {json.loads(line)["reason"] for line in lines}
    assert not wanted, f"not recorded: {wanted}"


def check_half_closed_clients_get_their_answer(world):
    answer = world.raw(b"GET /files/hello.txt HTTP/1.1\r\nHost: a\r\n\r\n", half_close=True)
    assert answer.endswith(b"hello\n"), answer


def check_the_gateway_answers_for_itself(world):
    answer = world.raw(b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 204 "), answer
    answer = world.raw(b"TRACE /files/hello.txt HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 405 ") and b"allow:" in answer.lower(), answer
    answer = world.raw(b"GET /files/../files/%2e%2e/%2e%2e/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert b'"reason":"invalid_path"' in answer, answer
    answer = world.raw(b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nConnection: close\r\n\r\n")
    assert b'"reason":"method_not_implemented"' in answer, answer


def check_websockets_pass(world):
    import asyncio

    import websockets

    async def run():
        async def echo(socket):
            async for message in socket:
                await socket.send(message)

        async with websockets.serve(echo, "127.0.0.1", world.echo_port):
            async with websockets.connect(f"ws://127.0.0.1:{world.port}/ws/echo", max_size=None) as client:
                for message in ("hello", b"\x00\x01" * 100_000, "ü" * 1000):
                    await client.send(message)
                    assert await client.recv() == message

    asyncio.run(run())


def check_a_changed_configuration_is_live_and_a_wrong_one_refused(world):
    path = world.config / "more.yaml"
    path.write_text("kind: Route\nname: later\nspec: {service: files, paths: [/later], strip_prefix: /late}\n")
    wait_until(lambda: "configuration refused" in (world.folder / "weir.log").read_text())
    assert world.request("GET", "/later")[0].status == 404
    path.write_text("kind: Route\nname: later\nspec: {service: files, paths: ['/later/*'], strip_prefix: /later}\n")
    wait_until(lambda: world.request("GET", "/later/hello.txt")[1] == b"hello\n")
    stop, bad = threading.Event(), []

    def load():
        while not stop.is_set():
            response, body = world.request("GET", "/files/hello.txt")
            if body != b"hello\n":
                bad.append((response.status, body))

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    path.unlink()
    wait_until(lambda: world.request("GET", "/later/hello.txt")[0].status == 404)
    stop.set()
    for thread in threads:
        thread.join()
    assert not bad, bad[:3]


def check_twelve_mistakes_are_all_reported(world):
    file = world.folder / "twelve.yaml"
    file.write_text(
        """- {kind: Upstream, name: a, spec: {targets: []}}
- {kind: Upstream, name: b, spec: {targets: [{host: "http://x", port: 0}]}}
- {kind: Upstream, name: c, spec: {targets: [{host: x, port: 80}], timeouts: {connect: soon}, wrong: 1}}
- {kind: Service, name: d, spec: {backend: {upstream: {name: missing}}}}
- {kind: Route, name: e, spec: {service: d, paths: [no-slash], methods: [get]}}
- {kind: Route, name: f, spec: {service: missing, paths: [/f]}}
- {kind: Plan, name: g, spec: {policies: [rate_limit: {requests: 0, window: 1m}]}}
- {kind: Credential, name: h, spec: {application: nobody, key_hash: short}}
- {kind: Gadget, name: i}
"""
    )
    out = world.weir("check", file, check=False)
    lines = [line for line in out.stderr.splitlines() if str(file) in line]
    assert out.returncode == 1 and len(lines) >= 12, out.stderr
    assert all(line.startswith(f"{file}:") for line in lines)


def check_explain_names_route_policies_and_target(world):
    out = world.weir("explain", "--config", world.config, "--json", f"http://127.0.0.1:{world.port}/shop/products/prd-7")
    explain = json.loads(out.stdout)
    assert explain["route"].endswith("/Route/limited") and explain["path_params"] == {"id": "prd-7"}, out.stdout
    assert explain["chain"][0]["settings"]["rate_limit"]["requests"] == 3


def wait_until(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def check_no_secret_is_logged(world):
    for file in ("access.jsonl", "weir.log"):
        text = (world.folder / file).read_text()
        assert KEY not in text and "sk-sim" not in text, file
