"""For everybody: two languages, light and dark, small screens, the keyboard alone, screen readers."""

import re
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import (
    again,
    article_of,
    ask,
    chat,
    closed,
    holding,
    opened,
    question_box,
    replies,
    serving,
    shoot,
    tab,
    until,
)
from playwright.sync_api import expect

from app import OPEN

PHONE = {"width": 390, "height": 800}
DARK = re.compile(r"(^|\s)dark(\s|$)")


def fits(page):
    """Nothing is wider than the page."""
    until(page, "document.documentElement.scrollWidth <= document.documentElement.clientWidth")


IN_SIGHT = """() => [...document.querySelectorAll("#kutip-question :is(textarea, input, button)")].every((part) => {
    const { top, bottom, left, right } = part.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth;
})"""
UNMOVED = "() => scrollY === 0"


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1280, 900), (390, 844), (360, 640)])
def test_the_question_box_is_in_sight_without_scrolling_before_and_after_a_question(another, width, height):
    page = another(locale="id-ID", viewport={"width": width, "height": height})
    chat(page).get_by_text("Siapa juru bicara Gedung Putih?").first.wait_for()
    until(page, STILL)
    assert page.evaluate(IN_SIGHT)
    ask(page, "Mengapa perundingan itu gagal?")
    expect(page.locator("#kutip-wait .kutip-spinner")).to_have_count(0)
    until(page, STILL)
    assert page.evaluate(IN_SIGHT)
    assert page.evaluate(UNMOVED)


def test_on_a_phone_on_its_side_the_question_box_is_in_sight_and_what_is_reached_or_answered_is_not_beneath_it(another):
    page = another(locale="en-US", viewport={"width": 740, "height": 360})
    last = chat(page).get_by_text("Siapa juru bicara Gedung Putih?")
    last.wait_for()
    until(page, STILL)
    assert page.evaluate(IN_SIGHT)
    assert page.evaluate(UNMOVED)

    def above_the_box(part):
        box = question_box(page).bounding_box()
        part = part.bounding_box()
        return part["y"] >= 0 and part["y"] + part["height"] <= box["y"]

    last.focus()
    assert above_the_box(last)
    page.evaluate("scrollTo(0, 0)")
    reply = ask(page, "Why did the talks fail?")
    expect(page.locator("#kutip-wait .kutip-spinner")).to_have_count(0)
    until(page, STILL)
    assert page.evaluate(IN_SIGHT)
    assert above_the_box(reply.locator(".kutip-quote"))


def test_the_page_speaks_the_browsers_language(another):
    page = another(locale="id-ID")
    page.get_by_role("tab", name="Tanya").wait_for()
    expect(page.get_by_placeholder("Tanyakan isi artikel…")).to_have_count(1)
    expect(page.locator("html")).to_have_attribute("lang", "id")
    reply = ask(page, "Who won the 2018 World Cup?")
    reply.get_by_text("Artikel-artikel ini tidak menyebutkannya.").wait_for()
    reply.locator("summary").click()
    reply.locator(".kutip-sentence").first.wait_for()
    expect(reply.locator(".kutip-gloss").first).to_be_hidden()  # the sentence is in the page's language
    reply = ask(page, "Siapa juru bicara Gedung Putih?")
    reply.get_by_role("button", name="Tampilkan di artikel").first.wait_for()
    gloss = reply.locator(".kutip-gloss").first
    expect(gloss).to_have_attribute("data-done", "yes")  # what it has to say is decided
    expect(gloss).to_be_hidden()
    shoot(page, "indonesian")


def test_what_a_language_is_called_is_no_other_word_of_the_page(another, running):
    for code in ("in", "ms"):  # "in" was Indonesian's code once, and is a word of the page
        body = {"text": f"Rapat bahasa {code}.", "title": f"Rapat {code}", "language": code}
        assert httpx.post(f"{running.address}/v1/articles", json=body, timeout=600).is_success
    page = another(locale="id-ID")
    tab(page, 1)
    for code, name in (("in", "Indonesia"), ("ms", "Melayu")):
        expect(page.locator(".kutip-list li", has_text=f"Rapat {code}")).to_contain_text(f"{name} · 1 kalimat")


BESIDE = """() => document.querySelector("#kutip-chat").getBoundingClientRect().right
    <= document.querySelector("#kutip-panel").getBoundingClientRect().left"""


def test_an_article_that_cannot_be_opened_says_so_to_who_does_not_see_the_page(page):
    reply = ask(page, "Siapa juru bicara Gedung Putih?")
    opening = page.get_by_role("status").filter(has_text="opening…")
    with holding(page, "**/v1/articles/*", most=1) as asked:
        reply.locator("[data-spans]").first.focus()
        page.keyboard.press("Enter")
        expect(opening).to_have_count(1)
        asked.pop().abort()
        panel = page.locator("#kutip-panel.open")
        expect(panel).to_be_focused()
    expect(panel).to_contain_text("That did not work: the server cannot be reached")
    until(page, BESIDE)
    expect(opening).to_have_count(0)
    page.keyboard.press("Escape")
    assert focused(page, "[data-spans]")


