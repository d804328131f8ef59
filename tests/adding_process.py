"""A process of its own that adds articles to a library: python tests/adding_process.py PLACE FIRST LAST

Article N is the same in every process. After each one that was acknowledged its number is printed.
"""

import sys

from doubles import WordEncoder

from index.article import Article
from index.places import open_library


def numbered(number: int) -> Article:
    text = " ".join(f"Kabar {number} bagian {part}." for part in range(20))
    return Article.from_text(text, source=f"{number}.txt")


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main(place: str, first: str, last: str) -> None:
    with open_library(place, WordEncoder()) as library:
        say("ready")
        sys.stdin.readline()
        for number in range(int(first), int(last)):
            library.add([numbered(number)])
            say(number)


if __name__ == "__main__":
    main(*sys.argv[1:])
