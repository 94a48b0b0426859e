"""Starts what the checks need: nginx, the simulator, the gateway; stops them by their process ids."""

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
KEY = "weir_e2e_key"
# Another application's.
STRANGER = "weir_e2e_stranger"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen, what: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{what} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{what} does not listen on {port}")


class World:
    def __init__(self, binary: Path, folder: Path):
        self.binary, self.folder = binary, folder
        self.processes: list[subprocess.Popen] = []

    def __enter__(self) -> "World":
        try:
            self.nginx_port = self._nginx()
            self.simulator_port = self._simulator()
            self._certificate()
            self._gateway()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

    def start(self, name: str, command: list, port: int, **options) -> subprocess.Popen:
        log = open(self.folder / f"{name}.log", "ab")
        process = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log, **options)
        self.processes.append(process)
        wait_for(port, process, name)
        return process

    def weir(self, *args, check: bool = True, **options) -> subprocess.CompletedProcess:
        command = [str(self.binary), *map(str, args)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=check, **options)

    def logs(self) -> str:
        return "\n".join(f"--- {p.name}\n{p.read_text(errors='replace')[-3000:]}" for p in sorted(self.folder.glob("*.log")))

    def connect(self, tls: bool = False) -> http.client.HTTPConnection:
        if tls:
            context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
            return http.client.HTTPSConnection("localhost", self.tls_port, timeout=30, context=context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def request(self, method: str, path: str, body=None, headers=None):
        connection = self.connect()
        connection.request(method, path, body, {"Authorization": f"Bearer {KEY}", **(headers or {})})
        response = connection.getresponse()
        return response, response.read()

    def raw(self, data: bytes, half_close: bool = False) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), 10) as s:
            s.sendall(data)
            if half_close:
                s.shutdown(socket.SHUT_WR)
            out = b""
            while chunk := s.recv(65536):
                out += chunk
            return out

    # --- what is started

    def _nginx(self) -> int:
        port, root = free_port(), self.folder / "www"
        root.mkdir()
        os.chmod(self.folder, 0o755)
        (root / "hello.txt").write_text("hello\n")
        config = self.folder / "nginx.conf"
        paths = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;" if os.geteuid() == 0 else ""
        config.write_text(
            f"{user} worker_processes 1; daemon off; pid {self.folder}/nginx.pid; error_log {self.folder}/nginx-error.log;\n"
            f"events {{ worker_connections 512; }}\n"
            f"http {{ access_log off; {paths} client_max_body_size 2g; dav_methods PUT;\n"
            f"  server {{ listen 127.0.0.1:{port}; root {root}; location /put/ {{ dav_methods PUT; create_full_put_path on; }}\n"
            f"    location = /echo-headers {{ add_header x-seen-host $host; add_header x-seen-via $http_via; add_header x-seen-for $http_x_forwarded_for; return 204; }} }} }}\n"
        )
        self.start("nginx", [NGINX, "-p", self.folder, "-c", config], port)
        return port

    def _simulator(self) -> int:
        port = free_port()
        self.start("simulator", [self.binary, "simulate", "--listen", f"127.0.0.1:{port}", "--latency", "none"], port)
        return port

    def _certificate(self) -> None:
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        command += ["-keyout", self.folder / "key.pem", "-out", self.folder / "ca.pem", *subject]
        subprocess.run(list(map(str, command)), check=True, capture_output=True)

    def _account(self) -> None:
        """The key file of a service account of Google's, whose tokens the simulator gives."""
        command = ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
        key = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        account = {"type": "service_account", "client_email": "weir@sim.iam.gserviceaccount.com", "private_key_id": "1", "private_key": key,
                   "token_uri": f"http://127.0.0.1:{self.simulator_port}/google/token"}
        (self.folder / "account.json").write_text(json.dumps(account))

    def _gateway(self) -> None:
        self.port, self.tls_port, self.echo_port = free_port(), free_port(), free_port()
        self.config = self.folder / "config"
        self.config.mkdir()
        self.key_hash = self.weir("key", "--hash", KEY).stdout.split()[-1]
        self.stranger = STRANGER
        self.stranger_hash = self.weir("key", "--hash", STRANGER).stdout.split()[-1]
        template = (Path(__file__).parent / "config.yaml").read_text()
        self._account()
        for name in ("nginx_port", "simulator_port", "echo_port", "key_hash", "folder", "stranger_hash"):
            template = template.replace(f"@{name}@", str(getattr(self, name)))
        (self.config / "weir.yaml").write_text(template)
        self.gateway = self.start("weir", [
            self.binary, "serve", "--config", self.config, "--data", self.folder / "data", "--listen", f"127.0.0.1:{self.port}",
            "--listen-tls", f"127.0.0.1:{self.tls_port}", "--tls-cert", self.folder / "ca.pem", "--tls-key", self.folder / "key.pem",
            "--admin", "127.0.0.1:0", "--access-log", self.folder / "access.jsonl",
        ], self.port)
