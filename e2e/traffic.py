"""Some traffic for a look at the console: reads, orders, mistakes, chats."""

import json
import math
import random
import sys
import threading
import time
import urllib.error
import urllib.request

BASE, KEY = sys.argv[1], sys.argv[2]
# With a third argument the visitors come back for so many minutes, now more of them, now fewer.
MINUTES = float(sys.argv[3]) if len(sys.argv) > 3 else 0


def call(path, body=None, key=KEY, method=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(BASE + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            response.read()
    except urllib.error.HTTPError as error:
        error.read()


def visitor(number):
    for turn in range(6):
        user = (number * 7 + turn) % 50 + 1
        for path in (f"users/usr-{user}", f"users/usr-{user}/orders", f"products/prd-{user}", f"stock/prd-{user}", f"prices/prd-{user}?currency=EUR"):
            call(f"/shop/{path}")
        if turn % 3 == 0:
            call("/shop/users/usr-999")
            call("/nothing-here")
            call("/shop/users/usr-1", key="wrong")
        question = {"messages": [{"role": "user", "content": f"What goes well with product {user}?"}]}
        call("/v1/chat/completions", {"model": "smart" if turn % 2 else "claude", "stream": turn % 3 == 0, **question})


def regular(number):
    chance, end = random.Random(number), time.monotonic() + MINUTES * 60
    visitor(number)
    while time.monotonic() < end:
        busy = 1.2 + math.sin(time.monotonic() / 40 + number / 3)
        time.sleep(min(chance.expovariate(busy / 4), end - time.monotonic() + 0.1, 20))
        visitor(chance.randrange(48))


threads = [threading.Thread(target=regular, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
