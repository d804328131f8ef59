"""For everybody: two languages, light and dark, small screens, the keyboard alone, screen readers."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import article_of, ask, closed, opened, question_box, replies, serving, shoot, tab

PHONE = {"width": 390, "height": 800}


def wide(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_the_page_speaks_the_browsers_language(another):
    page = another(locale="id-ID")
    page.get_by_role("tab", name="Tanya").wait_for()
    assert page.get_by_placeholder("Tanyakan kepada artikel…").count() == 1
    assert page.evaluate("document.documentElement.lang") == "id"
    reply = ask(page, "Who won the 2018 World Cup?")
    reply.get_by_text("Artikel-artikel ini tidak menyebutkannya.").wait_for()
    reply = ask(page, "Siapa juru bicara Gedung Putih?")
    reply.get_by_role("button", name="Tampilkan di artikel").first.wait_for()
    assert reply.locator(".kutip-gloss").first.is_hidden()
    shoot(page, "indonesian")


def test_another_language_is_chosen_remembered_and_the_conversation_stays(page):
    ask(page, "Siapa juru bicara Gedung Putih?")
    page.get_by_label("Language of the page").select_option("id")
    page.get_by_role("tab", name="Tanya").wait_for()
    assert page.get_by_placeholder("Tanyakan kepada artikel…").count() == 1
    replies(page).first.get_by_text("Tampilkan di artikel").first.wait_for()
    page.reload()
    page.get_by_role("tab", name="Artikel").wait_for()
    page.get_by_label("Bahasa halaman").select_option("en")
    page.get_by_role("tab", name="Articles").wait_for()


def test_light_and_dark_follow_the_system_until_one_is_chosen(another):
    page = another(locale="en-US", color_scheme="dark")
    dark = "document.body.classList.contains('dark')"
    assert page.evaluate(dark)
    page.get_by_label("Light or dark").select_option("light")
    assert not page.evaluate(dark)
    page.reload()
    page.locator("#kutip-bar h1").wait_for()
    assert not page.evaluate(dark)
    page.get_by_label("Light or dark").select_option("")
    assert page.evaluate(dark)


def test_a_phone_needs_no_sideways_scrolling_and_shows_the_article_below(another):
    page = another(locale="id-ID", viewport=PHONE, color_scheme="dark", has_touch=True)
    assert wide(page) <= 0
    reply = ask(page, "Why did the talks fail?")
    assert wide(page) <= 0
    shoot(page, "phone-dark")
    panel = article_of(page, reply)
    shoot(page, "phone-article")
    box = panel.bounding_box()
    assert box["y"] > 0.25 * PHONE["height"]
    assert (box["x"], box["width"]) == (0, PHONE["width"])
    mark = panel.locator("mark.quote").bounding_box()
    assert box["y"] < mark["y"] < PHONE["height"]
    assert wide(page) <= 0
    page.keyboard.press("Escape")
    page.locator(".kutip-menu summary").click()
    assert wide(page) <= 0
    page.keyboard.press("Escape")
    tab(page, 1)
    page.locator(".kutip-list li").first.wait_for()
    assert wide(page) <= 0
    shoot(page, "phone-articles")


def focused(page, selector):
    return page.evaluate("(selector) => Boolean(document.activeElement.closest(selector))", selector)


def press_until(page, key, selector, most=60):
    for _ in range(most):
        if focused(page, selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} never reached {selector}")


def test_everything_is_reached_with_the_keyboard_alone(page):
    press_until(page, "Tab", ".kutip-menu summary")
    press_until(page, "Tab", "#kutip-question textarea, #kutip-question input")
    page.keyboard.type("Siapa juru bicara Gedung Putih?")
    page.keyboard.press("Enter")
    replies(page).first.wait_for()
    press_until(page, "Shift+Tab", ".kutip [data-spans].kutip-open")
    page.keyboard.press("Enter")
    page.locator("#kutip-panel.open mark.quote").wait_for()
    assert focused(page, "#kutip-panel")
    page.keyboard.press("Tab")
    assert focused(page, ".kutip-close")
    page.keyboard.press("Escape")
    assert page.locator("#kutip-panel.open").count() == 0
    assert focused(page, ".kutip [data-spans].kutip-open")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_serious_fault(another, scheme, width):
    page = another(locale="en-US", color_scheme=scheme, viewport={"width": width, "height": 850})
    faults = []

    def look(where):
        page.wait_for_timeout(300)  # transitions of colours
        faults.extend(
            (where, found["id"], [node["html"][:200] for node in found["nodes"]])
            for found in Axe().run(page).response["violations"]
            if found["impact"] in ("serious", "critical")
        )

    look("start")
    reply = ask(page, "Why did the talks fail?")
    ask(page, "Who won the 2018 World Cup?").locator("summary").click()
    ask(page, "And when?")
    look("chat")
    article_of(page, reply)
    look("article")
    page.keyboard.press("Escape")
    page.locator(".kutip-menu summary").click()
    look("menu")
    page.keyboard.press("Escape")
    tab(page, 1)
    page.locator(".kutip-list li").first.wait_for()
    page.locator("#kutip-articles details summary").click()
    look("articles")
    assert faults == []


def test_a_server_that_only_reads_offers_no_changes(browser, tmp_path_factory):
    with serving(tmp_path_factory.mktemp("reading"), "--read-only") as running:
        page = opened(browser, running, locale="en-US")
        reply = ask(page, "Siapa juru bicara Gedung Putih?")
        assert reply.locator("[data-verdict]").count() == 0
        assert page.locator("#kutip-panel.open").count() == 0
        panel = article_of(page, reply)
        assert panel.get_by_role("button", name="The right answer is here").count() == 0
        tab(page, 1)
        page.locator(".kutip-list li").first.wait_for()
        assert page.locator("#kutip-files, .kutip-remove").count() == 0
        assert question_box(page).count() == 1
        closed(page, running)
