from __future__ import annotations

from collections import defaultdict

import httpx
import pytest
from browsing import BROWSER, FLAGS, begun, emptied, opened, serving, unharmed


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


@pytest.fixture(scope="module")
def idle():
    """Tabs that a test is done with, by locale and the like: they load the page in a quarter of a new one's time."""
    return defaultdict(list)


@pytest.fixture
def another(browser, running, idle):
    """Opens further pages, with a locale, colours or a width of their own."""
    made = []

    def start(**options):
        view = {name: options.pop(name) for name in ("viewport", "color_scheme") if name in options}
        tabs = idle[repr(sorted(options.items()))]
        ready = begun(tabs.pop(), running, **view) if tabs else opened(browser, running, **view, **options)
        made.append((tabs, ready))
        return ready

    yield start
    for tabs, ready in made:
        unharmed(ready, running)
        tabs.append(emptied(ready, running))


@pytest.fixture
def page(another):
    return another(locale="en-US")
