"""What a million sentences cost on Milvus: python benchmarks/on_milvus.py milvus://127.0.0.1:19530/bench 10000 100000

Writes random unit vectors of the shipped encoder's width as sentences of one article each 20, then searches with one
client after another. Prints one JSON object a size. Use a server that serves nothing else: `python
tests/milvus_server.py python benchmarks/on_milvus.py env 10000` starts one.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from index.article import Article, Document, Span
from index.database import Indexed
from index.encoder import Encoded
from index.milvus_schema import drop
from index.places import milvus_place, open_library

WIDTH = 384
EACH = 20
ARTICLES = 250  # of one write


class NoEncoder:
    """Vectors are made here, not encoded."""

    fingerprint = "random"

    def encode_queries(self, texts):
        return Encoded(np.zeros((len(texts), WIDTH), np.float32), ("",) * len(texts))

    encode_documents = encode_queries


def unit_rows(rng, count):
    rows = rng.standard_normal((count, WIDTH)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def item(rng, number):
    parts = [f"Kalimat {at} dari {number}." for at in range(EACH)]
    text = " ".join(parts)
    spans, start = [], 0
    for part in parts:
        spans.append(Span(start, start + len(part)))
        start += len(part) + 1
    return Indexed(Document(Article.from_text(text)), tuple(spans), unit_rows(rng, EACH), ("id",) * EACH)


def server_memory():
    """Resident bytes and CPU seconds of the processes called milvus."""
    memory = cpu = 0.0
    for process in Path("/proc").glob("[0-9]*/stat"):
        try:
            stat = process.read_text()
        except OSError:
            continue
        if "(milvus)" in stat:
            fields = stat.rsplit(")", 1)[1].split()
            memory += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
            cpu += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return memory, cpu


def main():
    place = sys.argv[1]
    if place == "env":
        place = f"milvus://{os.environ['KUTIP_TEST_MILVUS']}/bench"
    rng, stored = np.random.default_rng(1), 0
    idle = server_memory()[0]
    with open_library(place, NoEncoder()) as library:
        for size in map(int, sys.argv[2:]):
            began, cpu = time.perf_counter(), server_memory()[1]
            new = size - stored
            while stored < size:
                library.keep([item(rng, stored + at * EACH) for at in range(min(ARTICLES, (size - stored) // EACH))])
                stored += min(ARTICLES, (size - stored) // EACH) * EACH
            seconds, spent = time.perf_counter() - began, server_memory()[1] - cpu
            times, strong, cpu = [], [], server_memory()[1]
            for _ in range(60):
                query = unit_rows(rng, 1)
                began = time.perf_counter()
                library.engine.call(
                    lambda client, timeout, query=query: client.search(
                        library.reading.sentences,
                        data=query.tolist(),
                        anns_field="vector",
                        limit=50,
                        timeout=timeout,
                        consistency_level="Eventually",
                    )
                )
                times.append(time.perf_counter() - began)
            of_search = (server_memory()[1] - cpu) / len(times)
            for _ in range(20):
                query = unit_rows(rng, 1)
                began = time.perf_counter()
                library.nearest(query, 50)
                strong.append(time.perf_counter() - began)
            print(
                json.dumps(
                    {
                        "sentences": size,
                        "written_a_second": round(new / seconds),
                        "cpu_ms_a_sentence_written": round(1000 * spent / new, 3),
                        "bytes_a_sentence": round((server_memory()[0] - idle) / size),
                        "search_ms": round(1000 * statistics.median(times), 1),
                        "cpu_ms_a_search": round(1000 * of_search, 1),
                        "fresh_search_ms": round(1000 * statistics.median(strong), 1),
                    }
                ),
                flush=True,
            )
    drop(milvus_place(place))


if __name__ == "__main__":
    main()
