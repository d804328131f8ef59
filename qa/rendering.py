"""An answer as HTML: the card in the chat.

Everything from articles and questions is escaped and set apart from the direction of the text around it. Words of the
page stand in English, in elements that name them (``data-t``), so that the browser can put them in its own language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path

from index.article import Span
from index.filters import source_name
from qa.answers import Answer, Evidence, Place, Status
from qa.public import public_answer

STATIC = Path(__file__).parent / "static"
CANDIDATES = 4  # beside the best one
ALONE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "{}<title>kutip</title><style>:root{{color-scheme:light dark}}"
    "body{{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}}</style></head>"
    "<body><main><h1>kutip</h1>{}</main></body></html>"
)
# Drawn, as not every machine has a font with these characters.
THUMB = (
    '<svg class="kutip-thumb{turned}" viewBox="0 0 24 24" aria-hidden="true">'
    '<path d="M2 10h4v11H2zM8 10l4-8c2 0 3 1 3 3v4h6c1 0 2 1 2 2l-2 8c0 1-1 2-2 2H8z"></path></svg>'
)


@cache
def words() -> dict[str, dict[str, str]]:
    """The words of the page by language and key."""
    read: dict[str, dict[str, str]] = json.loads((STATIC / "words.json").read_text(encoding="utf-8"))
    return read


def word(key: str, values: Mapping[str, str | int] | None = None) -> str:
    """A word of the page, ready to be put into the browser's language; ``values`` are put in its {places}.

    >>> word("right")
    '<span data-t="right">Right</span>'
    """
    said, put = words()["en"][key], ""
    if values:
        said, put = said.format(**values), f' data-values="{escape(json.dumps(values))}"'
    return f'<span data-t="{key}"{put}>{escape(said)}</span>'


def render(answer: Answer, feedback: bool = True) -> str:
    """The card of an answer; with ``feedback`` it asks whether the answer is right.

    The whole answer lies in ``data-answer`` as JSON, from which the browser keeps and exports the conversation.
    """
    absent = answer.status is Status.NOT_IN_ARTICLES or not answer.evidence
    body = render_absent(answer) if absent else render_quote(answer, feedback)
    asks = render_opinion(answer) if feedback and answer.evidence else ""
    plain = escape(json.dumps(public_answer(answer), ensure_ascii=False))
    return (
        f'<article class="kutip kutip-{answer.status}" data-answer="{plain}">{asked_as(answer)}'
        f'<p class="kutip-badge">{word(str(answer.status))}</p>{body}{asks}</article>'
    )


def render_error(key: str = "", message: str = "", values: Mapping[str, str | int] | None = None) -> str:
    """The card for a question that got no answer: a word of the page with its values, or a message in English."""
    said = word(key, values) if key else f"<bdi>{escape(message)}</bdi>"
    return f'<article class="kutip kutip-error" role="alert"><p>{said}</p></article>'


def render_alone(key: str, values: Mapping[str, str | int], refresh: int = 0) -> str:
    """A page that says words of the page in both languages, to who opens it while there is no other.

    It is asked for anew after so many seconds, 0 for never.
    """
    said = {language: known[key].format(**values) for language, known in words().items()}
    again = f'<meta http-equiv="refresh" content="{refresh}">' if refresh else ""
    return ALONE.format(again, "".join(f'<p lang="{language}">{escape(why)}</p>' for language, why in said.items()))


def render_quote(answer: Answer, feedback: bool = True) -> str:
    """The best quote with its place and chance, then the others."""
    best, *others = answer.evidence
    unsure = answer.status is Status.UNSURE
    head = f"<p>{word('maybe')}</p>" if unsure else ""
    rivals = answer.rivals
    near: list[str] = []
    further: list[str] = []
    for number, evidence in enumerate(others[:CANDIDATES], 1):
        items = near if unsure or evidence in rivals else further
        items.append(render_candidate(evidence, number, feedback))
    more = listed("others" if unsure else "contested", near, True) + listed("further", further, False)
    return (
        f'{head}<blockquote class="kutip-quote"{language(best)}><bdi>{escape(best.text)}</bdi></blockquote>'
        f"{render_place(best, others=others)}"
        f'<p class="kutip-state"><strong>{word(in_words(answer.confidence))}</strong> · '
        f"{word('chance', {'chance': f'{answer.confidence:.0%}'})}</p>{more}"
    )


def listed(title: str, items: Sequence[str], opened: bool) -> str:
    """A list that can be opened and closed, under a word of the page; "" without items."""
    if not items:
        return ""
    return f"<details{' open' if opened else ''}><summary>{word(title)}</summary><ul>{''.join(items)}</ul></details>"


def render_absent(answer: Answer) -> str:
    """That the articles do not say, with the sentences that come nearest, none of them as an answer."""
    places = (render_place(evidence, number) for number, evidence in enumerate(answer.evidence[:3]))
    near = "".join(f"<li>{place}</li>" for place in places)
    shown = f"<details><summary>{word('nearest')}</summary><ul>{near}</ul></details>" if near else ""
    return f"<p><strong>{word('absent')}</strong></p>{shown}"


def render_place(evidence: Evidence, number: int = 0, others: Sequence[Evidence] = ()) -> str:
    """A sentence with its quote marked, the article it stands in, and buttons that show it there and copy it.

    ``number`` is its place among the evidence; ``others`` are further quotes of the same answer, marked more lightly in
    the article.
    """
    also = "".join(
        f'<p class="kutip-source">= {about(place)} {opener(place.article_id, [place.answer], place.article_title)}</p>'
        for place in evidence.also_in
    )
    beside = [evidence.answer, *(other.answer for other in others if other.article_id == evidence.article_id)]
    return (
        f'<p class="kutip-sentence"{language(evidence)}><bdi>{marked_sentence(evidence)}</bdi></p>'
        f'<p class="kutip-gloss" data-article-id="{escape(evidence.article_id)}" '
        f'data-start="{evidence.sentence.start}" data-end="{evidence.sentence.end}" '
        f'data-language="{escape(evidence.language)}" hidden></p>'
        f'<p class="kutip-source">{about(evidence)} <span class="kutip-together">'
        f"{opener(evidence.article_id, beside, evidence.article_title, evidence.passage)} "
        f"{copier(number)}</span></p>{also}"
    )


def render_candidate(evidence: Evidence, number: int, feedback: bool = True) -> str:
    """One of several candidates: a tap shows it in its article. ``number`` is its place among the evidence."""
    pick = (
        f'<button type="button" class="kutip-open" data-pick="{number}">{word("this_one")}</button>' if feedback else ""
    )
    places = escape(json.dumps([[evidence.answer.start, evidence.answer.end]]))
    passage = escape(json.dumps([evidence.passage.start, evidence.passage.end]))
    return (
        f'<li><button type="button" class="kutip-candidate" data-article="{escape(evidence.article_id)}" '
        f'data-spans="{places}" data-passage="{passage}">'
        f"<strong{language(evidence)}><bdi>{escape(evidence.text)}</bdi></strong>"
        f'<span class="kutip-sentence"{language(evidence)}><bdi>{marked_sentence(evidence)}</bdi></span>'
        f'<span class="kutip-source">{about(evidence)}</span></button>'
        f"{pick} {copier(number)}</li>"
    )


def render_opinion(answer: Answer) -> str:
    """Buttons that say whether the answer is right, and one to show the right place."""
    first = answer.evidence[0]
    return (
        '<p class="kutip-opinion">'
        f'<button type="button" data-verdict="right">{THUMB.format(turned="")} {word("right")}</button>'
        f'<button type="button" data-verdict="wrong">{THUMB.format(turned=" kutip-turned")} {word("wrong")}</button>'
        f'<button type="button" data-article="{escape(first.article_id)}">{word("right_here")}…</button>'
        '<span class="kutip-said" role="status"></span></p>'
    )


def marked_sentence(evidence: Evidence) -> str:
    """The sentence of a quote, with the quote marked."""
    start = evidence.answer.start - evidence.sentence.start
    end = evidence.answer.end - evidence.sentence.start
    text = evidence.sentence_text
    return f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"


def about(place: Evidence | Place) -> str:
    """Title, date, source, page and the column of a table, where they are known."""
    page = place.page if isinstance(place, Evidence) else None
    parts = [f"<bdi>{escape(part)}</bdi>" for part in (place.article_title, place.published) if part]
    if place.source:
        parts.append(f'<bdi class="kutip-address">{escape(source_name(place.source))}</bdi>')
    if page:
        parts.append(word("page", {"number": page}))
    if isinstance(place, Evidence) and place.column:
        parts.append(word("column", {"name": place.column}))
    return " · ".join(parts)


def opener(article_id: str, spans: Sequence[Span], title: str, passage: Span | None = None) -> str:
    """A button that shows an article with spans of it marked, the first one foremost, and its passage."""
    places = escape(json.dumps([[span.start, span.end] for span in spans]))
    around = f' data-passage="[{passage.start}, {passage.end}]"' if passage is not None else ""
    return (
        f'<button type="button" class="kutip-open" data-article="{escape(article_id)}" data-spans="{places}"{around}>'
        f'{word("show")}<span class="kutip-hidden">: {escape(title)}</span></button>'
    )


def copier(number: int) -> str:
    """A button that copies a piece of the evidence: its sentence, with where that stands."""
    return f'<button type="button" class="kutip-open" data-copy="{number}">{word("copy")}</button>'


def asked_as(answer: Answer) -> str:
    """How a follow-up was understood, with a button that asks it literally; "" for a question that was put as it is."""
    as_typed = " ".join(answer.question.split())
    if not answer.asked_as or answer.asked_as in (as_typed, as_typed.strip('"“”')):
        return ""
    return (
        f'<p class="kutip-source">{word("asked_as")} <bdi>{escape(answer.asked_as)}</bdi> '
        f'<button type="button" class="kutip-open" data-literal="{escape(answer.question)}">'
        f"{word('literally')}</button></p>"
    )


def language(evidence: Evidence) -> str:
    """The quote's ``lang`` attribute, for screen readers and hyphenation."""
    return f' lang="{escape(evidence.language)}"' if evidence.language else ""


def in_words(confidence: float) -> str:
    """How sure the answer is, as a key of the page's words.

    >>> in_words(0.93), in_words(0.6), in_words(0.3), in_words(0.1)
    ('very_likely', 'probably', 'probably_wrong', 'guess')
    """
    steps = ((0.85, "very_likely"), (0.5, "probably"), (0.2, "probably_wrong"))
    return next((key for least, key in steps if confidence >= least), "guess")
