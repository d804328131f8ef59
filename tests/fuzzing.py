"""Files that were made to hurt: whole ones of every format, broken at random. Also run at length:

python tests/fuzzing.py 100000
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator

from making import docx, pdf, zipped

from index.errors import ArticleError
from index.formats import FORMATS, parse
from index.splitter import split_sentences

TEXT = "Perundingan gagal — “sanksi”, kata Trump (28/2/2019). Mengapa? Karena itu…\r\n\r\n* satu\n# dua\u202e\0 tiga."
HTML = f"<!doctype html><html lang='id'><title>x</title><body><article><p>{TEXT * 4}</p></article></body></html>"
FEED = f"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><item><title>a</title><link>http://x/</link>
<pubDate>Thu, 28 Feb 2019 10:00:00 +0000</pubDate>
<description>{TEXT.replace(chr(0), "")}</description></item></channel></rss>
"""
MARKS = [b"<", b">", b"&", b'"', b"\0", b"[[", b"{", b"\xff\xfe", b"(", b"<!ENTITY ", b"1e999"]


def seeds() -> dict[str, bytes]:
    """A whole file of each format, by suffix."""
    return {
        ".txt": TEXT.encode(),
        ".md": TEXT.encode("utf-16"),
        ".html": HTML.encode(),
        ".pdf": pdf(["Perundingan gagal.", "Kata Trump."], ["Halaman dua."]),
        ".docx": docx(TEXT.replace("\0", "")),
        ".csv": b'title;text;date\na;"b\nc";2019-02-28\n',
        ".jsonl": b'{"title": "a", "text": "b", "date": "2019-02-28"}\n{"text": ["c d", "e f"]}\n',
        ".rss": FEED.encode(),
        ".zip": zipped(**{"a.txt": TEXT, "b.csv": "text\nsatu.\n"}),
    }


def broken(rng: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """A file with a few random harms: bytes changed, cut out, doubled, filled in, or taken from another file."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at, length = rng.randint(0, len(out)), min(1 << rng.randint(0, 9), 400)
        harm = rng.randint(0, 6)
        if harm == 0 and out:
            out[min(at, len(out) - 1)] = rng.randint(0, 255)
        elif harm == 1:
            del out[at : at + length]
        elif harm == 2:
            out[at:at] = out[at : at + length] * rng.randint(1, 20)
        elif harm == 3:
            out[at:at] = rng.randbytes(length)
        elif harm == 4:
            other = rng.choice(others)
            first = rng.randint(0, len(other))
            out[at:at] = other[first : first + length]
        elif harm == 5:
            out[at:at] = rng.choice(MARKS) * rng.randint(1, 300)
        elif out:
            del out[at:]
    return bytes(out[:200_000])


def inputs(seed: int) -> Iterator[tuple[str, bytes]]:
    """Names and contents of broken files, without end."""
    rng, whole = random.Random(seed), seeds()
    others = list(whole.values())
    while True:
        suffix = rng.choice(list(whole))
        yield f"a{suffix}", broken(rng, whole[suffix], others)


def try_one(name: str, data: bytes) -> bool:
    """Read one file: whether it held articles. Anything but articles or an ArticleError is a fault."""
    try:
        documents = parse(data, name)
    except ArticleError:
        return False
    for document in documents:
        text = document.article.text
        assert text.strip()
        for span in split_sentences(text):
            assert 0 <= span.start < span.end <= len(text)
    return True


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    wanted, read, faults, slowest = int(sys.argv[1]), 0, Counter(), (0.0, "")
    assert len(FORMATS) == len(seeds())
    for number, (name, data) in zip(range(wanted), inputs(2019), strict=False):
        began = time.perf_counter()
        try:
            read += try_one(name, data)
        except Exception as error:
            faults[f"{name} {type(error).__name__}: {error}"[:150]] += 1
        slowest = max(slowest, (time.perf_counter() - began, name))
        if number % 5000 == 4999:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            sys.stdout.write(f"{number + 1} files, {read} readable, slowest {slowest}, peak {peak} MB, {faults}\n")
            sys.stdout.flush()
