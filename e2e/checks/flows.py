"""Flows as they are published: answers in parts for a foreign client of server-sent events, what is not sent again, and their
OpenAPI document by a foreign validator."""

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from httpx_sse import connect_sse
from openapi_spec_validator import OpenAPIV31SpecValidator

from harness import free_port

THING = {"type": "object", "required": ["v"], "properties": {"v": {"type": "string"}, "n": {"type": "integer", "nullable": True}}}
PARAMETERS = [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}]
OPENAPI = {"openapi": "3.0.3", "info": {"title": "Things", "version": "1"}, "paths": {"/things/{name}": {"get": {
    "operationId": "get", "parameters": PARAMETERS,
    "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": THING}}}},
}}}}


def step(name, **more):
    parameters = [{"name": "name", "in": "path", "value": name}]
    return {"stepId": name, "operationId": "get", "parameters": parameters,
            "outputs": {"v": "$response.body#/v", "n": "$response.body#/n"}, **more}


INPUTS = {"type": "object", "required": ["id"], "properties": {
    "id": {"$ref": "#/components/inputs/Id"}, "tags": {"type": "array", "items": {"type": "string"}},
    "user": {"type": "string"}, "limit": {"type": "integer", "default": 3}}}
BODY = {"id": "$inputs.id", "quick": "$steps.quick.outputs.v", "slow": {"v": "$steps.slow.outputs.v", "n": "$steps.quick.outputs.n"},
        "extra": "$steps.bad.outputs.v", "sum": {"cel": "1 + 1"}}
ARAZZO = {"arazzo": "1.1.0", "info": {"title": "t", "version": "1"}, "components": {"inputs": {"Id": {"type": "string", "minLength": 1}}},
          "sourceDescriptions": [{"name": "things", "url": "./things.json", "type": "openapi"}],
          "workflows": [{"workflowId": "w", "summary": "A page", "inputs": INPUTS,
                         "steps": [step("slow"), step("quick"), step("bad", **{"x-weir-optional": True})],
                         "x-weir-response": {"body": BODY}}]}
DOCUMENTS = [
    ("Service", "things", {"backend": {"upstream": {"name": "up"}}, "openapi": OPENAPI}),
    ("Route", "things", {"service": "things", "paths": ["/api/*"], "strip_prefix": "/api"}),
    ("Service", "pages@2", {"backend": {"upstream": {"name": "up"}}, "access": {"mode": "public"}, "jobs": {}}),
    ("Service", "closed", {"backend": {"upstream": {"name": "up"}}}),
    ("Flow", "page", {"arazzo": ARAZZO, "sources": {"things": {"service": "things"}}}),
    ("Route", "page", {"service": "pages@2", "paths": ["/pages/{id}"], "methods": ["GET", "POST"],
                       "flow": {"name": "page", "inputs": {"user": "$request.header.x-user"}}}),
    ("Route", "jobs", {"service": "pages@2", "paths": ["/own/*"], "strip_prefix": "/own"}),
    ("Route", "closed", {"service": "closed", "paths": ["/closed/{id}"], "methods": ["PUT"], "flow": {"name": "page"}}),
]


class Things(BaseHTTPRequestHandler):
    """Answers `slow` when it is let, and `bad` never well."""

    protocol_version = "HTTP/1.1"
    go = threading.Semaphore(0)

    def do_GET(self):
        name = self.path.rsplit("/", 1)[1]
        if name == "slow":
            assert Things.go.acquire(timeout=60)
        body = json.dumps({"v": f"the {name} one", "n": len(name)}).encode()
        self.send_response(503 if name == "bad" else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Pages:
    """The real binary with a flow over things that come when they are let."""

    def __init__(self, world):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Things)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        up = ("Upstream", "up", {"targets": [{"host": "127.0.0.1", "port": server.server_port}]})
        self.folder = world.folder / f"flows-{free_port()}"
        self.folder.mkdir()
        self.config = self.folder / "weir.yaml"
        lines = [json.dumps({"kind": kind, "name": name, "spec": spec}) for kind, name, spec in [up, *DOCUMENTS]]
        self.config.write_text("\n---\n".join(lines) + "\n")
        self.port = free_port()
        self.process = world.start(self.folder.name, [
            world.binary, "serve", "--config", self.config, "--data", self.folder / "data",
            "--listen", f"127.0.0.1:{self.port}", "--admin", "127.0.0.1:0",
        ], self.port)
        self.url = f"http://127.0.0.1:{self.port}/pages/7"


def joined(parts):
    answer = {}
    for part in parts:
        answer[part["path"].removeprefix("/").replace("~1", "/").replace("~0", "~")] = part["data"]
    return answer


def check_parts_of_a_flow_come_to_a_foreign_client_as_soon_as_they_are_known(world):
    pages = Pages(world)
    with httpx.Client(timeout=60) as client:
        Things.go.release()
        whole = client.get(pages.url)
        assert whole.status_code == 200 and "bad" in whole.headers["weir-completed"], whole.headers
        with connect_sse(client, "GET", pages.url) as source:
            assert source.response.headers["vary"].startswith("Accept")
            parts, missing = [], []
            for event in source.iter_sse():
                data = event.json()
                if event.event == "done":
                    break
                (parts if event.event == "part" else missing).append(data)
                if data.get("path") == "/quick":
                    # Only now may the slow one be answered: all before this has come without it.
                    Things.go.release()
        assert joined(parts) == whole.json(), parts
        assert event.id == "done" and data["status"] == 200 and data["completed"] is False, data
        assert [one["id"] for one in missing] == ["bad"] and missing[0]["paths"] == ["/extra"], missing
        assert [part["path"] for part in parts][-1] == "/slow", parts
        Things.go.release()
        with client.stream("GET", pages.url, headers={"accept": "application/x-ndjson"}) as response:
            lines = [json.loads(line) for line in response.iter_lines()]
        assert joined(line for line in lines if line["event"] == "part") == whole.json()
        assert lines[-1]["event"] == "done"
        again = client.get(pages.url, headers={"accept": "text/event-stream", "last-event-id": "done"})
        assert again.status_code == 204


def check_the_openapi_document_of_flows_is_one(world):
    pages = Pages(world)
    for service, method, path in [("pages@2", "get", "/pages/{id}"), ("closed", "put", "/closed/{id}")]:
        printed = world.weir("openapi", "--config", pages.config, service)
        document = json.loads(printed.stdout)
        OpenAPIV31SpecValidator(document).validate()
        operation = document["paths"][path][method]
        answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert answer["properties"]["quick"] == {"type": "string"}, answer
        assert answer["properties"]["slow"]["properties"]["n"] == {"type": ["integer", "null"]}, answer
        assert answer["properties"]["id"] == {"type": "string", "minLength": 1}, answer
    connection = http.client.HTTPConnection("127.0.0.1", pages.port, timeout=30)
    connection.request("GET", "/pages/7?limit=many")
    refused = connection.getresponse()
    problem = json.loads(refused.read())
    required = document["components"]["schemas"]["Problem"]["required"]
    assert refused.status == 400 and all(name in problem for name in required), problem
