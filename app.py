"""The page: ask in a chat, get the quote with its sentence, its article and an honest confidence.

`python app.py` and `kutip serve` start it. Text of articles and questions is data: it is escaped, set apart
from the direction of the text around it, and never read as Markdown.
"""

from __future__ import annotations

import argparse
import errno
import json
import logging
import os
import re
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Sequence
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before the import: it is read there

import gradio as gr
import uvicorn
from fastapi import FastAPI, HTTPException

import qa
from qa import Answer, Evidence, Filters, KutipError, QuestionError, Span, Status, load
from qa.asking import Asking
from qa.config import TRANSLATOR_VARIABLE
from qa.conversation import KEPT, Turn, ask, turn_of
from qa.guard import Rules
from qa.public import public_answer, public_source
from qa.rest.problems import explained
from qa.rest.settings import Settings
from qa.server import create_api

if TYPE_CHECKING:
    from qa.pipeline import Pipeline

logger = logging.getLogger("kutip")

EXAMPLES = [
    "Why did the talks fail?",
    "Mengapa perundingan itu gagal?",
    "Where did Trump and Kim meet?",
    "Siapa juru bicara Gedung Putih?",
    "Who won the 2018 World Cup?",
]
LANGUAGES = [("–", ""), ("Indonesia", "id"), ("English", "en")]
SYSTEM_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]


def asked_as(answer: Answer) -> str:
    """How a follow-up was understood, with a button that asks it literally; "" for a question that was put as it is."""
    if answer.question.strip().strip('"“”') == answer.asked_as or not answer.asked_as:
        return ""
    if " ".join(answer.question.split()) == answer.asked_as:
        return ""
    return (
        f'<p class="kutip-source">asked as: <bdi>{escape(answer.asked_as)}</bdi> '
        f'<button type="button" class="kutip-open" data-literal="{escape(answer.question)}">'
        "Ask it literally</button></p>"
    )


def render(answer: Answer) -> str:
    """The reply to a question as HTML, with everything from articles escaped."""
    if answer.text is None or not answer.evidence:
        near = "".join(render_near(evidence) for evidence in answer.evidence[:2])
        shown = f"<details><summary>The nearest sentences</summary>{near}</details>" if near else ""
        return f'<div class="kutip">{asked_as(answer)}<p><strong>The articles do not say.</strong></p>{shown}</div>'
    best, *others = answer.evidence
    unsure = answer.status is Status.UNSURE
    head = "<p>I am not sure. This comes nearest:</p>" if unsure else ""
    further = "".join(render_near(evidence) for evidence in others[:2])
    title = "Other candidates" if unsure else "Further places"
    more = f"<details{' open' if unsure else ''}><summary>{title}</summary>{further}</details>" if further else ""
    return (
        f'<div class="kutip">{asked_as(answer)}{head}'
        f'<blockquote class="kutip-quote"{language(best)}><bdi>{escape(best.text)}</bdi></blockquote>'
        f"{render_near(best, others)}"
        f'<p class="kutip-state">{in_words(answer.confidence)} ({answer.confidence:.0%})</p>{more}</div>'
    )


def render_near(evidence: Evidence, others: Sequence[Evidence] = ()) -> str:
    """A sentence with its quote marked, the article it stands in, and a button that shows it there.

    ``others`` are further quotes of the same answer, marked more lightly in the article.
    """
    start = evidence.answer.start - evidence.sentence.start
    end = evidence.answer.end - evidence.sentence.start
    text = evidence.sentence_text
    marked = f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"
    about = [evidence.published, public_source(evidence.source), f"p. {evidence.page}" if evidence.page else ""]
    source = "".join(f" · {escape(part)}" for part in about if part)
    also = "".join(
        f'<p class="kutip-source">= <bdi>{escape(place.article_title)}</bdi> '
        f"{opener(place.article_id, [place.answer], place.article_title)}</p>"
        for place in evidence.also_in
    )
    beside = [evidence.answer, *(other.answer for other in others if other.article_id == evidence.article_id)]
    return (
        f'<p class="kutip-sentence"{language(evidence)}><bdi>{marked}</bdi></p>'
        f'<p class="kutip-source"><bdi>{escape(evidence.article_title)}</bdi><bdi>{source}</bdi> '
        f"{opener(evidence.article_id, beside, evidence.article_title)}</p>{also}"
    )


def opener(article_id: str, spans: Sequence[Span], title: str) -> str:
    """A button that shows an article with spans of it marked, the first one foremost."""
    places = escape(json.dumps([[span.start, span.end] for span in spans]))
    return (
        f'<button type="button" class="kutip-open" data-article="{escape(article_id)}" data-spans="{places}" '
        f'aria-label="Show in the article: {escape(title)}">Show in the article</button>'
    )


def language(evidence: Evidence) -> str:
    """The quote's ``lang`` attribute, for screen readers and hyphenation."""
    return f' lang="{escape(evidence.language)}"' if evidence.language else ""


