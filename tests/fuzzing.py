"""What was made to hurt: whole files of every format, broken at random, and questions in any characters, put to the
whole way from the history to the reply over articles that are no better. Also run at length:

python tests/fuzzing.py 100000
python tests/fuzzing.py 100000 questions

A fault is any error that is not a refusal in words, an answer that is no slice of its article, or more than 5 seconds.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from doubles import WordEncoder, WordReader
from making import docx, mail, pdf, zipped

from index.article import Article
from index.errors import ArticleError, KutipError
from index.filters import Filters
from index.formats import FORMATS, parse
from index.library import Library
from index.splitter import split_sentences
from qa.antecedents import Turn
from qa.calibration import Calibration
from qa.conversation import KEPT, ask, turn_of
from qa.pipeline import Pipeline
from qa.public import public_answer
from qa.reader import TransformersReader

SECONDS = 5.0  # more is a fault
MEMORY = 4_000_000_000  # bytes of address space in a long run
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
        ".eml": mail(TEXT.replace("\0", ""), HTML.replace("\0", "")),
        ".mbox": b"".join(b"From a Fri Mar  1 05:30:00 2019\n" + mail(text) for text in ("Satu.\n", "Dua.\n")),
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


WORDS = [
    "Mengapa", "why", "Kapan?", "apa", "dia", "itu", "What about", "Trump", "28/2/2019", "“sanksi”", '"', "'", "?", "…",
    "\u202e", "\u200d", "\ufeff", "\0", "\ud800", "\x1b[31m", "<b>", "&amp;", "](javascript:x)", "=1+1", "AND", "NEAR(",
    "*", "^", "-", "(", "{", "col:", "😀", "é́", "का", "日本", "السلام", "ﬁ", "İ", "ß", "1e999", "-1",
    "\n", "\t", "\u3000",
]  # fmt: skip


class DicedForward:
    """A model that says anything, in the place of the reader's."""

    streams = 1

    def __init__(self, rng: random.Random) -> None:
        self.rng = np.random.default_rng(rng.randint(0, 2**32))

    def __call__(self, batches):
        shapes = [batch["input_ids"].shape for batch in batches]
        return [[self.rng.normal(0, 6, shape).astype(np.float32) for _ in "se"] for shape in shapes]


def hostile(rng: random.Random, longest: int) -> str:
    """A text of strange words and characters."""
    pieces = [
        rng.choice(WORDS) if rng.random() < 0.6 else chr(rng.choice([rng.randint(0, 255), rng.randint(0, 0x10FFFF)]))
        for _ in range(rng.randint(0, longest))
    ]
    return rng.choice(["", " "]).join(pieces) * (50 if rng.random() < 0.01 else 1)


def asked_pipelines(rng: random.Random) -> tuple[Pipeline, Pipeline]:
    """The whole way over articles that hold what questions are made of: with a reader that is quick, and with the
    shipped tokenizer."""
    from tokenizers import Tokenizer

    from index.shipped import shipped

    reader, folder = TransformersReader(), shipped("models/reader")
    config = json.loads((folder / "config.json").read_text())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    reader.__dict__["_loaded"] = reader._cutting(tokenizer, config, 512), DicedForward(rng)
    library = Library.in_memory(WordEncoder())
    library.add([Article.from_text(f"a {hostile(rng, 40)} {TEXT}", source=hostile(rng, 4)) for _ in range(12)])
    return Pipeline(library, WordReader(), Calibration()), Pipeline(library, reader, Calibration())


def ask_one(pipelines: tuple[Pipeline, Pipeline], rng: random.Random, turns: list[Turn]) -> bool:
    """Ask one question of a conversation, each 20th with the shipped tokenizer: whether it could be asked."""
    pipeline = pipelines[rng.random() < 0.05]
    filters = None
    try:
        if rng.random() < 0.3:
            given = [(hostile(rng, 3),) if rng.random() < 0.3 else () for _ in range(3)]
            filters = Filters(given[0], rng.choice(["", "2019", hostile(rng, 2)]), "", given[1], given[2])
            filters = filters if filters else None
        answer = ask(pipeline, hostile(rng, 12), turns, filters)
    except KutipError:
        return False
    turns[:] = [*turns, turn_of(answer)][-KEPT:] if rng.random() < 0.9 else []
    json.dumps(public_answer(answer), ensure_ascii=False).encode()
    for item in answer.evidence:
        text = pipeline.library.article(item.article_id).text
        assert item.answer.cut(text) == item.text
        assert item.text.strip()
    return True


def at_length(wanted: int, what: str) -> None:
    """Try many, and tell of the faults, the slowest one and the memory."""
    rng = random.Random(2019)
    read, faults, slowest = 0, Counter(), (0.0, "")
    tries: Iterator[tuple[str, Callable[[], bool]]]
    if what == "questions":
        pipelines, turns = asked_pipelines(rng), []
        tries = (("a question", partial(ask_one, pipelines, rng, turns)) for _ in range(wanted))
    else:
        tries = ((name, partial(try_one, name, data)) for name, data in inputs(2019))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for number, (name, attempt) in zip(range(wanted), tries, strict=False):
        began = time.perf_counter()
        try:
            read += attempt()
        except BaseException as error:  # a panic of Rust is no Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            faults[f"{name} {type(error).__name__}: {error}"[:150]] += 1
        seconds = time.perf_counter() - began
        faults[f"{name} took {seconds:.0f} s"] += seconds > SECONDS
        slowest = max(slowest, (seconds, name))
        if number % 1000 == 999 or number == wanted - 1:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            told = f"{number + 1} {what}, {read} taken, slowest {slowest}, peak {peak} MB, faults {dict(+faults)}\n"
            sys.stdout.write(told)
            sys.stdout.flush()
    sys.exit(1 if +faults else 0)


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    assert len(FORMATS) == len(seeds())
    at_length(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "files")
