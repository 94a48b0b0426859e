"""Schedules: flows that the gateway runs by itself, seen through the admin API."""

import json
import threading
import time
from http.server import ThreadingHTTPServer

from .jobs import ARAZZO as OF_CALLER, OPENAPI, Things
from .store import Managed
from .webhooks import until

# Nobody has called what a schedule runs.
ARAZZO = json.loads(json.dumps(OF_CALLER).replace('"x-weir-identity": "caller"', '"description": "as itself"'))


def make(weir, plural, name, spec):
    response, made = weir.api("POST", f"/api/v1/teams/default/{plural}", {"name": name, "spec": spec})
    assert response.status == 201, made
    return made


def check_a_schedule_runs_its_flow_at_its_times_and_beside_them(world):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Things)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    weir = Managed(world, "schedules")
    make(weir, "upstreams", "things", {"targets": [{"host": "127.0.0.1", "port": server.server_port}]})
    make(weir, "services", "things", {"backend": {"upstream": {"name": "things"}}, "openapi": OPENAPI})
    make(weir, "routes", "things", {"service": "things", "paths": ["/things-api/*"], "strip_prefix": "/things-api"})
    make(weir, "flows", "report", {"arazzo": ARAZZO, "sources": {"things": {"service": "things"}}})

    body = {"name": "often", "spec": {"cron": "0 3 * * *", "time_zone": "Europe/Atlantis", "flow": "report"}}
    response, problem = weir.api("POST", "/api/v1/teams/default/schedules", body)
    assert response.status == 422 and problem["errors"][0]["path"] == "/spec/time_zone", problem

    spec = {"cron": "*/2 * * * * *", "flow": "report", "inputs": {"run": "at-{$schedule.time}"}, "concurrency": "allow"}
    made = make(weir, "schedules", "often", spec)
    jobs = "/api/v1/teams/default/jobs?schedule=often&state=succeeded"
    done = until(lambda: (found := weir.api("GET", jobs)[1]["items"]) and len(found) >= 2 and found)
    assert all(job["name"] == "report" and job["schedule"] == "often" for job in done), done
    detail = weir.api("GET", f"/api/v1/teams/default/jobs/{done[0]['id']}")[1]
    assert [step["step"] for step in detail["steps"]] == ["look", "reserve", "wait", "tell", "pay"], detail
    assert detail["status"] == 200 and detail["body"]["run"].startswith("at-20"), detail
    times = weir.api("GET", "/api/v1/teams/default/timetable")[1]["items"]
    assert times[0]["name"] == "often" and times[0]["next"] and times[0]["last"] and times[0]["job"], times

    # Suspended, it runs only when it is asked to.
    body = {"kind": "Schedule", "team": "default", "name": "often", "spec": {**spec, "suspended": True}}
    response, answer = weir.api("PUT", "/api/v1/teams/default/schedules/often", body, {"If-Match": f'"{made["revision"]}"'})
    assert response.status == 200, answer
    every = "/api/v1/teams/default/jobs?schedule=often&limit=200"
    until(lambda: weir.api("GET", "/api/v1/teams/default/timetable")[1]["items"][0]["next"] is None)
    time.sleep(1)  # one that was due before may still be taken in
    before = {job["id"] for job in weir.api("GET", every)[1]["items"]}
    response, run = weir.api("POST", "/api/v1/teams/default/schedules/often/run", {})
    assert response.status == 200, run
    until(lambda: weir.api("GET", f"/api/v1/teams/default/jobs/{run['job']}")[1]["state"] == "succeeded")
    assert {job["id"] for job in weir.api("GET", every)[1]["items"]} - before == {run["job"]}

    runs = [key[1] for key in Things.seen if key[0] == "POST" and key[1].startswith("at-") and key[2] == "pay"]
    assert len(runs) == len(set(runs)) and all(Things.seen["POST", run, "pay"] == 1 for run in runs), runs
    server.shutdown()
