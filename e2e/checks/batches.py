"""Many requests in one: as JSON, and as multipart by Python's own mail and HTTP libraries."""

import io
import json
from email import policy
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.parser import BytesParser
from http.client import HTTPResponse


class Part:
    """What `http.client` reads an answer from."""

    def __init__(self, content):
        self.content = content

    def makefile(self, _mode):
        return io.BytesIO(self.content)


def check_a_batch_collapses_a_waterfall(world):
    batch = {"requests": [
        {"id": "order", "method": "GET", "path": "/shop/orders"},
        {"method": "GET", "path": "/shop/users/{$ref:order.body#/items/0/user_id}"},
        {"method": "GET", "path": "/shop/nothing"},
        {"method": "GET", "path": "/shop/users/{$ref:2.body#/id}"},
    ]}
    response, body = world.request("POST", "/shop/batch", json.dumps(batch), {"content-type": "application/json"})
    assert response.status == 200, body
    order, user, missing, unmade = json.loads(body)["responses"]
    assert order["id"] == "order" and order["status"] == 200, order
    assert user["status"] == 200 and user["body"]["id"] == order["body"]["items"][0]["user_id"], user
    assert missing["status"] == 404 and unmade["status"] == 424, (missing, unmade)


def check_pythons_mail_library_sends_and_reads_a_batch(world):
    batch = MIMEMultipart("mixed")
    for name, request in (("one@x", "GET /shop/orders HTTP/1.1"), ("two@x", "GET /shop/users/{$ref:one@x.body#/items/0/user_id}?a=b HTTP/1.1")):
        part = MIMEApplication((request + "\r\nAccept: application/json\r\n\r\n").encode(), "http", lambda _: None)
        part["Content-Transfer-Encoding"] = "binary"
        part["Content-ID"] = f"<{name}>"
        batch.attach(part)
    for lines in (policy.HTTP, policy.compat32):
        _, _, body = batch.as_bytes(policy=lines).partition(b"\r\n\r\n" if lines is policy.HTTP else b"\n\n")
        headers = {"content-type": f'multipart/mixed; boundary="{batch.get_boundary()}"'}
        response, body = world.request("POST", "/shop/batch", body, headers)
        assert response.status == 200, body
        head = f"content-type: {response.headers['content-type']}\r\n\r\n".encode()
        answer = BytesParser(policy=policy.HTTP).parsebytes(head + body)
        assert not answer.defects and answer.is_multipart(), answer.defects
        found = []
        for part in answer.iter_parts():
            assert part.get_content_type() == "application/http"
            inner = HTTPResponse(Part(part.get_payload(decode=True)))
            inner.begin()
            assert inner.status == 200 and inner.headers["content-type"].startswith("application/json")
            found.append((part["Content-ID"], json.loads(inner.read())))
        (one, orders), (two, user) = found
        assert (one, two) == ("<one@x>", "<two@x>") and user["id"] == orders["items"][0]["user_id"], found
