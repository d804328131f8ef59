"""Many clients ask while articles are added: errors, latency, memory, and whether anything was lost or doubled.

python benchmarks/load.py --seconds 60 --clients 16
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

QUESTIONS = [
    "Why did the talks fail?",
    "Siapa juru bicara Gedung Putih?",
    "Kapan Trump tiba di Hanoi?",
    "Who won the 2018 World Cup?",
    "Berapa harga beras di kota nomor 12?",
]


def call(port: int, method: str, path: str, body: object = None) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"content-type": "application/json"})
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    finally:
        connection.close()


def memory(process: int) -> int:
    """Resident memory of a process in MB, and its peak."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=16)
    arguments = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tempfile.mkdtemp()
    command = [sys.executable, "app.py", "--library", f"{folder}/library", "--port", str(port), "--rate", "1000000"]
    began = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"HF_HUB_OFFLINE": "1"})
    print(server.stdout.readline().strip(), f"after {time.perf_counter() - began:.1f} s, {memory(server.pid)} MB")
    until = time.monotonic() + arguments.seconds
    statuses, times, added, lock = Counter(), [], [], threading.Lock()
    peak = [0]

    def ask(seed: int) -> None:
        rng = random.Random(seed)
        while time.monotonic() < until:
            began = time.perf_counter()
            status, reply = call(port, "POST", "/v1/answer", {"question": rng.choice(QUESTIONS)})
            with lock:
                statuses[status] += 1
                times.append(time.perf_counter() - began)
            assert status != 200 or reply["evidence"] is not None

    def add() -> None:
        number = 0
        while time.monotonic() < until:
            number += 1
            text = f"Harga beras di kota nomor {number} naik menjadi {number * 100} rupiah. Warga mengeluh."
            status, reply = call(port, "POST", "/v1/articles", {"text": text, "source": f"kota {number}"})
            statuses[f"add {status}"] += 1
            added.extend(reply.get("added", []))
            peak[0] = max(peak[0], memory(server.pid))
            time.sleep(0.2)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(arguments.clients)]
    threads.append(threading.Thread(target=add))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _, listed = call(port, "GET", "/v1/articles?limit=1000")
    ids = [article["id"] for article in listed["articles"] if article["source"].startswith("kota")]
    times.sort()
    print(f"{arguments.clients} clients, {arguments.seconds:.0f} s: {len(times)} questions, {dict(statuses)}")
    print(f"p50 {statistics.median(times):.2f} s, p95 {times[int(0.95 * len(times))]:.2f} s, peak {peak[0]} MB")
    print(f"added {len(added)}, lost {len(set(added) - set(ids))}, doubled {len(ids) - len(set(ids))}")
    server.send_signal(signal.SIGTERM)
    print("ended with", server.wait(30))


if __name__ == "__main__":
    main()
