"""Questions over tables, made up: tables of what news counts, as kutip puts their rows into words (`index.tables`).

No data set of both languages asks tables. Of each table some cells are asked for, in its own language or the other
one, some rows by what stands in them, and some things that it does not tell: a row or a column that it does not have.
What the tables are about stands in ``tables.toml``.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from index.article import Span
from index.tables import Wording, in_words, tables_in
from training.data import TABLES, Example
from training.windows import BOUNDARY

ABOUT = tomllib.loads(Path(__file__).with_name("tables.toml").read_text(encoding="utf-8"))
LANGUAGES = ("id", "en")
AFTER = (
    [
        "Data itu dihimpun sampai Senin siang.",
        "Angka itu masih dapat berubah.",
        "Pemerintah belum menanggapi.",
        "Demikian keterangan resmi yang diterima.",
        "",
    ],
    [
        "The figures may still change.",
        "They were published on Monday.",
        "No one was available for comment.",
        "More is expected next week.",
        "",
    ],
)
Pair = tuple[str, str]  # in Indonesian and in English
Table = Mapping[str, Any]  # of the TOML file


def table_examples(
    indonesian: Sequence[str], english: Sequence[str], seed: int, tables: int = 1800
) -> dict[str, list[Example]]:
    """Questions over that many tables, by their source; before a table stands a sentence of other texts."""
    rng = random.Random(seed)
    leads = [[lead for text in own if 30 < len(lead := BOUNDARY.split(text)[0]) < 200] for own in (indonesian, english)]
    out: dict[str, list[Example]] = {source: [] for source in TABLES}
    for at in range(tables):
        domain, language = rng.choice(ABOUT["domains"]), rng.randrange(2)
        out[TABLES[language]] += of_table(domain, language, leads[language], rng, f"{TABLES[language]}-{at}")
    return out


def of_table(domain: Table, language: int, leads: Sequence[str], rng: random.Random, name: str) -> list[Example]:
    """Some questions over one table in the language of that number."""
    own = LANGUAGES[language]
    count = rng.randint(3, 9)
    *keys, absent = names_of_rows(domain["rows"], rng, count + 1)
    every = domain["columns"]
    columns = rng.sample(every, rng.randint(min(2, len(every)), min(5, len(every))))
    names = [rng.choice(column["names"][own]) for column in columns]
    key_name = "" if rng.random() < 0.1 else rng.choice(domain["key"][own])
    cells = [[value_of(column["value"], rng) for column in columns] for _ in range(count)]
    shown = [key[language][:1].upper() + key[language][1:] for key in keys]
    lines = ["| " + " | ".join([key_name, *names]) + " |", "|" + "---|" * (len(columns) + 1)]
    lines += [
        "| " + " | ".join([key, *(c[language] for c in row)]) + " |" for key, row in zip(shown, cells, strict=True)
    ]
    lead = rng.choice(domain["titles"][own]) + ".\n" + (rng.choice(leads) + "\n" if rng.random() < 0.7 else "")
    text = lead + "\n".join(lines) + "\n" + rng.choice(AFTER[language])
    (table,) = tables_in(text)
    wording = in_words(text, Span(0, len(text)), (table,))
    assert wording is not None
    out = []
    for number in range(rng.randint(3, 5)):
        asked_in = language if rng.random() < 0.55 else 1 - language
        row, at = rng.randrange(count), rng.randrange(len(columns))
        asked, back = (columns[at].get(how, {}).get(LANGUAGES[asked_in]) for how in ("asked", "back"))
        kind, cell = rng.random(), table.rows[row].cells[at + 1]
        answers: tuple[tuple[int, int], ...] = ()
        if kind < 0.2:  # of a row that is not there
            question = rng.choice(asked).format(k=absent[asked_in])
        elif kind < 0.32 and len(columns) < len(every):  # of a column that is not there
            other = rng.choice([column for column in every if column not in columns])
            question = rng.choice(other["asked"][LANGUAGES[asked_in]]).format(k=keys[row][asked_in])
        elif kind < 0.42 and back and [c[at] for c in cells].count(cells[row][at]) == 1:
            question = rng.choice(back).format(v=cells[row][at][language])
            answers = place_of(wording, table.rows[row].cells[0], cell)
        else:
            question = rng.choice(asked).format(k=keys[row][asked_in])
            answers = place_of(wording, cell, cell)
        out.append(Example(f"{name}-{number}", TABLES[language], question, wording.text, answers))
    return out


def place_of(wording: Wording, cell: Span, beside: Span) -> tuple[tuple[int, int], ...]:
    """Where a cell stands in the wording, in the sentence that tells the one beside it."""
    places = wording.places.tolist()
    start = max(at for at in range(places.index(beside.start) + 1) if places[at] == cell.start)
    return ((start, start + len(cell)),)


def names_of_rows(rows: Table, rng: random.Random, count: int) -> list[Pair]:
    """That many different names of rows."""
    if rows["kind"] == "sample":
        return [in_both(name) for name in rng.sample(ABOUT["pools"][rows["pool"]], count)]
    found: dict[Pair, None] = {}
    while len(found) < count:
        found[value_of(rows, rng)] = None
    return list(found)


def value_of(value: Table, rng: random.Random) -> Pair:
    """What stands in a cell."""
    pools, least, most = ABOUT["pools"], value.get("least", 0), value.get("most", 0)
    before, behind = value.get("before", ("", "")), value.get("behind", ("", ""))
    match value["kind"]:
        case "pool":
            made = in_both(rng.choice(pools[value["pool"]]))
        case "person":
            own = "id" if rng.random() < 0.6 else "en"
            made = in_both(f"{rng.choice(pools[f'first_{own}'])} {rng.choice(pools[f'last_{own}'])}")
        case "town":
            made = in_both(rng.choice(pools["towns_id" if rng.random() < 0.6 else "towns_en"]))
        case "number":  # half of them as often small as large
            plain = (
                rng.randint(least, most) if rng.random() < 0.5 else int(least * (most / max(least, 1)) ** rng.random())
            )
            made = (f"{plain:,}".replace(",", "."), f"{plain:,}")
        case "decimal":
            point = f"{rng.uniform(least, most):.{value['digits']}f}"
            made = (point.replace(".", ","), point)
        case "price":
            rupiah = f"{rng.randint(least, most) * 100:,}".replace(",", ".")
            made = (
                rng.choice((f"Rp{rupiah}", f"Rp{rupiah}", f"Rp {rupiah}", rupiah)),
                f"${rng.randint(least, most) / 100:.2f}",
            )
        case "clock":
            hour, minute = rng.randint(0, 23), rng.choice(range(0, 60, 5))
            made = (f"{hour:02}.{minute:02}", f"{hour:02}:{minute:02}")
        case "day":
            month, day = in_both(rng.choice(pools["months"])), rng.randint(1, 28)
            made = (f"{day} {month[0]}", f"{day} {month[1]}")
        case kind:
            raise ValueError(f"tables.toml has a value of the kind {kind!r}, which is not known")
    return f"{before[0]}{made[0]}{behind[0]}", f"{before[1]}{made[1]}{behind[1]}"


def in_both(name: str) -> Pair:
    """A name of a pool in both languages.

    >>> in_both("beras/rice"), in_both("Hanoi")
    (('beras', 'rice'), ('Hanoi', 'Hanoi'))
    """
    own, _, other = name.partition("/")
    return own, other or own
