"""A process of its own that gives one source a new text again and again: python tests/replacing_process.py PLACE TIMES

The text of version N has three sentences that all say N. Two more sources change in the same write.
"""

import sys

from doubles import WordEncoder

from index.article import Article
from index.places import open_library

SOURCES = ("a.txt", "b.txt", "c.txt")


def version(source: str, number: int) -> Article:
    text = f"Versi {number} dari {source[0]}. Isi versi {number} naik. Akhir versi {number}."
    return Article.from_text(text, source=source)


def main(place: str, times: str) -> None:
    with open_library(place, WordEncoder()) as library:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for number in range(1, int(times) + 1):
            library.add([version(source, number) for source in SOURCES])


if __name__ == "__main__":
    main(*sys.argv[1:])