def test_another_language_is_chosen_remembered_and_the_conversation_stays(page):
    ask(page, "Siapa juru bicara Gedung Putih?")
    page.get_by_label("Language of the page").select_option("id")
    page.get_by_role("tab", name="Tanya").wait_for()
    expect(page.get_by_placeholder("Tanyakan isi artikel…")).to_have_count(1)
    replies(page).first.get_by_text("Tampilkan di artikel").first.wait_for()
    again(page)
    page.get_by_role("tab", name="Artikel").wait_for()
    page.get_by_label("Bahasa halaman").select_option("en")
    page.get_by_role("tab", name="Articles").wait_for()


def test_light_and_dark_follow_the_system_until_one_is_chosen(another):
    page = another(locale="en-US", color_scheme="dark")
    body, choice = page.locator("body"), page.get_by_label("Light or dark")
    expect(body).to_have_class(DARK)
    choice.select_option("light")
    expect(body).not_to_have_class(DARK)
    again(page)
    expect(choice).to_have_value("light")
    expect(body).not_to_have_class(DARK)
    choice.select_option("")
    expect(body).to_have_class(DARK)


CONTRAST = """(box) => {
    const luminance = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
        .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
    const shown = getComputedStyle(box, "::placeholder").color, typed = getComputedStyle(box).color;
    const [dark, bright] = [shown, getComputedStyle(box).backgroundColor].map(luminance).sort((a, b) => a - b);
    return { contrast: (bright + 0.05) / (dark + 0.05), apart: shown !== typed };
}"""


