"""Weir under steady load for minutes, records on: whether its memory stays flat."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report
from run import KEY, Bench, back_end, resident, tool

# How often memory is looked at, in seconds; the part of the run that counts; the growth over it that is still flat.
EVERY, COUNTED, FLAT = 10, 0.8, 0.02
CONNECTIONS = 16


def slope(points):
    """The least-squares line's rise a second."""
    return statistics.linear_regression(*zip(*points)).slope


def load(bench, port, name, path, seconds, headers=(), body=None):
    command = [tool("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    for header in headers:
        command += ["-H", header]
    if body is not None:
        script = bench.folder / f"{name}.lua"
        script.write_text(f"wrk.method='POST'\nwrk.body=[==[{body}]==]\nwrk.headers['Content-Type']='application/json'\n")
        command += ["-s", str(script)]
    command.append(f"http://127.0.0.1:{port}{path}")
    return subprocess.Popen(["taskset", "-c", "1", *command], stdout=subprocess.PIPE, text=True)


def run(bench, minutes):
    process, port, _ = bench.weir(0, back_end(bench))
    seconds, key = minutes * 60, [f"x-api-key: {KEY}"]
    chat = json.dumps({"model": "translated-streamed", "stream": True, "messages": [{"role": "user", "content": "What is the weather in Paris?"}]})
    began = time.monotonic()
    loads = {
        "plain": load(bench, port, "plain", "/open/small", seconds),
        "keyed": load(bench, port, "keyed", "/keyed/small", seconds, key),
        "chat": load(bench, port, "chat", "/v1/chat/completions", seconds, key, chat),
    }
    bench.processes.extend(loads.values())
    samples = []
    while (now := time.monotonic() - began) < seconds - 1:
        samples.append((now, resident(process.pid) / 1024))
        if len(samples) % 6 == 1:
            print(f"{now:4.0f} s: {samples[-1][1]:.1f} MB", flush=True)
        time.sleep(max(0, len(samples) * EVERY - (time.monotonic() - began)))
    done = {}
    for name, one in loads.items():
        out = one.communicate()[0]
        assert "Non-2xx" not in out, f"{name}: {out}"
        done[name] = int(out.split(" requests in")[0].split()[-1])
    counted = samples[int(len(samples) * (1 - COUNTED)) :]
    span, mean = counted[-1][0] - counted[0][0], statistics.mean(mb for _, mb in counted)
    growth = slope(counted) * span
    verdict = "flat" if growth / mean < FLAT else "grows"
    lines = [
        f"calls: {sum(done.values()):,} (" + ", ".join(f"{count:,} {name}" for name, count in done.items()) + ")",
        f"resident: {samples[0][1]:.1f} MB at the start, {mean:.1f} MB on average over the last {COUNTED:.0%}, {max(mb for _, mb in samples):.1f} MB at most",
        f"growth over the last {COUNTED:.0%}: {growth:+.2f} MB, {growth / mean:+.1%} (flat is less than {FLAT:.0%}): {verdict}",
    ]
    print("\n".join(lines))
    report.put("soak", f"""## {minutes} minutes of steady load

Printed by `make bench-soak MINUTES={minutes}` on {report.machine()}. wrk keeps {CONNECTIONS} connections busy on each of a plain route, a keyed and limited
one, and a chat streamed through the translation to Anthropic; records are on. Memory is looked at each {EVERY} s; the growth is the least-squares
line's rise over the last {COUNTED:.0%} of the run.

""" + "\n".join(f"- {line}" for line in lines))


def main():
    with tempfile.TemporaryDirectory(prefix="weir-soak-") as folder:
        bench = Bench(Path(sys.argv[1]).resolve(), Path(folder))
        try:
            run(bench, int(sys.argv[2]))
        finally:
            bench.stop()


if __name__ == "__main__":
    main()
