"""The real page of the real program, in a real browser: for the tests and for the screenshots.

What the page shows is asked with assertions that wait (``expect``, ``until``), as a page draws when it comes to it.
That something is not there is asked after something that shows that the page is done.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import expect

ROOT = Path(__file__).parent.parent
SHOTS = ROOT / "build" / "screenshots"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = {"width": 1280, "height": 850}
PATIENCE = 120_000  # milliseconds: only what never comes is waited for so long
SERVER = "**/gradio_api/**"  # where the chat is asked for
expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class Running:
    address: str
    library: Path


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Running]:
    """The program on a free port, over a library in the folder that holds the sample."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    library, log = folder / "library", folder / "stderr.txt"
    command = [sys.executable, "app.py", "--library", str(library), "--port", str(port), "--rate", "100000", *options]
    with log.open("w") as errors:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=os.environ | {"HF_HUB_OFFLINE": "1"},
        )
        killer = threading.Timer(240, process.kill)
        killer.start()
        ready = process.stdout.readline()
        killer.cancel()
        try:
            assert f"http://127.0.0.1:{port}" in ready, log.read_text()
            yield Running(f"http://127.0.0.1:{port}", library)
        finally:
            process.terminate()
            try:
                assert process.wait(120) == 0
            finally:
                process.kill()
                process.stdout.close()


def opened(browser, running, viewport=WIDE, color_scheme="light", **options):
    """A page of its own, that remembers nothing of others; what it asked for and complained about is written down."""
    page = browser.new_context(**options).new_page()
    page.requested, page.complaints = [], []
    page.on("request", lambda request: page.requested.append(request.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.set_default_timeout(PATIENCE)
    return begun(page, running, viewport, color_scheme)


def begun(page, running, viewport=WIDE, color_scheme="light"):
    page.set_viewport_size(viewport)
    page.emulate_media(media="screen", color_scheme=color_scheme)
    page.goto(running.address)
    ready(page)
    return page


def ready(page):
    """Wait until all of the page is there that a test begins with."""
    page.locator("#kutip-bar h1").wait_for()
    question_box(page).wait_for()
    page.locator("#kutip-wait").wait_for(state="attached")


def again(page):
    page.reload()
    ready(page)


def closed(page, running):
    unharmed(page, running)
    page.context.close()


def unharmed(page, running):
    """Nothing went wrong in the page, and nothing left the machine."""
    assert page.complaints == []
    assert [url for url in page.requested if not url.startswith((running.address, "data:", "blob:"))] == []


def emptied(page, running):
    """The page's tab as that of somebody who comes for the first time, but with the page's scripts at hand."""
    page.unroute_all()
    for other in page.context.pages:
        if other is not page:
            other.close()
    page.goto(f"{running.address}/healthz")  # the page may keep something while it is left
    page.evaluate("localStorage.clear(), sessionStorage.clear()")
    page.context.clear_cookies()
    page.context.clear_permissions()
    page.requested.clear()
    page.complaints.clear()
    return page


def until(page, holds, argument=None):
    """Wait until JavaScript, an expression or a function of the argument, is true in the page."""
    page.wait_for_function(holds, arg=argument, timeout=PATIENCE)


@contextmanager
def holding(page, pattern, most=1_000_000):
    """The first so many requests to such addresses get no reply before the end of this, whose they are then."""
    held, over = [], []

    def hold(route):
        if over or len(held) >= most:
            route.continue_()
        else:
            held.append(route)

    page.route(pattern, hold)
    yield held
    over.append(True)
    for route in held:
        route.continue_()


def arrived(page, held):
    """Wait until the page has the replies to requests that were held back, and has drawn what it makes of them."""
    for route in held:
        route.request.response().finished()
    page.evaluate("new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done))))")


def question_box(page):
    return page.locator("#kutip-question textarea, #kutip-question input")


def chat(page):
    return page.locator("#kutip-chat")


def replies(page):
    return chat(page).locator(".kutip")


def exactly(parts, *words):
    """There are so many of them, and each says its words."""
    expect(parts).to_have_count(len(words))
    expect(parts).to_contain_text(list(words))  # which alone passes over further ones


def ask(page, question):
    """Ask, and wait for the card."""
    number = replies(page).count()
    question_box(page).fill(question)
    question_box(page).press("Enter")
    reply = replies(page).nth(number)
    reply.wait_for()
    return reply


def article_of(page, reply):
    """The panel, opened by the card's first button that shows the article."""
    reply.locator("[data-spans]").first.click()
    panel = page.locator("#kutip-panel.open")
    panel.locator("mark.quote").wait_for()
    return panel


def tab(page, number):
    page.get_by_role("tab").nth(number).click()


def paste(page, text, title=""):
    """Add an article by pasting it."""
    tab(page, 1)
    form = page.locator("#kutip-articles details")
    if not form.evaluate("(form) => form.open"):  # nothing but a click opens or closes it
        form.locator("summary").click()
    form.locator("input").fill(title)
    form.locator("textarea").fill(text)
    form.get_by_role("button").click()
    page.locator(".kutip-list li", has_text=title or text[:20]).wait_for()
    tab(page, 0)


def shoot(page, name, folder=SHOTS):
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")
