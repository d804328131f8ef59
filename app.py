"""The page: ask in a chat, get the quote with its sentence, its article and an honest confidence.

`kutip serve` starts it, and `python app.py`. Text of articles and questions is data: it is escaped, set apart
from the direction of the text around it, and never read as Markdown.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
from dataclasses import dataclass
from html import escape, unescape
from typing import TYPE_CHECKING, Any

from qa import Answer, KutipError  # first: it switches off what Hugging Face's libraries would tell

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before the import: it is read there

import gradio as gr
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.antecedents import Turn
from qa.asking import Asking
from qa.conversation import KEPT, turn_of
from qa.desk import WAITING
from qa.guard import refuse
from qa.page import Lasting, attributes, check_some_pass, only, restored, script
from qa.public import public_answer
from qa.refusals import Problem, Refused
from qa.rendering import STATIC, render, render_error, words
from qa.rest.problems import explained
from qa.rest.settings import Settings

if TYPE_CHECKING:
    from qa.pipeline import Pipeline

logger = logging.getLogger("kutip")

LANGUAGES = [("–", ""), ("Indonesia", "id"), ("English", "en")]
# The routes of Gradio that the page and Gradio's clients need. Its others take files, give out what it has copied,
# fetch any address, run what a component offers or change the page's code; whatever an update adds is shut as well.
OPEN = re.compile(
    r"/|/(config|theme\.css|favicon\.ico|manifest\.json|robots\.txt)/?|/(assets|static|svelte)/.+"
    r"|/gradio_api/((app_id|info|theme\.css|startup-events|cancel|reset|queue/(join|data))/?|(heartbeat|run|api|call)/.+)"
)
NO_FILES = "files are taken at /v1/articles/file"
BYPASSED = "this Gradio goes by what guards the page ({}); install the version that kutip was tested with"
REFUSALS = ("busy", "often", "large")  # words of the page
WHY = "(_, history) => [kutip.refusal(), history]"
MOST_RESTORED = 200  # answers of a conversation
MIN_CHAT = "16rem"
SYSTEM_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]


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
        """Undo the escaping, so that a message goes round the page any number of times unchanged.

        The history comes from outside: a file or any other component in it would be opened by Gradio here.
        """
        for message in payload.root if payload else ():
            for block in message.content:
                if block.type != "text" and not (
                    block.type == "component" and block.component == "html" and isinstance(block.value, str)
                ):
                    raise gr.Error("a conversation holds text and answers, nothing else")
        history: Any = take(payload)
        for block in (block for message in history for block in message["content"]):
            if block.get("type") == "text":
                block["text"] = unescape(block["text"])
        return history

    chatbot._postprocess_content = postprocess_content  # type: ignore[method-assign, assignment]
    chatbot.preprocess = preprocess  # type: ignore[method-assign]
    if "<" in chatbot.postprocess([{"role": "user", "content": "<"}]).model_dump_json():
        raise RuntimeError(BYPASSED.format("what people type would be read as HTML"))
    return chatbot


def without_files(page: gr.Blocks) -> gr.Blocks:
    """Make a page refuse files named in what a client sends, before Gradio copies or downloads them.

    It does so for every component, and asks where they lie only once a page was launched, which mounting it is not.
    """
    take = page.preprocess_data

    async def preprocess_data(block_fn: Any, inputs: list[Any], *others: Any, **named: Any) -> Any:
        if names_file(inputs):
            raise gr.Error(NO_FILES)
        return await take(block_fn, inputs, *others, **named)

    page.preprocess_data = preprocess_data  # type: ignore[method-assign]
    page.has_launched = True
    if not refuses_files(page):
        raise RuntimeError(BYPASSED.format("files named in what a client sends would be opened"))
    return page


def refuses_files(page: gr.Blocks) -> bool:
    """Whether Gradio's own way from a request to a function refuses a file, before it waits for anything."""
    step = next(step for step in page.fns.values() if step.inputs)
    answering = page.process_api(step, [{"path": "x", "meta": {}}] * len(step.inputs))
    try:
        answering.send(None)
    except gr.Error as error:
        return bool(error.message == NO_FILES)
    except StopIteration:
        return False
    answering.close()
    return False