def in_words(confidence: float) -> str:
    """How sure the answer is.

    >>> in_words(0.93), in_words(0.6), in_words(0.3), in_words(0.1)
    ('Very likely right', 'Probably right', 'Probably wrong', 'Little more than a guess')
    """
    steps = ((0.85, "Very likely right"), (0.5, "Probably right"), (0.2, "Probably wrong"))
    return next((words for least, words in steps if confidence >= least), "Little more than a guess")


def as_typed(chatbot: gr.Chatbot) -> gr.Chatbot:
    """Make a chatbot show what people type as they typed it, where it would read it as HTML.

    Its methods are wrapped, as a subclass of a Gradio component writes a .pyi file beside its module.
    """
    show, take = chatbot._postprocess_content, chatbot.preprocess

    def postprocess_content(message: Any) -> Any:
        if isinstance(message, str):
            message = escape(message)
        elif isinstance(message, dict) and message.get("type") == "text":
            message = {**message, "text": escape(message["text"])}
        return show(message)

    def preprocess(payload: Any) -> Any:
        """Undo the escaping, so that a message goes round the page any number of times unchanged."""
        history: Any = take(payload)
        for block in (block for message in history for block in message["content"]):
            if block.get("type") == "text":
                block["text"] = unescape(block["text"])
        return history

    chatbot._postprocess_content = postprocess_content  # type: ignore[method-assign, assignment]
    chatbot.preprocess = preprocess  # type: ignore[method-assign]
    return chatbot


def build_app(pipeline: Pipeline, settings: Settings | None = None, asking: Asking | None = None) -> gr.Blocks:
    """The page over one pipeline; the schema of `Answer` under the API name ``answer``."""
    settings, asking = settings or Settings(), asking or Asking(pipeline)

    def reply(
        message: str,
        history: list[dict[str, Any]],
        chosen: str = "",
        turns: list[Turn] | None = None,
        source: str = "",
        after: str = "",
        before: str = "",
        language: str = "",
    ) -> tuple[gr.HTML, list[Turn]]:
        turns = list(turns or []) if history else []  # a cleared chat begins anew
        try:
            found = ask(pipeline, message, turns, only(chosen, source, after, before, language))
            return gr.HTML(render(found)), [*turns, turn_of(found)][-KEPT:]
        except KutipError as error:
            return gr.HTML(f'<div class="kutip"><p><bdi>{escape(str(error))}</bdi></p></div>'), turns
        except Exception:
            logger.exception("the question could not be answered")
            sorry = '<div class="kutip"><p>Something went wrong here; the server\'s log says what.</p></div>'
            return gr.HTML(sorry), turns

    async def answer(question: str) -> dict[str, Any]:
        """The `Answer` to one question, as everywhere."""
        try:
            return public_answer(await asking.answer(question))
        except KutipError as error:
            raise gr.Error(explained(error)[1]) from error
        except HTTPException as error:
            raise gr.Error(error.detail) from error

    chatbot = as_typed(
        gr.Chatbot(
            show_label=False, height="65vh", render_markdown=False, latex_delimiters=[], buttons=[], layout="bubble"
        )
    )
    page: gr.Blocks
    with gr.Blocks(title="kutip", analytics_enabled=False, fill_height=True) as page:
        chosen = gr.Textbox(elem_id="kutip-chosen", visible="hidden", label="Chosen articles")
        turns = gr.State([])
        with gr.Tab("Ask · Tanya"):
            # Above the chat, so that its box stays the last one on the page.
            with gr.Accordion("Ask only some articles · Tanyai sebagian", open=False):
                filters = [
                    gr.Textbox(label="Source · Sumber", placeholder="tempo.co", max_length=500),
                    gr.Textbox(label="Not before · Sejak", placeholder="2019-02-28", max_length=10),
                    gr.Textbox(label="Not after · Sampai", placeholder="2019-03", max_length=10),
                    gr.Dropdown(LANGUAGES, value="", label="Language · Bahasa"),
                ]
            gr.ChatInterface(
                reply,
                chatbot=chatbot,
                textbox=gr.Textbox(
                    placeholder="Ask the articles… · Tanyakan kepada artikel…",
                    show_label=False,
                    container=False,
                    submit_btn=True,
                    max_length=2000,
                ),
                additional_inputs=[
                    chosen,
                    turns,
                    *filters,
                ],
                additional_outputs=[turns],
                description="Ask in English or Indonesian. Every answer is a verbatim quote from the articles.",
                examples=[[example, *[None] * 6] for example in EXAMPLES],
                cache_examples=False,
                flagging_mode="never",
                api_name="chat",
                concurrency_limit=2,
            )
        with gr.Tab("Articles · Artikel"):
            change, urls = ("no" if settings.read_only else "yes"), ("yes" if settings.allow_urls else "no")
            gr.HTML(f'<div id="kutip-articles" data-change="{change}" data-urls="{urls}"></div>', padding=False)
        gr.HTML('<aside id="kutip-panel"></aside>', padding=False)
        gr.api(answer, api_name="answer", concurrency_limit=None)  # type: ignore[attr-defined]
    page.queue(max_size=64)
    return page


