"""Webhooks that come in, signed by their senders' own libraries; and events that flows send, on a way through both."""

import base64
import hashlib
import hmac
import http.client
import json
import time
from datetime import datetime, timezone

import stripe
from gidgethub import sansio
from slack_sdk.signature import SignatureVerifier
from standardwebhooks.webhooks import Webhook

from harness import free_port

from .webhooks import Receiver, until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PLAIN = "8f742231b10e8888abcd99yyyzzz85a5"
HMAC = {"header": "X-Acme-Signature", "prefix": "v1=", "encoding": "base64", "hash": "sha512",
        "signs": "{timestamp}.{id}.{body}", "timestamp": "X-Acme-Time", "id": "X-Acme-Id"}
SCHEMES = {"standard": SECRET, "github": PLAIN, "stripe": PLAIN, "slack": PLAIN, "shopify": PLAIN, "hmac": PLAIN}

ARAZZO = {"arazzo": "1.1.0", "info": {"title": "t", "version": "1"},
          "sourceDescriptions": [{"name": "none", "url": "./none.json", "type": "openapi"}],
          "workflows": [{"workflowId": "w", "inputs": {"type": "object"}, "steps": [
              {"stepId": "tell", "x-weir-event": {"type": "hook.taken", "data": {"n": "$inputs.n", "scheme": "$inputs.scheme"}},
               "successCriteria": [{"condition": "$statusCode == 202"}], "outputs": {"event": "$response.body#/id"}},
          ], "outputs": {"event": "$steps.tell.outputs.event"}}]}


class Gateway:
    """A route for each scheme, all to a flow that tells a receiver."""

    def __init__(self, world, receiver, name):
        self.port = free_port()
        folder = world.folder / name
        folder.mkdir()
        documents = [
            ("Upstream", "up", {"targets": [{"host": "127.0.0.1", "port": 9}]}),
            ("Service", "hooks", {"backend": {"upstream": {"name": "up"}}, "access": {"mode": "public"}, "jobs": {}}),
            ("Flow", "f", {"arazzo": ARAZZO, "sources": {"none": {"service": "hooks", "openapi": {
                "openapi": "3.1.0", "info": {"title": "n", "version": "1"}, "paths": {}}}}}),
            ("Route", "jobs", {"service": "hooks", "paths": ["/jobs/*"]}),
            ("Webhook", "out", {"url": receiver.url, "reach": "anywhere", "secret": {"value": SECRET}, "retry": {"first": "1s"}}),
        ]
        for scheme, secret in SCHEMES.items():
            for respond in ("sync", "async"):
                verify = {"scheme": scheme, "secret": {"value": secret}, "respond": respond, **({"hmac": HMAC} if scheme == "hmac" else {})}
                flow = {"name": "f", "inputs": {"scheme": scheme}}
                spec = {"service": "hooks", "paths": [f"/{respond}/{scheme}"], "flow": flow, "verify": verify}
                documents.append(("Route", f"{respond}-{scheme}", spec))
        lines = [json.dumps({"kind": kind, "name": name, "spec": spec}) for kind, name, spec in documents]
        (folder / "weir.yaml").write_text("\n---\n".join(lines) + "\n")
        world.start(f"weir-{name}", [
            world.binary, "serve", "--config", folder / "weir.yaml", "--data", folder / "data",
            "--listen", f"127.0.0.1:{self.port}", "--admin", "127.0.0.1:0",
        ], self.port)

    def post(self, path, headers, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
        response = connection.getresponse()
        text = response.read()
        return response, json.loads(text) if text.startswith(b"{") else text.decode()


def mac(secret, content, hash=hashlib.sha256):
    return hmac.new(secret.encode(), content, hash).digest()


def signed(scheme, name, body, at):
    """The fields by which a sender signs, and what it calls the request."""
    text = body.decode()
    if scheme == "standard":
        signature = Webhook(SECRET).sign(name, datetime.fromtimestamp(at, timezone.utc), text)
        return {"webhook-id": name, "webhook-timestamp": str(at), "webhook-signature": signature}
    if scheme == "github":
        headers = {"X-GitHub-Delivery": name, "X-GitHub-Event": "push", "X-Hub-Signature-256": "sha256=" + mac(PLAIN, body).hex()}
        sansio.validate_event(body, signature=headers["X-Hub-Signature-256"], secret=PLAIN)
        return headers
    if scheme == "stripe":
        header = stripe.WebhookSignature.generate_signature_header(text, PLAIN, at)
        assert stripe.WebhookSignature.verify_header(text, header, PLAIN)
        return {"Stripe-Signature": header}
    if scheme == "slack":
        signature = SignatureVerifier(PLAIN).generate_signature(timestamp=str(at), body=body)
        return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": signature}
    if scheme == "shopify":
        return {"X-Shopify-Webhook-Id": name, "X-Shopify-Hmac-SHA256": base64.b64encode(mac(PLAIN, body)).decode()}
    content = f"{at}.{name}.".encode() + body
    return {"X-Acme-Id": name, "X-Acme-Time": str(at), "X-Acme-Signature": "v1=" + base64.b64encode(mac(PLAIN, content, hashlib.sha512)).decode()}


def check_webhooks_signed_by_their_senders_start_flows_once(world):
    receiver = Receiver([500])
    gateway = Gateway(world, receiver, "inbound")
    expected = []
    for scheme in SCHEMES:
        for respond in ("sync", "async"):
            name = f"{respond}-{scheme}"
            body = json.dumps({"id": name, "event_id": name, "type": "x", "n": "ü"}, ensure_ascii=False).encode()
            path, now = f"/{respond}/{scheme}", int(time.time())
            response, told = gateway.post(path, signed(scheme, name, body, now), body)
            assert response.status == (200 if respond == "sync" else 202), (name, response.status, told)
            expected.append(scheme)
            # its sender tries again, with a new time where it signs the time
            response, again = gateway.post(path, signed(scheme, name, body, now + 1), body)
            if respond == "sync":
                assert response.status == 200 and again == {"id": name, "state": "known"}, again
            else:
                assert response.status in (200, 202) and again["id"] == told["id"], again
            # changed on its way, by somebody else, without a signature, too old
            for headers, changed in [
                (signed(scheme, name, body, now), body + b" "),
                ({}, body),
                *([] if scheme in ("github", "shopify") else [(signed(scheme, name, body, now - 400), body)]),
            ]:
                response, problem = gateway.post(path, headers, changed)
                assert response.status == 403 and problem["reason"] == "webhook_unverified", problem
                assert PLAIN not in str(problem) and SECRET not in str(problem), problem
    # each flow told the receiver once, signed, though the first attempt failed
    until(lambda: len({headers["webhook-id"] for _, headers, _ in receiver.seen}) >= len(expected) and len(receiver.seen) > len(expected))
    found = {}
    for status, headers, body in receiver.seen:
        payload = Webhook(SECRET).verify(body, headers)
        assert payload["type"] == "hook.taken" and payload["data"]["n"] == "ü", payload
        found[headers["webhook-id"]] = payload["data"]["scheme"]
    assert sorted(found.values()) == sorted(expected), found


def check_slack_is_told_that_somebody_listens(world):
    receiver = Receiver([])
    gateway = Gateway(world, receiver, "inbound-slack")
    body = json.dumps({"type": "url_verification", "token": "x", "challenge": "3eZbrw1aB"}).encode()
    response, told = gateway.post("/async/slack", signed("slack", "", body, int(time.time())), body)
    assert response.status == 200 and told == "3eZbrw1aB", told
    assert not receiver.seen