def names_file(sent: Any) -> bool:
    """Whether a file, as Gradio's clients name them, is anywhere in what was sent.

    >>> names_file(["Siapa?", {"file": {"path": "https://a.test/x", "meta": {}}}]), names_file([{"path": "a"}, 1])
    (True, False)
    """
    if isinstance(sent, dict):
        return ("path" in sent and "meta" in sent) or any(map(names_file, sent.values()))
    return isinstance(sent, list) and any(map(names_file, sent))


@dataclass(frozen=True, slots=True)
class Shut:
    """Stands before Gradio and lets through what is `OPEN`: the page shows no files, and those of its visitors go to
    the REST interface, which bounds them."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102  # ASGI
        if scope["type"] == "lifespan" or OPEN.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
        else:
            await refuse(scope, send, Problem(404, f"there is nothing here; {NO_FILES}", key="nowhere"))


def said(card: str) -> dict[str, Any]:
    """A card as a message of ours in the chat."""
    return {"role": "assistant", "content": gr.HTML(card)}


def build_app(pipeline: Pipeline, settings: Settings | None = None, asking: Asking | None = None) -> gr.Blocks:
    """The page over one pipeline; the schema of `Answer` under the API name ``answer``.

    Questions go the way of ``asking``, the same as those of the REST interface; None makes one for the page alone.
    """
    settings, asking = settings or Settings(), asking or Asking(pipeline)
    ask_opinion = not settings.read_only

    def posted(message: str, history: list[dict[str, Any]]) -> tuple[str, str, list[dict[str, Any]]]:
        """Show a question at once, before it is answered."""
        if not message.strip():
            return "", "", history
        return "", message, [*history, {"role": "user", "content": message}]

    async def reply(
        message: str,
        history: list[dict[str, Any]],
        turns: list[Turn],
        chosen: str = "",
        source: str = "",
        after: str = "",
        before: str = "",
        language: str = "",
    ) -> tuple[list[dict[str, Any]], list[Turn]]:
        if not message:
            return history, turns
        try:
            filters = only(chosen, source, after, before, language)
            found = await asking.answer(message, turns, filters)
            if not found.evidence:
                await asyncio.to_thread(check_some_pass, pipeline.library, filters)
            card, turns = render(found, ask_opinion), [*turns, turn_of(found)][-KEPT:]
        except (KutipError, Refused) as error:
            why = explained(error)
            card = render_error(why.key, why.detail, why.values)
        except Exception:
            logger.exception("the question could not be answered")
            card = render_error("broken")
        return [*history, said(card)], turns

    def turned_away(why: str, history: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """A question that did not get as far as `reply` has a card, too: the browser alone knows ``why``."""
        return [*history, said(render_error(why if why in REFUSALS else "unsent"))]

    def restore(kept: str, shown: str) -> tuple[Any, Any, Any]:
        """A conversation that the browser kept: JSON with its ``answers`` and a ``token``, with which it is shown once.

        The page sends it until it is shown. Sent once more, it leaves the chat as it is, with what was asked since.
        """
        token = ""
        try:
            sent = json.loads(kept)
            token = str(sent["token"])
            answers = [Answer.from_dict(plain) for plain in sent["answers"][-MOST_RESTORED:]]
        except (KutipError, ValueError, TypeError, KeyError):
            answers = []
        now = restored(token, len(answers))
        if now == shown:
            return gr.skip(), gr.skip(), gr.skip()
        history: list[dict[str, Any]] = []
        for found in answers:
            history.append({"role": "user", "content": found.question})
            history.append(said(render(found, ask_opinion)))
        return history, [turn_of(found) for found in answers][-KEPT:], now

    async def answer(question: str) -> dict[str, Any]:
        """The `Answer` to one question, as everywhere."""
        try:
            return public_answer(await asking.answer(question))
        except (KutipError, Refused) as error:
            raise gr.Error(explained(error).detail) from error

    t = gr.I18n(**words())
    page: gr.Blocks
    with gr.Blocks(title="kutip", analytics_enabled=False, fill_height=True) as page:
        gr.HTML(f'<header id="kutip-bar"{attributes(settings)}></header>', padding=False)
        chosen, kept, asked = (
            gr.Textbox(elem_id=f"kutip-{name}", visible="hidden", label=name) for name in ("chosen", "kept", "asked")
        )
        unfiltered = gr.Button(elem_id="kutip-unfiltered", visible="hidden")
        shown = gr.HTML(restored("", 0), padding=False)
        turns = gr.State([])
        with gr.Tab(t("tab_ask"), elem_id="kutip-ask", scale=1):
            gr.HTML('<div id="kutip-invitation"></div>', padding=False)
            chatbot = as_typed(
                gr.Chatbot(
                    label=t("chat"),
                    show_label=False,
                    height=MIN_CHAT,
                    scale=1,  # and what the window has beside all else, so that the question box is always in sight
                    autoscroll=False,  # the page's script shows the question and the quote, not the end of the card
                    render_markdown=False,
                    latex_delimiters=[],
                    buttons=[],
                    feedback_options=None,
                    layout="bubble",
                    elem_id="kutip-chat",
                    placeholder='<div id="kutip-examples"></div>',
                )
            )
            gr.HTML('<p id="kutip-wait" role="status" aria-live="polite"></p>', padding=False)
            question = gr.Textbox(
                placeholder=t("placeholder"),
                label=t("question"),
                show_label=False,
                container=False,
                submit_btn=True,
                max_length=2000,
                max_lines=5,  # more would push the button that sends it off a phone's screen
                elem_id="kutip-question",
            )
            with gr.Accordion(t("some"), open=False), gr.Row():
                filters: list[gr.Textbox | gr.Dropdown] = [
                    gr.Textbox(label=t("source"), placeholder="tempo.co", max_length=500),
                    gr.Textbox(label=t("after"), placeholder="2019-02-28", max_length=10),
                    gr.Textbox(label=t("before"), placeholder="2019-03", max_length=10),
                    gr.Dropdown(LANGUAGES, value="", label=t("language_of")),
                ]
        with gr.Tab(t("tab_articles"), elem_id="kutip-list"):
            gr.HTML(f'<section id="kutip-articles"{attributes(settings)}></section>', padding=False)
        gr.HTML('<aside id="kutip-panel"></aside>', padding=False)
        hidden: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        typed = question.submit(posted, [question, chatbot], [question, asked, chatbot], queue=False, **hidden)
        answered = typed.success(
            reply,
            [asked, chatbot, turns, chosen, *filters],
            [chatbot, turns],
            concurrency_limit=None,  # the desk bounds it
            **hidden,
        )
        # Gradio reads the first input from the browser's script in place of the box.
        refused = answered.failure(turned_away, [asked, chatbot], [chatbot], js=WHY, queue=False, **hidden)
        for lost in (typed, refused):
            lost.failure(None, js="() => kutip.turnedAway()", **hidden)  # the server is not asked
        for one in filters:
            one.change(None, filters, js="(...values) => kutip.filtered(values)", **hidden)
        unfiltered.click(None, None, filters, js=f"() => {json.dumps([''] * len(filters))}", **hidden)
        kept.change(restore, [kept, shown], [chatbot, turns, shown], queue=False, **hidden)
        gr.api(answer, api_name="answer", concurrency_limit=None)  # type: ignore[attr-defined]
    page.queue(max_size=WAITING)
    return page


def mounted(pipeline: Pipeline, settings: Settings, asking: Asking) -> FastAPI:
    """The page as an application of its own."""
    alone = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    alone.add_middleware(Lasting)
    alone.add_middleware(Shut)
    app: FastAPI = gr.mount_gradio_app(
        alone,
        without_files(build_app(pipeline, settings, asking)),
        path="/",
        show_error=False,
        ssr_mode=False,
        footer_links=[],
        run_history=False,
        i18n=gr.I18n(**words()),
        theme=gr.themes.Soft(font=SYSTEM_FONTS, font_mono=["ui-monospace", "monospace"]),
        css=(STATIC / "page.css").read_text(encoding="utf-8"),
        head=f"<style>{(STATIC / 'frame.css').read_text(encoding='utf-8')}</style><script>{script()}</script>",
    )
    return app


if __name__ == "__main__":
    from qa.cli import served

    served()
