"""A server with a translator shows what a quote's sentence says, as made by a machine."""

import pytest
from browsing import ask, closed, opened, paste, serving, shoot
from playwright.sync_api import expect

pytest.importorskip("sentencepiece")


def test_a_translation_stands_beneath_the_quote_and_says_that_a_machine_made_it(browser, tmp_path):
    from tiny_translators import ENGLISH, INDONESIAN, marian

    model = marian(tmp_path / "opus-mt-id-en")
    with serving(tmp_path, "--translator", str(model)) as running:
        page = opened(browser, running, locale="en-US")
        paste(page, INDONESIAN, "Rapat")
        reply = ask(page, "Siapa ketua rapat?")
        expect(reply.locator("blockquote")).to_have_text("Sari")
        gloss = reply.locator(".kutip-gloss").first
        gloss.get_by_text("machine translation (opus-mt-id-en)").wait_for()
        expect(gloss).to_contain_text(ENGLISH)
        expect(reply.locator(".kutip-sentence").first).to_have_text(INDONESIAN)
        shoot(page, "gloss")
        closed(page, running)
