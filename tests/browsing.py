"""The real page of the real program, in a real browser: for the tests and for the screenshots."""

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
PATIENCE = 30_000  # milliseconds


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
                assert process.wait(20) == 0
            finally:
                process.kill()
                process.stdout.close()


def opened(browser, running, **options):
    """A page of its own, that remembers nothing of others; what it asked for and complained about is written down."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 850}, **options})
    page = context.new_page()
    page.requested, page.complaints = [], []
    page.on("request", lambda request: page.requested.append(request.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.set_default_timeout(PATIENCE)
    page.goto(running.address)
    page.locator("#kutip-bar h1").wait_for()
    page.locator("#kutip-question textarea, #kutip-question input").wait_for()
    page.locator("#kutip-wait").wait_for(state="attached")
    return page


def closed(page, running):
    """Nothing went wrong in the page, and nothing left the machine."""
    assert page.complaints == []
    assert [url for url in page.requested if not url.startswith((running.address, "data:", "blob:"))] == []
    page.context.close()


def question_box(page):
    return page.locator("#kutip-question textarea, #kutip-question input")


def replies(page):
    return page.locator("#kutip-chat .kutip")


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
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    form.locator("input").fill(title)
    form.locator("textarea").fill(text)
    form.get_by_role("button").click()
    page.locator(".kutip-list li", has_text=title or text[:20]).wait_for()
    tab(page, 0)


def shoot(page, name, folder=SHOTS):
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")
