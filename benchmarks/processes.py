"""Measured from outside: commands from start to end, servers until they answer, memory."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from contender import SETTINGS
from measuring import megabytes_of_all

ROOT = Path(__file__).parents[1]
QUESTION = "Siapa juru bicara Gedung Putih?"
ENVIRONMENT = os.environ | SETTINGS | {"PYTHONPATH": str(ROOT)}
KUTIP = [sys.executable, "-c", "from qa.cli import main; main()"]


def run(command: list[str]) -> tuple[float, str]:
    """Seconds from the start to the end of a command, and what it said."""
    began = time.perf_counter()
    done = subprocess.run(command, env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    return time.perf_counter() - began, done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def request(port: int, path: str, body: object = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        headers = {"content-type": "application/json"}
        connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body), headers)
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


@contextmanager
def server(command: list[str], port: int, path: str, body: object = None) -> Iterator[tuple[subprocess.Popen, float]]:
    """A running server and the seconds until it answered that request well."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                if request(port, path, body)[0] == 200:
                    break
            except OSError:
                pass
            if process.poll() is not None or time.perf_counter() - began > 180:
                raise RuntimeError(f"{command[1]} did not come up")
            time.sleep(0.02)
        yield process, time.perf_counter() - began
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def kutip_server(library: Path | str, port: int) -> list[str]:
    return [*KUTIP, "--library", str(library), "serve", "--port", str(port), "--rate", "1000000"]


def cold(build: Path, rounds: int) -> dict[str, list[float]]:
    """A question, from the start of the process to the answer; models compiled before."""
    shutil.rmtree(build / "cold", ignore_errors=True)  # another encoder may have made it
    library = ["--library", str(build / "cold")]
    run([*KUTIP, *library, "add", "seeds"])
    run([*KUTIP, *library, "info", "--compile"])
    run([*KUTIP, *library, "ask", QUESTION])
    times: dict[str, list[float]] = {"kutip": [], "plain": []}
    for _ in range(rounds):
        times["kutip"].append(run([*KUTIP, *library, "ask", QUESTION])[0])
        times["plain"].append(run([sys.executable, "benchmarks/plain.py", "seeds", QUESTION])[0])
    return times


def imports(rounds: int) -> dict[str, list[float]]:
    commands = {
        "python": [sys.executable, "-c", "pass"],
        "import qa": [sys.executable, "-c", "import qa"],
        "kutip --help": [*KUTIP, "--help"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            times[name].append(run(command)[0])
    return times


def ready(build: Path, rounds: int) -> dict[str, list[float]]:
    """kutip: until its server has answered a question. The plain page: until it is there, its models loaded."""
    times: dict[str, list[float]] = {"kutip": [], "plain": []}
    for _ in range(rounds):
        port = free_port()
        with server(kutip_server(build / "cold", port), port, "/v1/answer", {"question": QUESTION}) as (_, seconds):
            times["kutip"].append(seconds)
        port = free_port()
        with server([sys.executable, "benchmarks/plain_page.py", "seeds", str(port)], port, "/") as (_, seconds):
            times["plain"].append(seconds)
    return times


def idle(build: Path) -> float:
    """Megabytes of the server that has answered a question and rests."""
    port = free_port()
    with server(kutip_server(build / "cold", port), port, "/v1/answer", {"question": QUESTION}) as (process, _):
        time.sleep(3)
        return megabytes_of_all(process.pid)


def clients(library: Path, questions: list[str], rounds: int, at_once: int = 16) -> dict[str, list[float]]:
    """Questions a second over REST, one after the other and by 16 clients; no question is asked twice."""
    rates: dict[str, list[float]] = {"one at a time": [], f"{at_once} clients": []}
    port = free_port()
    with server(kutip_server(library, port), port, "/v1/answer", {"question": QUESTION}):

        def ask(question: str) -> int:
            return request(port, "/v1/answer", {"question": question})[0]

        size = len(questions) // (2 * rounds)
        for turn in range(rounds):
            for half, (name, workers) in enumerate((("one at a time", 1), (f"{at_once} clients", at_once))):
                first = (2 * turn + half) * size
                own = questions[first : first + size]
                with ThreadPoolExecutor(workers) as pool:
                    began = time.perf_counter()
                    statuses = list(pool.map(ask, own))
                    rates[name].append(len(own) / (time.perf_counter() - began))
                if set(statuses) != {200}:
                    raise RuntimeError(f"the server answered with {set(statuses)}")
    return rates
