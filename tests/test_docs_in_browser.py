"""The page that describes the REST interface, as served and in a real browser: it needs nothing from elsewhere."""

import re
import shutil

import httpx
import pytest
from doubles import WordReader
from serving import built, free_port, listening

from app import mounted
from index.library import Library
from qa.calibration import Calibration
from qa.guard import Rules
from qa.pipeline import Pipeline
from qa.rest.settings import Settings
from qa.serving import create_app

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ELSEWHERE = re.compile(
    r"""(?:src|href|action)\s*=\s*["']?\s*(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import""", re.I
)


@pytest.fixture(scope="module")
def url(library_in_memory: Library):
    pipeline = Pipeline(library_in_memory, WordReader(), Calibration())
    with listening(built(create_app(pipeline, Rules.of("127.0.0.1"), Settings(), mounted)), free_port()) as address:
        yield address


def test_the_page_names_every_route_and_field_and_nothing_elsewhere(url):
    page = httpx.get(f"{url}/docs").text
    schema = httpx.get(f"{url}/openapi.json").json()
    for path, methods in schema["paths"].items():
        assert all(f"<h2>{method.upper()} {path}</h2>" in page for method in methods)
    for field in ("question", "questions", "history", "filters", "limit", "containing", "text", "published"):
        assert f"<code>{field}</code>" in page
    for field in ("filters.after", "filters.sources", "history[].question", "answer.start"):  # of objects in objects
        assert f"<code>{field}</code>" in page
    assert "right or wrong" in page
    assert "from 1; to 100;" in page
    assert not ELSEWHERE.search(page)
    assert "<script" not in page


def test_nothing_that_is_served_calls_elsewhere(url):
    html = httpx.get(url).text
    loaded = re.findall(r"""<(?:script|link|img|iframe)\b[^>]*?(?:src|href)\s*=\s*["']([^"']+)""", html)
    assert loaded
    assert [address for address in loaded if re.match(r"(?:https?:)?//", address) and not address.startswith(url)] == []


@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine; tests/install_browser.sh installs it")
@pytest.mark.parametrize("width", [360, 1100])
def test_in_a_browser_the_page_asks_for_nothing_else_and_fits(url, width):
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": 800})
        requested, complaints = [], []
        page.on("request", lambda request: requested.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{url}/docs")
        expect(page.get_by_role("heading", name="POST /v1/answer", exact=True)).to_be_visible(timeout=120_000)
        assert requested == [f"{url}/docs"]
        assert complaints == []
        page.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=width)
        page.get_by_role("link", name="openapi.json").click()
        page.wait_for_url(f"{url}/openapi.json")
        browser.close()