LABEL = """(label) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgb = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    let ground = label;
    while (rgb(getComputedStyle(ground).backgroundColor)[3] < 255) ground = ground.parentElement;
    const luminance = (colour) => rgb(colour).slice(0, 3).map((part) => part / 255)
        .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
    const [dark, bright] = [getComputedStyle(label).color, getComputedStyle(ground).backgroundColor].map(luminance)
        .sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_names_of_the_filters_can_be_read(another, scheme):
    page = another(locale="en-US", color_scheme=scheme)
    page.get_by_text("Ask only some articles").click()
    page.get_by_placeholder("tempo.co").wait_for()
    until(page, STILL)
    for name in ("Source", "Not before", "Not after", "Language"):
        label = page.locator("#kutip-ask [data-testid=block-info]", has_text=name)
        assert label.evaluate(LABEL) >= 4.5, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_a_box_is_for_can_be_read_and_told_from_what_was_typed(another, scheme):
    page = another(locale="id-ID", color_scheme=scheme)
    page.get_by_text("Cari di sebagian artikel saja").click()
    page.get_by_placeholder("tempo.co").wait_for()
    tab(page, 1)
    page.locator("#kutip-articles details summary").click()
    page.get_by_placeholder("Tempel teks").wait_for()
    for name in ("Tanyakan isi artikel…", "tempo.co", "Judul (bila ada)", "Tempel teks", "Cari di daftar"):
        found = page.get_by_placeholder(name).evaluate(CONTRAST)
        assert found["contrast"] >= 4.5, (name, found)
        assert found["apart"], name
    for choice in page.locator("#kutip-bar select").all():
        assert choice.evaluate("(box) => getComputedStyle(box).appearance") == "auto"  # with its arrow


def test_a_phone_needs_no_sideways_scrolling_and_shows_the_article_below(another):
    page = another(locale="id-ID", viewport=PHONE, color_scheme="dark", has_touch=True)
    fits(page)
    lines = page.locator("#kutip-bar :is(h1, .kutip-menu, .kutip-scope, select)").evaluate_all(
        """(parts) => parts.map((part) => part.getBoundingClientRect()).map(({ top, bottom }) => (top + bottom) / 2)"""
    )
    assert max(lines) - min(lines) < 45  # two lines above the chat, and no more
    reply = ask(page, "Why did the talks fail?")
    fits(page)
    shoot(page, "phone-dark")
    panel = article_of(page, reply)
    shoot(page, "phone-article")
    until(
        page,
        """({ width, height }) => {
            const panel = document.querySelector("#kutip-panel.open");
            const box = panel.getBoundingClientRect(), mark = panel.querySelector("mark.quote").getBoundingClientRect();
            return box.top > 0.25 * height && box.left === 0 && box.width === width
                && box.top < mark.top && mark.top < height;
        }""",
        PHONE,
    )
    fits(page)
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.locator(".kutip-menu summary").click()
    page.get_by_role("button", name="Percakapan baru").wait_for()
    page.get_by_role("button", name="Hapus").click()
    page.get_by_role("button", name="Yakin ingin menghapus?").wait_for()
    menu = page.locator(".kutip-menu > div").bounding_box()
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= PHONE["width"]
    assert page.locator(".kutip-menu li > .kutip-open").bounding_box()["width"] > 150
    fits(page)
    page.keyboard.press("Escape")
    tab(page, 1)
    page.locator(".kutip-list li").first.wait_for()
    fits(page)
    shoot(page, "phone-articles")


STILL = """() => document.getAnimations().every((animation) =>
    animation.playState !== "running" || animation.effect.getComputedTiming().iterations === Infinity)"""


def focused(page, selector):
    return page.evaluate("(selector) => Boolean(document.activeElement.closest(selector))", selector)


def press_until(page, key, selector, most=60):
    for _ in range(most):
        if focused(page, selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} never reached {selector}")


@pytest.mark.parametrize(("width", "height"), [(360, 640), (740, 360), (320, 256)])
def test_a_long_title_and_address_leave_room_for_the_article_in_any_window(another, running, width, height):
    title = "Sidang paripurna DPRD Kabupaten Manggarai Barat menyetujui anggaran perubahan 2024"
    link = "https://news.test/rss/articles/" + "CBMiX2h0dHBzOi8v" * 30
    new = {"text": "Sidang itu dipimpin oleh Fransiska Jelatu. " * 2, "title": title, "source": link}
    httpx.post(f"{running.address}/v1/articles", json=new).raise_for_status()
    page = another(locale="id-ID", viewport={"width": width, "height": height})
    reply = ask(page, "Siapa yang memimpin sidang DPRD itu?")
    address = reply.locator(".kutip-address").first
    assert address.evaluate("(told) => told.clientHeight <= 3 * parseFloat(getComputedStyle(told).fontSize)")
    expect(address).to_have_text(link)
    panel = article_of(page, reply)
    expect(panel.locator("mark.quote")).to_be_in_viewport(ratio=1)
    assert panel.locator(".kutip-text").evaluate("(text) => text.clientHeight") >= 100
    expect(panel.get_by_role("link", name=link)).to_have_attribute("href", link)
    fits(page)


def test_the_name_of_a_file_stands_in_line_with_the_title_before_it(another, running):
    new = {"text": "Bendahara koperasi itu bernama Marta Sitanggang.", "title": "Koperasi", "source": "koperasi.txt"}
    httpx.post(f"{running.address}/v1/articles", json=new).raise_for_status()
    address = ask(another(locale="id-ID"), "Siapa nama bendahara koperasi itu?").locator(".kutip-address").first
    expect(address).to_have_text("koperasi.txt")
    below = """(address) => {
        const [own, title] = [address, address.previousElementSibling].map((part) => {
            const range = document.createRange();
            range.selectNodeContents(part);
            return range.getBoundingClientRect().bottom;
        });
        return own - title;
    }"""
    assert abs(address.evaluate(below)) < 1


def test_an_author_or_a_title_that_runs_from_the_right_turns_nothing_beside_it(another, running):
    new = {
        "text": "Wali kota itu bernama Sami Haddad.",
        "title": "Rapat \u202e",
        "author": "سامي \u202e",
        "language": "id",
    }
    httpx.post(f"{running.address}/v1/articles", json=new).raise_for_status()
    page = another(locale="en-US")
    panel = article_of(page, ask(page, "Siapa nama wali kota itu?"))
    told = panel.locator(".kutip-source").first
    expect(told).to_have_text("سامي \u202e · Indonesian")
    at = """(part) => {
        const range = document.createRange();
        range.selectNodeContents(part);
        return range.getBoundingClientRect().x;
    }"""
    author, language = told.locator("bdi").all()
    assert author.evaluate(at) < language.evaluate(at)
    page.keyboard.press("Escape")
    tab(page, 1)
    row = page.locator(".kutip-list li", has_text="Rapat")
    row.locator(".kutip-remove").click()
    expect(page.locator(".kutip-gone bdi")).to_have_text("Rapat \u202e")


def test_everything_is_reached_with_the_keyboard_alone(page):
    press_until(page, "Tab", ".kutip-menu summary")
    press_until(page, "Tab", "#kutip-question textarea, #kutip-question input")
    page.keyboard.type("Siapa juru bicara Gedung Putih?")
    page.keyboard.press("Enter")
    replies(page).first.wait_for()
    press_until(page, "Shift+Tab", ".kutip [data-spans].kutip-open")
    page.keyboard.press("Enter")
    page.locator("#kutip-panel.open mark.quote").wait_for()
    expect(page.locator("#kutip-panel")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".kutip-close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".kutip [data-spans].kutip-open:focus")).to_have_count(1)
    expect(page.locator("#kutip-panel.open")).to_have_count(0)


# Of all that the keyboard comes by, once around, what has no ring, or two: around itself and the frame it stands in.
UNSEEN = """() => {
    const at = document.activeElement;
    if (at === document.body) return null;
    const rings = [at, at.closest(".input-container, .kutip-drop")].filter((part) =>
        part && getComputedStyle(part).outlineStyle !== "none");
    return rings.length === 1 ? "" : `${at.tagName} ${at.getAttribute("aria-label") || at.textContent}`;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_whoever_uses_the_keyboard_sees_where_it_is(another, scheme):
    page = another(locale="en-US", color_scheme=scheme)
    page.get_by_role("button", name="Ask only some articles").click()
    page.get_by_label("Source", exact=True).wait_for()
    for number in (0, 1):
        tab(page, number)
        if number:
            page.locator("#kutip-articles details summary").click()
            page.locator(".kutip-list input").first.wait_for()
        page.locator("body").focus()
        page.evaluate("document.activeElement.blur()")
        unseen, stops = [], 0
        while stops < 60:
            page.keyboard.press("Tab")
            stops += 1
            told = page.evaluate(UNSEEN)
            if told is None:
                break
            unseen.append(told)
        assert len(unseen) > 6
        assert list(filter(None, unseen)) == []


def test_the_box_its_button_and_the_conversation_are_named_in_the_pages_language(another):
    page = another(locale="id-ID")
    expect(page.get_by_role("textbox", name="Pertanyaan", exact=True)).to_have_count(1)
    expect(page.get_by_role("button", name="Tanya", exact=True)).to_have_count(1)
    expect(page.get_by_role("log", name="Percakapan", exact=True)).to_have_count(1)


def test_what_is_chosen_can_be_seen_where_the_system_chooses_the_colours(another):
    page = another(locale="en-US", forced_colors="active")
    tab(page, 1)
    box = page.locator(".kutip-list input").first
    before = box.screenshot()
    box.check()
    page.mouse.move(0, 0)
    box.blur()
    until(page, STILL)
    assert box.evaluate("(box) => getComputedStyle(box).appearance") == "auto"  # the system's own
    assert box.screenshot() != before
    expect(page.locator("button[role=tab].selected")).to_have_css("text-decoration-line", "underline")
    tab(page, 0)
    panel = article_of(page, ask(page, "Siapa juru bicara Gedung Putih?"))
    expect(panel.locator("mark.quote")).to_have_css("text-decoration-line", "underline")


def test_the_longest_question_leaves_its_button_on_a_phones_screen(another):
    page = another(locale="id-ID", viewport={"width": 360, "height": 640})
    question_box(page).fill("Siapa " * 83)
    until(page, STILL)
    until(page, IN_SIGHT)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_serious_fault(another, scheme, width):
    page = another(locale="en-US", color_scheme=scheme, viewport={"width": width, "height": 850})
    faults = []

    def look(where):
        until(page, STILL)  # colours that are still changing have other contrasts
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
    page.get_by_role("button", name="New conversation").wait_for()
    look("menu")
    page.keyboard.press("Escape")
    tab(page, 1)
    page.locator(".kutip-list li").first.wait_for()
    page.locator("#kutip-articles details summary").click()
    page.locator("#kutip-articles details textarea").wait_for()
    look("articles")
    assert faults == []


def test_a_server_that_only_reads_offers_no_changes(browser, tmp_path_factory):
    with serving(tmp_path_factory.mktemp("reading"), "--read-only") as running:
        page = opened(browser, running, locale="en-US")
        reply = ask(page, "Siapa juru bicara Gedung Putih?")
        expect(reply.locator("blockquote")).to_have_text("Sarah Sanders")
        expect(reply.locator("[data-verdict]")).to_have_count(0)
        expect(page.locator("#kutip-panel.open")).to_have_count(0)
        panel = article_of(page, reply)
        expect(panel.get_by_role("button", name="The right answer is here")).to_have_count(0)
        tab(page, 1)
        page.locator(".kutip-list li").first.wait_for()
        expect(page.locator("#kutip-files, .kutip-remove")).to_have_count(0)
        expect(question_box(page)).to_have_count(1)
        closed(page, running)


def test_the_page_asks_gradio_for_nothing_that_is_shut(page, running):
    expect(ask(page, "Siapa juru bicara Gedung Putih?").locator("blockquote")).to_have_text("Sarah Sanders")
    asked = {urlsplit(url).path for url in page.requested if url.startswith(running.address)}
    assert "/gradio_api/queue/join" in asked
    assert {path for path in asked if not path.startswith("/v1/") and not OPEN.fullmatch(path)} == set()
