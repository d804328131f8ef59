"""When a page says that it was published. Its text, its footer and its address may hold any date: they say nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from index.parsers.metadata import iso_date

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Of meta tags; the more surely one tells the day of the article, the further in front.
NAMES = tuple(
    "article:published_time og:article:published_time og:published_time article:published datepublished date_published "
    "publishdate publish_date publish-date publisheddate published_date published-date content_publisheddate "
    "published_time publish_time publication_date parsely-pub-date citation_publication_date citation_online_date "
    "dcterms.issued dc.date.issued dcterms.date dc.date pubdate cxenseparse:recs:publishtime sailthru.date date".split()
)
ARTICLES = ("Article", "Posting", "Report")  # the ends of schema.org's types that are one
UNSET = "1970-01-01"  # what many a page has for a day that was never set
MOST = 2_000  # marked elements that are looked at
BYLINE = 100  # characters; a longer paragraph with a date in it tells a story


def declared_day(page: HtmlElement) -> str:
    """The ISO date on which a page declares to have been published, "" where it does not.

    A meta tag counts first, then JSON-LD, then microdata and the ``<time>`` of the article itself.
    """
    return meta_day(page) or linked_day(page) or marked_day(page)


def day_of(given: object) -> str:
    """A declared day, "" for one that was never set."""
    day = iso_date(given)
    return day if day > UNSET else ""


def meta_day(page: HtmlElement) -> str:
    """The day in a meta tag."""
    days: dict[str, str] = {}
    for meta in islice(page.iter("meta"), MOST):
        name = marks(meta, "property") or marks(meta, "name") or (marks(meta, "itemprop") if in_head(meta) else "")
        if name in NAMES and (day := day_of(meta.get("content"))):
            days.setdefault(name, day)
    return next((days[name] for name in NAMES if name in days), "")


def in_head(element: HtmlElement) -> bool:
    """Whether an element speaks for the whole page; in its body it may speak for one of several articles."""
    return next(element.iterancestors("head"), None) is not None


def linked_day(page: HtmlElement) -> str:
    """The day in the JSON-LD of an article, else in that of the page."""
    things = list(linked_things(page))
    articles = [thing for thing in things if any(kind.endswith(ARTICLES) for kind in kinds(thing))]
    pages = [thing for thing in things if "WebPage" in kinds(thing)]
    days = (day_of(thing.get("datePublished")) for thing in articles + pages)
    return next(filter(None, days), "")


def linked_things(page: HtmlElement) -> Iterator[dict[str, Any]]:
    """What the page's JSON-LD is about; not what this mentions, as lists of other articles."""
    for script in page.iter("script"):
        if marks(script, "type") != "application/ld+json":
            continue
        try:
            read = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):  # many a page's is broken
            continue
        for thing in as_list(read):
            about = [thing, *as_list(thing.get("@graph"))] if isinstance(thing, dict) else []
            about += [inner for outer in about if isinstance(outer, dict) for inner in as_list(outer.get("mainEntity"))]
            yield from (one for one in about if isinstance(one, dict))


def kinds(thing: dict[str, Any]) -> list[str]:
    """The schema.org types of a thing."""
    return [str(kind) for kind in as_list(thing.get("@type"))]


def as_list(value: Any) -> list[Any]:
    """A value that may be one or several, as JSON-LD allows."""
    return value if isinstance(value, list) else [value]


def marked_day(page: HtmlElement) -> str:
    """The day in the markup of the article itself: its microdata, else its first ``<time>``.

    On a page without an ``<article>`` microdata counts if all of it says the same.
    """
    article = main_article(page)
    marked = (e for e in (page if article is None else article).iter("*") if e.get("itemprop") or e.tag == "time")
    own = [
        element
        for element in islice(marked, MOST)
        if next(element.iterancestors("article"), None) is article
        if next(element.iterancestors("aside", "nav"), None) is None
    ]
    stated = [day for element in own if "datepublished" in marks(element, "itemprop") and (day := day_in(element))]
    if article is None:
        return stated[0] if len(set(stated)) == 1 else ""
    story = {paragraph for paragraph in article.iter("p") if len(paragraph.text_content()) > BYLINE}
    times = [
        day
        for element in own
        if element.tag == "time" and not of_a_change(element)
        if next(element.iterancestors("p"), None) not in story and (day := day_in(element))
    ]
    return next(iter(stated + times), "")


def main_article(page: HtmlElement) -> HtmlElement | None:
    """The ``<article>`` that holds more than half of the words in all of them, which a list of articles has not."""
    sizes = {
        article: len(article.text_content())
        for article in page.iter("article")
        if next(article.iterancestors("article"), None) is None
    }
    longest = max(sizes, key=lambda article: sizes[article], default=None)
    return longest if longest is not None and 2 * sizes[longest] > sum(sizes.values()) else None


def day_in(element: HtmlElement) -> str:
    """The day that an element declares for machines."""
    return next(filter(None, (day_of(element.get(name)) for name in ("datetime", "content", "title"))), "")


def of_a_change(element: HtmlElement) -> bool:
    """Whether a ``<time>`` is that of a change alone."""
    about = marks(element, "class") + marks(element, "itemprop")
    return "published" not in about and ("updated" in about or "modified" in about)


def marks(element: HtmlElement, name: str) -> str:
    """An attribute in small letters, "" where it is not given."""
    return (element.get(name) or "").strip().lower()
