"""The real page of the real program, in a real browser."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

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
pytestmark = [
    pytest.mark.browser,
    pytest.mark.models,
    pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine; tests/install_browser.sh installs it"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("page") / "stderr.txt"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "app.py", "--library", str(log.parent / "library"), "--port", str(port)],
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
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                assert process.wait(20) == 0
            finally:
                process.kill()
                process.stdout.close()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser, address):
    context = browser.new_context(viewport={"width": 1100, "height": 850})
    page = context.new_page()
    page.requested, page.complaints = [], []
    page.on("request", lambda request: page.requested.append(request.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.set_default_timeout(30_000)
    page.goto(address)
    yield page
    assert page.complaints == []
    assert [url for url in page.requested if not url.startswith((address, "data:", "blob:"))] == []
    context.close()


def ask(page, question):
    box = page.get_by_role("textbox").last
    box.fill(question)
    box.press("Enter")
    reply = page.locator(".kutip").last
    reply.wait_for()
    return reply


def shoot(page, name):
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def test_why_did_the_talks_fail_is_answered_with_the_sanctions(page):
    reply = ask(page, "Why did the talks fail?")
    assert "sanksi" in reply.locator("blockquote").inner_text()
    quote = reply.locator("blockquote").inner_text()
    assert reply.locator("mark").first.inner_text() == quote
    assert quote in reply.locator(".kutip-sentence").first.inner_text()
    assert "Presiden Amerika Serikat" in reply.locator(".kutip-source").first.inner_text()
    assert "%" in reply.locator(".kutip-state").inner_text()
    shoot(page, "answered")


def test_what_the_articles_do_not_say_is_said_so(page):
    reply = ask(page, "Who won the 2018 World Cup?")
    assert "do not say" in reply.inner_text()
    assert reply.locator("blockquote").count() == 0
    shoot(page, "not-in-articles")


def test_a_tap_shows_the_article_with_the_quote_at_its_place(page):
    reply = ask(page, "Siapa juru bicara Gedung Putih?")
    reply.get_by_role("button").first.click()
    panel = page.locator("#kutip-panel.open")
    panel.wait_for()
    mark = panel.locator("mark.quote")
    assert mark.inner_text() == "Sarah Sanders"
    assert "Gedung Putih" in panel.locator(".kutip-text").inner_text()
    box, area = mark.bounding_box(), panel.locator(".kutip-text").bounding_box()
    assert area["y"] <= box["y"] <= area["y"] + area["height"]
    shoot(page, "article")
    page.keyboard.press("Escape")
    assert page.locator("#kutip-panel.open").count() == 0


def test_a_follow_up_is_completed_and_can_be_asked_literally(page):
    ask(page, "Siapa juru bicara Gedung Putih?")
    box = page.get_by_role("textbox").last
    box.fill("What did she say?")
    box.press("Enter")
    put = page.get_by_text("What did Sarah Sanders say?")
    put.wait_for()
    shoot(page, "follow-up")
    before = page.locator(".kutip").count()
    page.get_by_role("button", name="Ask it literally").click()
    page.locator(".kutip").nth(before).wait_for()
    assert page.get_by_text('"What did she say?"').count() >= 1


def test_only_some_articles_are_asked_where_that_is_said(page):
    page.get_by_text("Ask only some articles").click()
    page.get_by_label("Source").fill("nowhere")
    assert "do not say" in ask(page, "Siapa juru bicara Gedung Putih?").inner_text()
    shoot(page, "filters")


def test_a_file_is_dropped_asked_alone_and_removed_with_undo(page):
    page.get_by_role("tab", name="Articles").click()
    nasty = "<img src=x onerror=alert(1)>"
    page.locator("#kutip-files").set_input_files(
        {
            "name": "rapat.txt",
            "mimeType": "text/plain",
            "buffer": f"{nasty}\nKetua panitia bernama Dewi Lestari.".encode(),
        }
    )
    row = page.locator(".kutip-list li", has_text=nasty)
    row.wait_for()
    assert page.locator("img[src=x]").count() == 0
    row.get_by_role("checkbox").check()
    shoot(page, "articles")
    page.get_by_role("tab", name="Ask").click()
    reply = ask(page, "Siapa ketua panitia?")
    assert "Dewi Lestari" in reply.locator("blockquote").inner_text()
    reply = ask(page, "Siapa juru bicara Gedung Putih?")
    assert "Sarah Sanders" not in reply.inner_text()
    page.get_by_role("tab", name="Articles").click()
    row.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Undo").click()
    row.wait_for()
    row.get_by_role("button", name="Remove").click()
    page.locator(".kutip-gone").wait_for(state="detached", timeout=15_000)
    assert row.count() == 0


def test_a_sample_question_is_asked_by_a_click(page):
    page.get_by_text("Siapa juru bicara Gedung Putih?").first.click()
    reply = page.locator(".kutip").last
    reply.wait_for()
    assert "Sarah Sanders" in reply.inner_text()


def test_a_question_with_markup_is_shown_as_text(page):
    ask(page, "<img src=x onerror=alert(1)> **Siapa** juru bicara Gedung Putih?")
    ask(page, "Siapa juru bicara Gedung Putih?")  # the first message goes to the server and back
    page.locator(".kutip").nth(1).wait_for()
    assert page.locator("img[src=x]").count() == 0
    assert page.get_by_text("<img src=x onerror=alert(1)> **Siapa**").count() >= 1


def test_the_page_fits_a_phone_and_the_dark(browser, address):
    context = browser.new_context(viewport={"width": 375, "height": 740}, color_scheme="dark")
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{address}/?__theme=dark")
    reply = ask(page, "Kapan Trump tiba di Hanoi?")
    shoot(page, "phone-dark")
    reply.get_by_role("button").first.click()
    page.locator("#kutip-panel.open mark").first.wait_for()
    shoot(page, "phone-article")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate("document.body.classList.contains('dark')")
    context.close()
