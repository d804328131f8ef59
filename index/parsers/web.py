"""Web pages and feeds."""

from __future__ import annotations

import html as markup
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from html.entities import html5
from typing import Any

from index.article import Article, Document, Failure, Original, article_id, is_address, normalize
from index.errors import ArticleError
from index.parsers.charset import decode, text_of
from index.parsers.metadata import iso_date, language_code
from index.parsers.published import declared_day
from index.parsers.unread import WHAT_TO_DO

ENTITY = re.compile(r"<!\s*(?:ENTITY|DOCTYPE[^>]*\[)", re.IGNORECASE)
XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
HTML_LANGUAGE = re.compile(r"<html\b[^>]{0,1000}?\slang\s*=\s*[\"']?([A-Za-z-]{2,20})", re.IGNORECASE)
BLOCKS = frozenset(
    "address article aside blockquote body br button caption center dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol option p pre section summary table tr ul".split()
)
INLINE = frozenset("a b em i span strong u".split())
CELLS = frozenset(("td", "th"))
CELL = 200  # characters; a cell of a table of facts seldom has more
ABOVE = 80  # characters; a cell alone in its row that has more is no name of the rows below it
MOST_SPANNED = 100  # rows or columns
BAR = "\\|"
HIDDEN = frozenset("script style noscript template head title iframe object".split())
A_BLOCK = re.compile(rf"<(?:{'|'.join(BLOCKS)})\b", re.IGNORECASE)
ELEMENT = f"(?:{'|'.join(BLOCKS | INLINE)})"
MARKUP = re.compile(r"</\w+\s*>|<br\b|&(?:\w+|#\d+);", re.IGNORECASE)
# Of what people write in a text by itself no element is opened and closed, and no letter written so.
OPENED = re.compile(rf"<{ELEMENT}(?:\s[^<>]*)?>", re.IGNORECASE)
CLOSED = re.compile(rf"</{ELEMENT}\s*>|<br\s*/?>", re.IGNORECASE)
WRITTEN = re.compile(r"&(?:nbsp|amp|quot|[lr][sd]quo|hellip|[mn]dash|#\d{2,5}|#x[\da-f]{2,5});", re.IGNORECASE)
AMPERSAND = re.compile(r"&(#\d+;|#x[\da-f]+;|\w+;)?", re.IGNORECASE)
CAPTION = re.compile(r"(</?media:)description\b")  # a picture's, which feedparser takes for the entry's own
# What WordPress exports beside what its readers see.
INNER_POSTS = frozenset(
    "attachment custom_css customize_changeset nav_menu_item oembed_cache revision user_request wp_block wp_font_face "
    "wp_font_family wp_global_styles wp_navigation wp_template wp_template_part".split()
)
FEED_ENDS = re.compile(r"</(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
BLANK_LINES = re.compile(r"\n[^\S\n]*\n")
LINES_COUNT = re.compile(r"(</?(?:pre|textarea|script|style)\b)", re.IGNORECASE)


def parse_html(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """The article of a page, without what stands around it."""
    import trafilatura

    html = text_of(data, name)
    page = trafilatura.load_html(flowing(html))  # which leaves the line ends of the source in the text
    published = "" if page is None else declared_day(page)
    for cell in () if page is None else page.xpath("//th[../td]"):
        cell.tag = "td"  # it names its row: a line under the row would make a head of that
    for table in () if page is None else page.xpath("//table[not(.//table)]"):
        spell_out(table)
        keep_lists(table)
    found = (
        None
        if page is None
        else trafilatura.bare_extraction(page, url=None, include_comments=False, with_metadata=True)
    )
    text = normalize(getattr(found, "text", None) or "")
    if not text.strip():
        text = markup_text(html)
    if not text.strip():
        raise ArticleError(f"there is no article on the page {name}", "no_article", name=name)
    yield Document(
        Article.from_text(
            text,
            title=getattr(found, "title", None),
            source=name,
            author=getattr(found, "author", None) or "",
            published=published,  # not found.date: where none is declared, trafilatura guesses one
            language=language_code(declared[1] if (declared := HTML_LANGUAGE.search(html[:20_000])) else ""),
        )
    )


def markup_text(html: str) -> str:
    """All text of a piece of HTML, a line for each block; a piece without any keeps its lines.

    >>> markup_text("<p>Harga<!-- x --> beras\\nnaik.</p>Lagi.")
    'Harga beras naik.\\nLagi.'
    >>> markup_text("<table><tr><td>Beras</td><td>12.000</td></tr></table>")
    '| Beras | 12.000 |'
    """
    from lxml import etree
    from lxml.html import HTMLParser, fromstring

    if not html.strip():
        return ""
    told = flowing(html) if A_BLOCK.search(html) else html
    parser = HTMLParser(encoding=None, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = fromstring(f"<div>{told}</div>", parser=parser)
    except (etree.LxmlError, ValueError):
        return ""
    etree.strip_elements(root, *HIDDEN, with_tail=False)
    for table in [*root.iter("table")]:
        if table.find(".//table") is None:
            spell_out(table)
        as_lines(table)
    lines = (" ".join(line.split()) for line in text_of_element(root).split("\n"))
    return normalize("\n".join(line for line in lines if line))


def text_of_element(root: Any) -> str:
    """The text of an element, blocks on lines of their own and a space between cells."""
    from lxml import etree

    parts: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        parts.append("\n" if element.tag in BLOCKS else " " if element.tag in CELLS else "")
        parts.append((element.text if event == "start" else element.tail if element is not root else "") or "")
    return "".join(parts)


def spell_out(table: Any) -> None:
    """Give each row of a table a cell for each of its columns.

    A cell that takes several columns is followed by empty ones. One that goes on below is empty there where it is a
    heading, else it says the same again.
    """
    below: dict[int, tuple[int, str, str]] = {}  # for so many rows, by the column: what kind of cell, and its text
    for row in table.iter("tr"):
        cells = deque(cell for cell in row if cell.tag in CELLS)
        column, last = 0, max(below, default=-1)
        while cells or column <= last:
            if column in below or not cells:
                rows, tag, text = below.pop(column, (0, "td", ""))
                if rows > 1:
                    below[column] = rows - 1, tag, text
                another = row.makeelement(tag)
                another.text = text
                if cells:
                    cells[0].addprevious(another)
                else:
                    row.append(another)
                column += 1
                continue
            cell = cells.popleft()
            down, across = spanned(cell, "rowspan"), spanned(cell, "colspan")
            told = " ".join(text_of_element(cell).split()) if down > 1 and cell.tag == "td" else ""
            for at in range(across):
                if at:
                    cell.addnext(row.makeelement(cell.tag))
                if down > 1:
                    below[column + at] = down - 1, cell.tag, told if not at and len(told) <= CELL else ""
            column += across


def spanned(cell: Any, attribute: str) -> int:
    """How many rows or columns a cell takes, which it no longer says afterwards."""
    given = (cell.attrib.pop(attribute, "") or "").strip()
    return min(int(given[:4]), MOST_SPANNED) or 1 if given.isdecimal() else 1


def keep_lists(table: Any) -> None:
    """Make lists in the cells of a table with headings text: of a page they would be left out."""
    for part in [*table.xpath(".//td//ul | .//td//ol | .//td//li")] if table.find(".//th") is not None else ():
        if part.tag == "li" and part.getnext() is not None:
            part.tail = ", "
        part.drop_tag()


def as_lines(table: Any) -> None:
    """Make each row of a table one line, with a rule under the first ones where they name the columns.

    Not one with a cell that holds a table or a text of some length, which only lays out a page; one with a single
    text only below others, as the name of rows that follow.
    """
    begun = headed = False
    for row in [row for row in table.iter("tr") if next(row.iterancestors("table"), None) is table]:
        cells = [cell for cell in row if cell.tag in CELLS]
        if any(cell.find(".//table") is not None for cell in cells):
            continue
        texts = [" ".join(text_of_element(cell).split()).replace("|", BAR) for cell in cells]
        told = sum(map(bool, texts))
        above = told == 1 and begun and len(texts) > 2 and len(texts[0]) <= ABOVE
        if not told or (told < 2 and not above) or max(map(len, texts)) > CELL:
            continue
        heads = told > 1 and all(cell.tag == "th" for cell in cells) and not headed
        headed = headed or not heads
        begun = True
        row[:] = []
        row.text = f"| {' | '.join(texts)} |" + ("\n|" + "---|" * len(texts) if heads else "")


def looks_like_html(text: str) -> bool:
    """Whether a field that should hold a text holds HTML, as what blogs and newsrooms export does.

    >>> looks_like_html("<p>Harga naik.</p>"), looks_like_html("Beras &amp; jagung"), looks_like_html("a < b > c & d")
    (True, True, False)
    """
    return bool((OPENED.search(text) and CLOSED.search(text)) or WRITTEN.search(text))


def flowing(html: str) -> str:
    """HTML without the line ends that mean nothing: where it is not told otherwise, they are spaces.

    >>> flowing("<p>Joko\\nWidodo</p><pre>a\\nb</pre>")
    '<p>Joko Widodo</p><pre>a\\nb</pre>'
    """
    parts, within = [], ""
    for part in LINES_COUNT.split(html):
        name = part.lower().lstrip("</") if LINES_COUNT.fullmatch(part) else ""
        if name and part.startswith("</"):
            within = "" if name == within else within
        elif name:
            within = within or name
        parts.append(part if within else re.sub(r"[\r\n]+", " ", part))
    return "".join(parts)


def parse_feed(data: bytes, name: str, _depth: int = 0) -> Iterator[Document | Failure]:
    """Each entry of an RSS or Atom feed; of one that was cut off those that are whole."""
    import feedparser

    xml = decode(data).replace("\0", "")
    refuse_entities(xml, name)
    xml = XML_DECLARATION.sub("", xml, count=1)  # it is decoded: what it was is past
    plain = CAPTION.sub(r"\1caption", ampersands_written(xml)).encode("utf-8", "replace")
    # Links of entries are reckoned from where the feed lies, those in their texts are not kept.
    fetched = is_address(name)
    about = {"content-location": name, "content-type": "application/xml"} if fetched else {}
    feed = feedparser.parse(io.BytesIO(plain), sanitize_html=False, resolve_relative_uris=False, response_headers=about)
    version = str(feed.get("version") or "")  # of nothing there is none
    if not feed.entries and not feed.bozo and not version:
        raise ArticleError(f"{name} is XML, but neither a feed nor a page; {WHAT_TO_DO}", "unread", name=name)
    if not feed.entries and feed.bozo:
        raise ArticleError(
            f"{name} is damaged, or no feed ({type(feed.bozo_exception).__name__})", "damaged", name=name
        )
    of_all = authors_of(feed.feed) if version.startswith("atom") else ""
    pages, texts = zip(*map(entry_page, feed.entries), strict=True) if feed.entries else ((), ())
    names = [(str(entry.get("link", "")), str(entry.get("id", ""))) for entry in feed.entries]
    shared = shared_links((*named, text) for named, text in zip(names, texts, strict=True))
    for entry, html, text, (link, own) in zip(feed.entries, pages, texts, names, strict=True):
        if not text.strip() or is_inner_post(entry):
            continue
        # Not what feedparser makes of them, which is a day of Greenwich: an Indonesian morning would be the day before.
        days = (iso_date(entry[key]) for key in ("wp_post_date", "published", "updated") if key in entry)
        yield Document(
            Article.from_text(
                text,
                title=markup_text(str(entry.get("title", ""))),
                source=entry_source(name, "" if link in shared else link, own, text),
                author=authors_of(entry) or of_all,
                published=next(filter(None, days), ""),
                language=language_code(feed.feed.get("language")),
            ),
            Original("text/html", html.encode("utf-8", "replace")),
            window=True,
        )
    if feed.bozo and not FEED_ENDS.search(xml):
        why = f"{name} was cut off: it ends within the feed, and its last entry is not read; fetch it again"
        yield Failure.of(name, ArticleError(why, "feed_cut_off", name=name))


def entry_page(entry: Mapping[str, Any]) -> tuple[str, str]:
    """The HTML of an entry and its text: the longest content that it has, else its summary, else what is told of its
    picture or film."""
    contents = sorted(entry.get("content") or (), key=lambda part: -len(str(part.get("value", ""))))
    summary = entry.get("summary_detail") or {"value": entry.get("summary", "")}
    for part in (*contents[:1], summary, {"value": entry.get("media_caption", ""), "type": "text/plain"}):
        html = str(part.get("value", ""))
        if "wp_post_type" in entry:  # as it was typed: WordPress makes paragraphs of it only when it shows it
            html = BLANK_LINES.sub("<br>\n", html)
        if part.get("type") == "text/plain" and not MARKUP.search(html):  # many a feed calls a text what is HTML
            html = markup.escape(html, quote=False)
        if text := markup_text(html).strip():
            return html, text
    return "", ""


def is_inner_post(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is of a blog's export and none that its readers see: a draft, what was thrown away, a menu.

    >>> is_inner_post({"wp_post_type": "post", "wp_status": "draft"}), is_inner_post({"title": "Harga naik"})
    (True, False)
    """
    unseen = entry.get("wp_status", "publish") != "publish" or entry.get("wp_post_password")
    return bool(unseen) or entry.get("wp_post_type") in INNER_POSTS


def ampersands_written(xml: str) -> str:
    """XML whose lone ampersands are written as they have to be: of one that is not, feedparser makes an entity.

    >>> ampersands_written("Q&A &amp; &nbsp;AT&T;<![CDATA[A&B]]>")
    'Q&amp;A &amp; &nbsp;AT&amp;T;<![CDATA[A&B]]>'
    """

    def written(found: re.Match[str]) -> str:
        named = found[1] or ""
        return found[0] if named.startswith("#") or named in html5 else f"&amp;{named}"

    first, *sections = xml.split("<![CDATA[")
    parts = [AMPERSAND.sub(written, first)]
    for section in sections:
        within, end, behind = section.partition("]]>")
        parts += ["<![CDATA[", within, end, AMPERSAND.sub(written, behind)]
    return "".join(parts)


def authors_of(told: Mapping[str, Any]) -> str:
    """Who an entry or a feed is by: the names of all, else what else it tells of one."""
    names = (str(one.get("name") or "") for one in told.get("authors", ()))
    return ", ".join(dict.fromkeys(filter(None, names))) or str(told.get("author", ""))


def shared_links(entries: Iterable[tuple[str, str, str]]) -> frozenset[str]:
    """The links that several of a feed's entries (link, own id, text) have, as that of its home page: no addresses of
    any of them. An entry that is listed twice shares its link with none.

    >>> shared_links([("https://x.test", "1", "Satu."), ("https://x.test", "2", "Dua."), ("https://x.test/3", "3", "")])
    frozenset({'https://x.test'})
    """
    owners: dict[str, set[str]] = {}
    for link, own, text in entries:
        owners.setdefault(link, set()).add(own or article_id(normalize(text)))
    return frozenset(link for link, several in owners.items() if len(several) > 1)


def entry_source(name: str, link: str, own: str, text: str) -> str:
    """The source of an entry of the feed ``name``: its address, else what it calls itself, else a hash of its text.

    Never its place, which others have when the feed moves on; so none of `shared_links` is given as ``link``.
    "" for one without an address from a feed without a name.

    >>> entry_source("a.xml", "https://x.test/1", "7", "Satu."), entry_source("a.xml", "", "7", "Satu.")
    ('https://x.test/1', 'a.xml#7')
    >>> entry_source("a.xml", "", "", "Satu.")
    'a.xml#46035b7db8ce7abe'
    """
    address = next(filter(is_address, (link, own)), "")
    return address or (name and f"{name}#{own or link or article_id(normalize(text))}")


def refuse_entities(xml: str, name: str) -> None:
    """Raises ArticleError for XML that defines entities: what they become may be anything, of any size."""
    if ENTITY.search(xml):
        why = f"{name} defines XML entities, which are not read; save it without a DOCTYPE"
        raise ArticleError(why, "entities", name=name)
