from __future__ import annotations

import httpx
import pytest
from browsing import BROWSER, FLAGS, closed, opened, serving


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.models)
            if BROWSER is None:
                reason = "no chromium on this machine; tests/install_browser.sh installs it"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("page")) as started:
        yield started


@pytest.fixture(scope="module")  # an event loop runs while it is open, which other tests can't bear
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(autouse=True)
def only_the_sample(running):
    """What a test adds is gone for the next one, and the sample is there again."""
    yield
    with httpx.Client(base_url=running.address, timeout=600) as client:
        done = client.post("/v1/articles/sample").json()
        sample = (done["added"] + done["unchanged"])[0]
        for entry in client.get("/v1/articles").json()["articles"]:
            if entry["id"] != sample:
                client.delete(f"/v1/articles/{entry['id']}")


@pytest.fixture
def page(browser, running):
    ready = opened(browser, running, locale="en-US")
    yield ready
    closed(ready, running)


@pytest.fixture
def another(browser, running):
    """Opens further pages, with a locale, colours or a width of their own."""
    made = []

    def start(**options):
        made.append(opened(browser, running, **options))
        return made[-1]

    yield start
    for ready in made:
        closed(ready, running)
