"""Many clients ask while articles are added: latency and memory, and nothing may go wrong.

python benchmarks/load.py --seconds 60 --clients 16

Fails (exit code 1) when a reply is neither an answer nor a refusal in words by the queue or the rate (HTTP 503 and 429,
which say when to come back), when a quote is not the slice of the article that it says it is, or when an article that
was reported as added is lost, doubled or changed. Prints one JSON object with --json.
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

from measuring import megabytes, p95

QUESTIONS = [
    "Why did the talks fail?",
    "Siapa juru bicara Gedung Putih?",
    "Kapan Trump tiba di Hanoi?",
    "Who won the 2018 World Cup?",
    "Berapa harga beras di kota nomor 12?",
]


REFUSALS = (429, 503)


def call(port: int, method: str, path: str, body: object = None) -> tuple[int, dict, str | None]:
    """The status, the reply, and when to come back."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"content-type": "application/json"})
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read()), reply.getheader("retry-after")
    finally:
        connection.close()


def article(number: int) -> str:
    return f"Harga beras di kota nomor {number} naik menjadi {number * 100} rupiah. Warga mengeluh."


class Load:
    """What the clients do and see; ``wrong`` is what may not happen."""

    def __init__(self, port: int, seconds: float) -> None:
        self.port = port
        self.until = time.monotonic() + seconds
        self.statuses: Counter[str] = Counter()
        self.times: list[float] = []
        self.added: dict[str, str] = {}
        self.wrong: list[str] = []
        self.lock = threading.Lock()

    def ask(self, seed: int) -> None:
        """One client: one question after another."""
        rng = random.Random(seed)
        while time.monotonic() < self.until:
            began = time.perf_counter()
            try:
                status, reply, later = call(self.port, "POST", "/v1/answer", {"question": rng.choice(QUESTIONS)})
            except Exception as error:
                self.fault(f"a question: {type(error).__name__}: {error}")
                continue
            with self.lock:
                self.statuses[str(status)] += 1
                if status == 200:
                    self.times.append(time.perf_counter() - began)
            if status in REFUSALS and later:
                time.sleep(min(float(later), max(0.0, self.until - time.monotonic())))
            elif status != 200:
                self.fault(f"a question: HTTP {status}, {reply}")
            for item in reply.get("evidence", ()):
                start = item["answer"]["start"] - item["sentence"]["start"]
                if item["sentence_text"][start : start + len(item["text"])] != item["text"]:
                    self.fault(f"a quote out of its place: {item}")

    def add(self) -> None:
        """One client that adds articles."""
        number = 0
        while time.monotonic() < self.until:
            number += 1
            text = article(number)
            try:
                status, reply, later = call(
                    self.port, "POST", "/v1/articles", {"text": text, "source": f"kota {number}"}
                )
            except Exception as error:
                self.fault(f"an add: {type(error).__name__}: {error}")
                continue
            self.statuses[f"add {status}"] += 1
            if status == 201:
                self.added |= dict.fromkeys(reply["added"], text)
            elif status not in REFUSALS or not later:
                self.fault(f"an add: HTTP {status}, {reply}")
            time.sleep(0.2)

    def fault(self, what: str) -> None:
        with self.lock:
            self.wrong.append(what)

    def look_back(self) -> None:
        """Every article that was reported is there once, as it was given."""
        listed, total = [], 1
        while len(listed) < total:
            _, page, _ = call(self.port, "GET", f"/v1/articles?limit=1000&offset={len(listed)}")
            listed, total = [*listed, *page["articles"]], page["total"]
        found = Counter(entry["id"] for entry in listed if entry["source"].startswith("kota"))
        self.wrong += [f"lost: {own}" for own in self.added if own not in found]
        self.wrong += [
            f"doubled or unasked: {own}" for own, times in found.items() if times > 1 or own not in self.added
        ]
        for own, text in self.added.items():
            if call(self.port, "GET", f"/v1/articles/{own}")[1].get("text") != text:
                self.wrong.append(f"changed: {own}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "app.py", "--library", f"{folder}/library", "--port", str(port), "--rate", "1000000"]
        began = time.perf_counter()
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"HF_HUB_OFFLINE": "1"})
        try:
            assert server.stdout is not None
            server.stdout.readline()
            started, idle = time.perf_counter() - began, megabytes(server.pid)
            load = Load(port, arguments.seconds)
            threads = [threading.Thread(target=load.ask, args=(seed,)) for seed in range(arguments.clients)]
            threads.append(threading.Thread(target=load.add))
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            peak = megabytes(server.pid, "VmHWM")
            load.look_back()
        finally:
            server.send_signal(signal.SIGTERM)
            code = server.wait(60)
    if code:
        load.wrong.append(f"the server ended with {code}")
    times = load.times or [float("nan")]
    report = {
        "clients": arguments.clients,
        "seconds": arguments.seconds,
        "started_after": round(started, 1),
        "answers": len(load.times),
        "statuses": dict(load.statuses),
        "p50": round(statistics.median(times), 2),
        "p95": round(p95(times), 2),
        "idle_mb": round(idle),
        "peak_mb": round(peak),
        "added": len(load.added),
        "wrong": load.wrong[:20],
    }
    print(json.dumps(report, indent=2) if arguments.json else "\n".join(f"{k}: {v}" for k, v in report.items()))
    return 1 if load.wrong or not load.times or not load.added else 0


if __name__ == "__main__":
    raise SystemExit(main())
