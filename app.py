"""The page: ask in a chat, get the quote with its sentence, its article and an honest confidence.

`python app.py` and `kutip serve` start it. Text of articles and questions is data: it is escaped, set apart
from the direction of the text around it, and never read as Markdown.
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from html import escape, unescape
from typing import TYPE_CHECKING, Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before the import: it is read there

import gradio as gr

from qa import Answer, Evidence, KutipError, Status, load

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
SYSTEM_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
CSS = """
.kutip-quote { font-size: 1.3em; line-height: 1.35; font-weight: 600; margin: 0 0 .5em; padding-left: .7em;
  border-left: 4px solid var(--color-accent); overflow-wrap: anywhere; }
.kutip-sentence { margin: .4em 0; overflow-wrap: anywhere; }
.kutip mark { background: color-mix(in srgb, var(--color-accent) 30%, transparent); color: inherit; padding: 0 .1em;
  border-radius: .2em; }
.kutip-source, .kutip-state { color: var(--body-text-color-subdued); font-size: .9em; margin: .3em 0; }
.kutip summary { cursor: pointer; }
"""


def render(answer: Answer) -> str:
    """The reply to a question as HTML, with everything from articles escaped."""
    if answer.text is None or not answer.evidence:
        near = "".join(render_near(evidence) for evidence in answer.evidence[:2])
        shown = f"<details><summary>The nearest sentences</summary>{near}</details>" if near else ""
        return f'<div class="kutip"><p><strong>The articles do not say.</strong></p>{shown}</div>'
    best, *others = answer.evidence
    unsure = answer.status is Status.UNSURE
    head = "<p>I am not sure. This comes nearest:</p>" if unsure else ""
    further = "".join(render_near(evidence) for evidence in others[:2])
    title = "Other candidates" if unsure else "Further places"
    more = f"<details{' open' if unsure else ''}><summary>{title}</summary>{further}</details>" if further else ""
    return (
        f'<div class="kutip">{head}'
        f'<blockquote class="kutip-quote"{language(best)}><bdi>{escape(best.text)}</bdi></blockquote>'
        f"{render_near(best)}"
        f'<p class="kutip-state">{in_words(answer.confidence)} ({answer.confidence:.0%})</p>{more}</div>'
    )


def render_near(evidence: Evidence) -> str:
    """A sentence with its quote marked, and the article it stands in."""
    start = evidence.answer.start - evidence.sentence.start
    end = evidence.answer.end - evidence.sentence.start
    text = evidence.sentence_text
    marked = f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"
    source = f" · {escape(evidence.source.replace(os.sep, '/').rsplit('/', 1)[-1])}" if evidence.source else ""
    return (
        f'<p class="kutip-sentence"{language(evidence)}><bdi>{marked}</bdi></p>'
        f'<p class="kutip-source"><bdi>{escape(evidence.article_title)}</bdi><bdi>{source}</bdi></p>'
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


def build_app(pipeline: Pipeline) -> gr.Blocks:
    """The page over one pipeline; the schema of `Answer` under the API name ``answer``."""

    def reply(message: str, _history: list[dict[str, Any]]) -> gr.HTML:
        try:
            return gr.HTML(render(pipeline.answer(message)))
        except KutipError as error:
            return gr.HTML(f'<div class="kutip"><p><bdi>{escape(str(error))}</bdi></p></div>')
        except Exception:
            logger.exception("the question could not be answered")
            return gr.HTML('<div class="kutip"><p>Something went wrong here; the server\'s log says what.</p></div>')

    def answer(question: str) -> dict[str, Any]:
        try:
            return pipeline.answer(question).to_dict()
        except KutipError as error:
            raise gr.Error(str(error)) from error

    chatbot = as_typed(
        gr.Chatbot(
            show_label=False, height="65vh", render_markdown=False, latex_delimiters=[], buttons=[], layout="bubble"
        )
    )
    page: gr.Blocks
    with gr.Blocks(title="kutip", analytics_enabled=False, fill_height=True) as page:
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
            title="kutip",
            description="Ask in English or Indonesian. Every answer is a verbatim quote from the articles.",
            examples=EXAMPLES,
            cache_examples=False,
            flagging_mode="never",
            api_name="chat",
            concurrency_limit=2,
        )
        gr.api(answer, api_name="answer", concurrency_limit=2)  # type: ignore[attr-defined]
    page.queue(max_size=64)
    return page


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


def serve(pipeline: Pipeline, host: str, port: int, open_browser: bool = False) -> None:
    """Serve the page until Ctrl-C or SIGTERM; says when it is ready."""
    if not free(host, port):
        raise KutipError(f"port {port} is in use; choose another one with --port")
    page = build_app(pipeline)
    theme = gr.themes.Soft(font=SYSTEM_FONTS, font_mono=["ui-monospace", "monospace"])
    page.launch(
        server_name=host,
        server_port=port,
        inbrowser=open_browser,
        share=False,
        quiet=True,
        prevent_thread_lock=True,
        show_error=False,
        ssr_mode=False,
        footer_links=["settings"],
        theme=theme,
        css=CSS,
    )
    print(f"kutip answers at http://{host}:{port} (Ctrl-C stops it)", flush=True)  # noqa: T201
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    stop.wait()
    page.close(verbose=False)


def main(arguments: Sequence[str] | None = None) -> None:
    """Start the page; ``arguments`` as on the command line."""
    parser = argparse.ArgumentParser(prog="kutip serve", description="Ask the articles in a web chat.")
    parser.add_argument("--library", metavar="PATH", help="the library's folder (default: the user's data folder)")
    parser.add_argument("--encoder", metavar="MODEL", help="sentence-transformers folder or name")
    parser.add_argument("--reader", metavar="MODEL", help="question-answering model folder or name")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7860)
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    chosen = parser.parse_args(arguments)
    try:
        with load(chosen.library, encoder=chosen.encoder, reader=chosen.reader) as pipeline:
            if pipeline.ensure_sample():
                print("the library was empty: the sample article is in it now", file=sys.stderr)  # noqa: T201
            pipeline.warm_up()
            serve(pipeline, chosen.host, chosen.port, chosen.open)
    except KutipError as error:
        raise SystemExit(f"Error: {error}") from error


if __name__ == "__main__":
    main()
