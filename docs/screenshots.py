"""Make the README's pictures of the page: python docs/screenshots.py. Needs chromium and the test dependencies."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browsing import BROWSER, FLAGS, article_of, ask, opened, serving, shoot  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

IMAGES = Path(__file__).parent / "images"


def main() -> None:
    """The answer with its article on a desk, and on a phone in the dark."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        page = opened(browser, running, locale="en-US", viewport={"width": 1280, "height": 800})
        article_of(page, ask(page, "Siapa juru bicara Gedung Putih?"))
        page.wait_for_timeout(500)
        shoot(page, "answer", IMAGES)
        phone = opened(browser, running, locale="id-ID", viewport={"width": 390, "height": 780}, color_scheme="dark")
        article_of(phone, ask(phone, "Kapan Trump tiba di Hanoi?"))
        phone.wait_for_timeout(500)
        shoot(phone, "phone", IMAGES)
        browser.close()
    for picture in IMAGES.glob("*.png"):
        Image.open(picture).convert("RGB").quantize(256).save(picture, optimize=True)


if __name__ == "__main__":
    main()
