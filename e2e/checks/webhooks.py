"""Webhooks, verified by the library that the specification's authors publish."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook

from .store import Managed

NEW = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD = "whsec_" + "A" * 32


class Receiver:
    """Answers each attempt with the next status, and keeps what it was sent."""

    def __init__(self, statuses):
        seen, left = self.seen, self.left = [], list(statuses)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status = left.pop(0) if left else 204
                seen.append((status, dict(self.headers), body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"


def until(what, seconds=20):
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return found


def check_events_are_signed_tried_again_and_sent_once_more(world):
    weir = Managed(world, "webhooks")
    receiver = Receiver([500, 200])
    spec = {"url": receiver.url, "reach": "anywhere", "secret": {"value": NEW}, "old_secret": {"value": OLD}, "events": ["order.*"], "retry": {"first": "1s"}}
    response, made = weir.api("POST", "/api/v1/teams/default/webhooks", {"name": "hook", "spec": spec})
    assert response.status == 201 and NEW not in str(made), made
    response, event = weir.api("POST", "/api/v1/teams/default/events", {"type": "order.created", "data": {"id": "ü"}})
    assert response.status == 200 and event["webhooks"] == ["hook"], event
    path = "/api/v1/teams/default/webhooks/hook"
    until(lambda: weir.api("GET", f"{path}/deliveries?state=delivered")[1]["items"])
    (first, headers, body), (second, again, same) = receiver.seen
    assert (first, second) == (500, 200) and body == same and headers["webhook-id"] == again["webhook-id"] == event["id"]
    for key in (NEW, OLD):
        for sent in (headers, again):
            payload = Webhook(key).verify(body, sent)
            assert payload["type"] == "order.created" and payload["data"] == {"id": "ü"}, payload
    response, replayed = weir.api("POST", f"{path}/replay", {"event": event["id"]})
    assert response.status == 200 and replayed == {"count": 1}, replayed
    until(lambda: len(receiver.seen) == 3)
    # a restart loses nothing: the receiver is gone, and back at another process's time
    receiver.server.shutdown()
    receiver.server.server_close()
    response, event = weir.api("POST", "/api/v1/teams/default/events", {"type": "order.paid"})
    until(lambda: weir.api("GET", f"{path}/deliveries?state=waiting")[1]["items"][0]["attempts"])
    weir.process.kill()
    weir.process.wait()
    weir.start("webhooks-again")
    body = weir.api("GET", f"{path}/deliveries?state=waiting")[1]
    assert body["items"][0]["event"] == event["id"] and body["failing_since"], body


def check_a_webhook_does_not_reach_inside(world):
    weir = Managed(world, "webhooks-inside")
    receiver = Receiver([])
    spec = {"url": receiver.url, "secret": {"value": NEW}}
    response, made = weir.api("POST", "/api/v1/teams/default/webhooks", {"name": "hook", "spec": spec})
    assert response.status == 201, made
    weir.api("POST", "/api/v1/teams/default/events", {"type": "order.created"})
    path = "/api/v1/teams/default/webhooks/hook/deliveries"
    told = until(lambda: [item for item in weir.api("GET", path)[1]["items"] if item["attempts"]])
    assert told[0]["last_detail"] == "its server is not on the public internet" and not receiver.seen, told
