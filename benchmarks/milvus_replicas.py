"""Questions a second of one and of two `kutip serve` processes on the same Milvus, with the CPU that they take."""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from measuring import p95
from milvus_watched import cpu_of
from processes import QUESTION, free_port, kutip_server, request, server

CLIENTS = 4  # of each process
ROUTES = {"search": ("/v1/search", "query"), "answer": ("/v1/answer", "question")}


def asked(seconds: float, clients: int, ask: Callable[[int], object]) -> tuple[list[float], float]:
    """The seconds that each call took when so many clients made them for a time, and how long it was in all."""
    times: list[float] = []
    faults: list[Exception] = []
    began = time.perf_counter()

    def client(own: int) -> None:
        try:
            while (start := time.perf_counter()) < began + seconds:
                ask(own)
                times.append(time.perf_counter() - start)
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=client, args=(own,)) for own in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return times, time.perf_counter() - began


def told(times: list[float]) -> dict[str, float]:
    """The median and the 95th percentile, ms."""
    return {
        "p50_ms": round(1000 * statistics.median(times), 2),
        "p95_ms": round(1000 * p95(times), 2),
    }


def measured(place: str, milvus: int, idle: float, questions: list[str], seconds: float) -> Iterator[dict[str, object]]:
    """One row for each number of processes and each route. A process computes with one thread.

    ``milvus`` is the server's process, ``idle`` the cores that it takes when nobody asks, which are not counted.
    """
    asked_next = itertools.cycle(questions)
    for count in (1, 2):
        with ExitStack() as running:
            ports, processes = [free_port() for _ in range(count)], []
            for port in ports:
                command = ["env", "KUTIP_THREADS=1", *kutip_server(place, port)]
                started = server(command, port, "/v1/answer", {"question": QUESTION})
                processes.append(running.enter_context(started)[0].pid)
            for name, (path, field) in ROUTES.items():

                def ask(client: int, path: str = path, field: str = field, ports: list[int] = ports) -> None:
                    status, reply = request(ports[client % len(ports)], path, {field: next(asked_next)})
                    if status != 200:
                        raise RuntimeError(f"a server answered with {status}: {reply[:200]!r}")

                before = [cpu_of(own) for own in (*processes, milvus)]
                times, lasted = asked(seconds, CLIENTS * count, ask)
                spent = [cpu_of(own) - old for own, old in zip((*processes, milvus), before, strict=True)]
                yield {
                    "processes": count,
                    "route": name,
                    "a_second": round(len(times) / lasted, 1),
                    "app_cpu_ms": round(1000 * sum(spent[:-1]) / len(times), 1),
                    "milvus_cpu_ms": round(1000 * (spent[-1] - idle * lasted) / len(times), 1),
                    **told(times),
                }