def only(chosen: str, source: str = "", after: str = "", before: str = "", language: str = "") -> Filters | None:
    """The filters of the page: ``chosen`` is a JSON list of article ids. None when all articles are asked.

    Raises QuestionError for what is no date.
    """
    try:
        ids = json.loads(chosen or "[]")
    except ValueError:
        ids = []
    days = [(day or "").strip() for day in (after, before)]
    for day in days:
        if day and not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", day):
            raise QuestionError(f"{day} is no date; write it as 2019-02-28, 2019-02 or 2019")
    named = tuple(str(item) for item in ids[:10_000]) if isinstance(ids, list) else ()
    sources = (source.strip(),) if source and source.strip() else ()
    filters = Filters(sources, days[0], days[1], (language,) if language else (), named)
    return filters if filters else None


def free(host: str, port: int) -> bool:
    """Whether the port can be taken."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise KutipError(
                f"{host}:{port} cannot be taken ({error.strerror}); choose others with --host, --port"
            ) from error
    return True


def create_app(pipeline: Pipeline, rules: Rules, settings: Settings) -> FastAPI:
    """The page and the REST interface as one application."""
    api = create_api(pipeline, rules, settings)

    @api.post("/gradio_api/upload", include_in_schema=False)
    @api.post("/upload", include_in_schema=False)
    def no_upload() -> None:
        """The page gives files to the REST interface, which bounds them; Gradio's own way in is shut."""
        raise HTTPException(404, "files are taken at /v1/articles/file")

    static = Path(qa.__file__).parent / "static"
    app: FastAPI = gr.mount_gradio_app(
        api,
        build_app(pipeline, settings, api.state.asking),
        path="/",
        show_error=False,
        ssr_mode=False,
        footer_links=["settings"],
        theme=gr.themes.Soft(font=SYSTEM_FONTS, font_mono=["ui-monospace", "monospace"]),
        css=(static / "page.css").read_text(encoding="utf-8"),
        head=f"<script>{(static / 'page.js').read_text(encoding='utf-8')}</script>",
    )
    return app


class Server(uvicorn.Server):
    """Says when it is ready."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say where."""
        await super().startup(sockets)
        if self.started:
            shown = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
            print(f"kutip answers at http://{shown}:{self.config.port} (Ctrl-C stops it)", flush=True)  # noqa: T201


def serve(app: FastAPI, host: str, port: int, open_browser: bool = False) -> None:
    """Serve until Ctrl-C or SIGTERM; says when it is ready."""
    if not free(host, port):
        raise KutipError(f"port {port} is in use; choose another one with --port")
    if open_browser:
        threading.Timer(1.0, webbrowser.open, [f"http://{host}:{port}"]).start()
    # uvicorn hands a signal on once it has stopped: to be asked to stop is no fault.
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: None)
    config = uvicorn.Config(
        app, host, port, log_level="warning", access_log=False, timeout_graceful_shutdown=5, server_header=False
    )
    Server(config).run()


def main(arguments: Sequence[str] | None = None) -> None:
    """Start the page; ``arguments`` as on the command line."""
    parser = argparse.ArgumentParser(prog="kutip serve", description="Ask the articles in a web chat.")
    parser.add_argument("--library", metavar="PATH", help="the library's folder (default: the user's data folder)")
    parser.add_argument("--encoder", metavar="MODEL", help="sentence-transformers folder or name")
    parser.add_argument("--reader", metavar="MODEL", help="question-answering model folder or name")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7860)
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.add_argument("--auth", default=os.environ.get("KUTIP_AUTH", ""), metavar="NAME:PASSWORD")
    parser.add_argument("--insecure", action="store_true", help="let anybody in who can reach the server")
    parser.add_argument(
        "--allowed-host", action="append", default=[], metavar="NAME", help="another name of the server"
    )
    parser.add_argument("--rate", type=int, default=240, help="requests a minute that are taken of one client")
    parser.add_argument("--read-only", action="store_true", help="articles can't be added or removed")
    parser.add_argument("--allow-urls", action="store_true", help="articles may be added by their web address")
    parser.add_argument("--translator", default=os.environ.get(TRANSLATOR_VARIABLE, ""), metavar="MODEL")
    parser.add_argument("--mcp", action="store_true", help="tools for language models over MCP, at /mcp")
    parser.add_argument("--mcp-write", action="store_true", help="tools over MCP may add and remove articles")
    chosen = parser.parse_args(arguments)
    try:
        rules = Rules.of(chosen.host, chosen.auth, chosen.insecure, tuple(chosen.allowed_host), chosen.rate)
        settings = Settings(
            read_only=chosen.read_only,
            allow_urls=chosen.allow_urls,
            translator=chosen.translator,
            mcp=chosen.mcp,
            mcp_write=chosen.mcp_write,
        )
        with load(chosen.library, encoder=chosen.encoder, reader=chosen.reader) as pipeline:
            if pipeline.ensure_sample():
                print("the library was empty: the sample article is in it now", file=sys.stderr)  # noqa: T201
            pipeline.warm_up()
            serve(create_app(pipeline, rules, settings), chosen.host, chosen.port, chosen.open)
    except KutipError as error:
        raise SystemExit(f"Error: {error}") from error


if __name__ == "__main__":
    main()
