"""Conversations are kept in the browser, and taken along."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browsing import (
    SERVER,
    again,
    ask,
    chat,
    closed,
    exactly,
    holding,
    opened,
    paste,
    question_box,
    replies,
    shoot,
    tab,
    until,
)
from markdown_it import MarkdownIt
from playwright.sync_api import expect

NASTY = (
    "# Judul *palsu* <b>tebal</b> [tautan](http://x.test) `kode` ![gambar](y) _garis_ | ~~coret~~ 1. butir & www.x.test"
)


def menu(page):
    box = page.locator(".kutip-menu")
    if not box.evaluate("(box) => box.open"):  # nothing but a click or a key opens or closes it
        box.locator("summary").click()
    return box


def listed(page):
    """The conversations in the menu."""
    return page.locator(".kutip-menu li")


def kept(page):
    return page.evaluate("JSON.parse(localStorage.getItem('kutip-conversations') || '[]')")


def test_a_conversation_outlives_a_reload_and_is_gone_on_with(page):
    ask(page, "Siapa juru bicara Gedung Putih?")
    again(page)
    expect(replies(page).first).to_contain_text("Sarah Sanders")
    chat(page).get_by_text("Siapa juru bicara Gedung Putih?").first.wait_for()
    expect(ask(page, "What did she say?")).to_contain_text("What did Sarah Sanders say?")
    again(page)
    replies(page).nth(1).wait_for()


def test_an_answer_that_has_just_come_outlives_a_reload_too(page, another):
    ask(another(), "Siapa juru bicara Gedung Putih?")  # it is remembered now, and comes at once
    ask(page, "Siapa juru bicara Gedung Putih?")
    again(page)
    replies(page).first.wait_for()


def test_what_is_typed_or_not_answered_yet_is_in_the_box_again_when_the_page_begins_anew(page):
    question_box(page).fill("Siapa juru bicara")
    again(page)
    expect(question_box(page)).to_have_value("Siapa juru bicara")
    with holding(page, "**/queue/join*") as held:
        question_box(page).fill(SPOKESWOMAN)
        question_box(page).press("Enter")
        expect(question_box(page)).to_have_value("")
        while not held:
            page.wait_for_timeout(50)
        again(page)
        expect(question_box(page)).to_have_value(SPOKESWOMAN)
        held.clear()  # of a page that is gone
    question_box(page).press("Enter")
    exactly(replies(page), "Sarah Sanders")
    again(page)
    exactly(replies(page), "Sarah Sanders")
    expect(question_box(page)).to_have_value("")


def test_who_begins_or_opens_a_conversation_with_the_keyboard_is_not_left_in_the_closed_menu(page):
    ask(page, SPOKESWOMAN)
    tab(page, 1)
    menu(page).get_by_role("button", name="New conversation").focus()
    page.keyboard.press("Enter")
    expect(question_box(page)).to_be_focused()
    menu(page).get_by_role("button", name=SPOKESWOMAN, exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".kutip-menu summary")).to_be_focused()


def test_several_conversations_are_kept_renamed_and_deleted(page):
    ask(page, "Siapa juru bicara Gedung Putih?")
    fresh(page)
    second = ask(page, "Who won the 2018 World Cup?")
    expect(second).to_contain_text("do not say")
    expect(second).not_to_contain_text("asked as")
    expect(listed(page)).to_have_count(2)
    menu(page).get_by_role("button", name="Rename: Who won").click()
    page.get_by_label("Name", exact=True).fill("Sepak bola <b>")
    page.get_by_role("button", name="Save").click()
    shoot(page, "conversations")
    menu(page).get_by_role("button", name="Siapa juru bicara Gedung Putih?", exact=True).click()
    expect(replies(page).first).to_contain_text("Sarah Sanders")
    expect(replies(page)).to_have_count(1)
    again(page)
    row = menu(page).locator("li", has_text="Sepak bola <b>")
    row.get_by_role("button", name="Delete").click()
    row.get_by_role("button", name="Really delete?").wait_for()
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Really delete?").click()
    row.wait_for(state="detached")
    until(page, "JSON.parse(localStorage.getItem('kutip-conversations')).length === 1")


def test_a_double_click_deletes_no_conversation_unasked(page):
    ask(page, "Siapa juru bicara Gedung Putih?")
    expect(listed(page)).to_have_count(1)
    remove = menu(page).locator("li button").last
    remove.dblclick()
    expect(remove).to_have_text("Really delete?")
    remove.click()
    until(page, "JSON.parse(localStorage.getItem('kutip-conversations')).length === 0")


def test_who_renames_a_conversation_with_the_keyboard_stays_at_it(page):
    ask(page, SPOKESWOMAN)
    expect(listed(page)).to_have_count(1)
    menu(page).get_by_role("button", name="Rename").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Juru bicara")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Juru bicara", exact=True)).to_be_focused()


def test_before_a_conversation_is_given_up_for_a_new_one_that_is_said(page):
    ask(page, SPOKESWOMAN)
    until(page, "localStorage.getItem('kutip-conversations')")
    page.evaluate("""() => {
        const [kept] = JSON.parse(localStorage.getItem("kutip-conversations"));
        const all = Array.from({ length: 100 }, (_, i) => ({ ...kept, id: i ? `${i}` : kept.id, title: `Nomor ${i}` }));
        localStorage.setItem("kutip-conversations", JSON.stringify(all));
    }""")
    again(page)
    replies(page).first.wait_for()
    loss = page.locator(".kutip-loss")
    expect(loss).to_have_text("")
    begin_new(page)
    expect(loss).to_contain_text("The browser keeps 100 conversations")
    expect(loss).to_contain_text("“Nomor 99”")
    expect(replies(page)).to_have_count(0)
    ask(page, WINNER)
    until(page, "JSON.parse(localStorage.getItem('kutip-conversations')).at(-1).title === 'Nomor 98'")
    expect(loss).to_have_text("")


def test_two_windows_with_one_conversation_lose_none_of_their_answers(page):
    ask(page, SPOKESWOMAN)
    other = page.context.new_page()
    other.goto(page.url)
    replies(other).first.wait_for()
    ask(page, WINNER)
    keeps(page, 2)  # before the other one's, as a window behind another may take its time
    ask(other, MEETING)
    until(page, "JSON.parse(localStorage.getItem('kutip-conversations'))[0].answers.length === 3")
    assert questions(page) == [[SPOKESWOMAN, WINNER, MEETING]]
    other.close()


def test_a_conversation_that_another_window_deletes_stays_deleted(page):
    ask(page, SPOKESWOMAN)
    other = page.context.new_page()
    other.goto(page.url)
    replies(other).first.wait_for()
    row = menu(page).locator("li")
    delete(row)
    row.wait_for(state="detached")
    menu(other).locator("summary").click()  # the page of who has restored it changes
    other.wait_for_timeout(500)
    assert kept(page) == []
    ask(other, WINNER)
    until(page, "JSON.parse(localStorage.getItem('kutip-conversations'))[0]?.answers.length === 2")
    other.close()


def test_an_answer_that_comes_while_another_window_restores_its_conversation_makes_no_second_one(page):
    ask(page, SPOKESWOMAN)
    other = page.context.new_page()
    with holding(other, SERVER):
        other.goto(page.url)
        question_box(other).wait_for()
        ask(page, WINNER)
        until(page, "JSON.parse(localStorage.getItem('kutip-conversations'))[0]?.answers.length === 2")
    replies(other).first.wait_for()
    ask(other, MEETING)
    until(page, "JSON.parse(localStorage.getItem('kutip-conversations'))[0]?.answers.length === 3")
    assert questions(page) == [[SPOKESWOMAN, WINNER, MEETING]]
    other.close()


def questions(page):
    """Those of the conversations that are kept, in no order."""
    return sorted([answer["question"] for answer in one["answers"]] for one in kept(page))


SPOKESWOMAN, WINNER, MEETING = (
    "Siapa juru bicara Gedung Putih?",
    "Who won the 2018 World Cup?",
    "Where did Trump and Kim meet?",
)


def keeps(page, answers):
    """So many answers of the newest conversation are kept, or will be in a moment."""
    newest = "JSON.parse(localStorage.getItem('kutip-conversations') || '[]')[0]"
    until(page, f"{newest}?.answers.length === {answers}")


def send(page, question):
    question_box(page).fill(question)
    question_box(page).press("Enter")


def sent(page, asked):
    """Wait until the server was asked, which Gradio does a moment after Enter: nobody types as fast as a test."""
    while not asked:
        page.wait_for_timeout(50)


def begin_new(page):
    menu(page).get_by_role("button", name="New conversation").click()


def fresh(page):
    """A new conversation, once it is there."""
    begin_new(page)
    expect(replies(page)).to_have_count(0)


def delete(row):
    row.get_by_role("button", name="Delete").click()
    row.get_by_role("button", name="Really delete?").click()


def rendered(page):
    """The chat shows all that it was told to."""
    until(page, "document.querySelector('#kutip-restored').dataset.token")
    expect(page.locator("#kutip-wait .kutip-spinner")).to_have_count(0)


def test_a_new_conversation_gets_nothing_of_the_one_before_however_late_the_chat_is_empty(page):
    ask(page, SPOKESWOMAN)
    until(page, "localStorage.getItem('kutip-conversations')")
    with holding(page, SERVER) as asked:
        begin_new(page)
        sent(page, asked)
        page.wait_for_timeout(300)  # long after the page looks what is to be kept
        expect(replies(page)).to_have_count(1)
        assert questions(page) == [[SPOKESWOMAN]]
    expect(replies(page)).to_have_count(0)
    ask(page, WINNER)
    expect(listed(page)).to_have_count(2)
    assert questions(page) == sorted([[SPOKESWOMAN], [WINNER]])


def test_of_conversations_that_are_opened_quickly_one_after_the_other_the_last_one_is_shown(page):
    for number, question in enumerate((SPOKESWOMAN, WINNER), 1):
        ask(page, question)
        expect(listed(page)).to_have_count(number)
        fresh(page)
    rendered(page)
    with holding(page, SERVER):
        for question in (SPOKESWOMAN, WINNER):
            menu(page).get_by_role("button", name=question, exact=True).click()
        page.wait_for_timeout(2000)  # the page has said again what it wants
    exactly(replies(page), "do not say")
    page.wait_for_timeout(2000)
    exactly(replies(page), "do not say")
    ask(page, MEETING)
    keeps(page, 2)
    assert questions(page) == sorted([[SPOKESWOMAN], [WINNER, MEETING]])


def test_a_question_that_is_asked_while_a_conversation_is_restored_is_answered_after_it(page):
    ask(page, SPOKESWOMAN)
    until(page, "localStorage.getItem('kutip-conversations')")
    with holding(page, SERVER) as asked:
        again(page)
        sent(page, asked)
        send(page, WINNER)
        page.locator("#kutip-wait .kutip-spinner").wait_for()
        page.wait_for_timeout(2000)  # the page has asked for the conversation again
    exactly(replies(page), "Sarah Sanders", "do not say")
    keeps(page, 2)
    assert questions(page) == [[SPOKESWOMAN, WINNER]]
    rendered(page)


def test_a_question_that_waits_for_a_new_conversation_is_asked_though_another_one_is_deleted_meanwhile(page):
    ask(page, MEETING)
    keeps(page, 1)
    fresh(page)
    with holding(page, SERVER) as asked:
        send(page, SPOKESWOMAN)
        sent(page, asked)
        begin_new(page)
        send(page, WINNER)
        delete(menu(page).locator("li", has_text=MEETING))
    exactly(replies(page), "do not say")
    expect(listed(page)).to_have_count(2)
    assert questions(page) == sorted([[SPOKESWOMAN], [WINNER]])


@pytest.mark.parametrize("times", [1, 2])
def test_a_question_that_is_typed_right_after_new_conversation_is_asked_in_the_new_one_alone(page, times):
    ask(page, SPOKESWOMAN)
    keeps(page, 1)
    new = menu(page).get_by_role("button", name="New conversation")
    with holding(page, SERVER) as asked:
        new.click()
        for _ in range(times):  # who is impatient presses Enter twice
            send(page, WINNER)
        sent(page, asked)
        page.wait_for_timeout(500)
        exactly(replies(page), "Sarah Sanders")
        expect(page.locator("#kutip-wait .kutip-spinner")).to_have_count(1)
    exactly(replies(page), "do not say")
    expect(listed(page)).to_have_count(2)
    assert questions(page) == sorted([[SPOKESWOMAN], [WINNER]])
    rendered(page)
    exactly(replies(page), "do not say")


def test_a_question_that_is_typed_after_new_conversation_while_the_last_one_is_answered_is_asked_in_the_new_one(page):
    with holding(page, SERVER) as asked:
        send(page, SPOKESWOMAN)
        sent(page, asked)
        begin_new(page)
        send(page, WINNER)
        page.wait_for_timeout(500)
    exactly(replies(page), "do not say")
    expect(listed(page)).to_have_count(2)
    assert questions(page) == sorted([[SPOKESWOMAN], [WINNER]])


def test_a_conversation_stays_deleted_where_a_question_follows_before_the_last_one_is_answered(page):
    ask(page, SPOKESWOMAN)
    fresh(page)
    with holding(page, SERVER) as asked:
        send(page, WINNER)
        sent(page, asked)
        delete(menu(page).locator("li", has_text=SPOKESWOMAN))
        send(page, MEETING)
    exactly(replies(page), "do not say", "Hanoi")
    keeps(page, 2)
    assert questions(page) == [[WINNER, MEETING]]


def test_who_insists_on_a_question_that_waits_gets_it_answered_once(page):
    with holding(page, SERVER) as asked:
        send(page, SPOKESWOMAN)
        sent(page, asked)
        send(page, WINNER)
        send(page, WINNER)
    exactly(replies(page), "Sarah Sanders", "do not say")
    keeps(page, 2)
    ask(page, MEETING)
    keeps(page, 3)
    assert questions(page) == [[SPOKESWOMAN, WINNER, MEETING]]


def test_a_question_that_is_asked_before_the_last_one_is_answered_is_answered_after_it(page):
    with holding(page, SERVER) as asked:
        send(page, SPOKESWOMAN)
        sent(page, asked)
        page.locator("#kutip-wait .kutip-spinner").wait_for()
        send(page, WINNER)
        menu(page)  # looked at meanwhile
    exactly(replies(page), "Sarah Sanders", "do not say")
    keeps(page, 2)
    assert questions(page) == [[SPOKESWOMAN, WINNER]]


def test_a_conversation_that_is_deleted_before_its_question_is_answered_stays_deleted(page):
    ask(page, SPOKESWOMAN)
    expect(listed(page)).to_have_count(1)
    with holding(page, SERVER):
        send(page, WINNER)
        menu(page).get_by_role("button", name="Delete").click()
        page.get_by_role("button", name="Really delete?").click()
    expect(replies(page)).to_have_count(0)
    rendered(page)
    expect(listed(page)).to_have_count(0)
    ask(page, MEETING)
    expect(listed(page)).to_have_count(1)
    assert questions(page) == [[MEETING]]


def test_a_name_that_is_being_written_outlives_an_answer_that_comes(page):
    ask(page, SPOKESWOMAN)
    expect(listed(page)).to_have_count(1)
    with holding(page, SERVER):
        send(page, WINNER)
        menu(page).get_by_role("button", name="Rename").click()
        page.get_by_label("Name", exact=True).fill("Dua hal")
    keeps(page, 2)
    page.get_by_role("button", name="Save").click()
    exactly(listed(page), "Dua hal")
    assert questions(page) == [[SPOKESWOMAN, WINNER]]


def test_a_conversation_remembers_which_articles_it_asks(page):
    paste(page, "Ketua koperasi bernama Wayan.", "Koperasi")
    tab(page, 1)
    page.locator(".kutip-list li", has_text="Koperasi").get_by_role("checkbox").check()
    tab(page, 0)
    ask(page, "Siapa ketua koperasi?")
    begin_new(page)
    page.get_by_text("All articles are asked").wait_for()
    again(page)
    menu(page).get_by_role("button", name="Siapa ketua koperasi?", exact=True).click()
    page.get_by_text("1 chosen article is asked").wait_for()


def exported(page, name):
    with page.expect_download() as given:
        menu(page).get_by_role("button", name=name).click()
    return given.value.suggested_filename, Path(given.value.path()).read_text(encoding="utf-8")


def test_the_export_as_json_holds_answers_with_their_places(page):
    ask(page, "Siapa juru bicara Gedung Putih?")
    name, text = exported(page, "As JSON")
    assert name == "Siapa-juru-bicara-Gedung-Putih.json"
    (answer,) = json.loads(text)["answers"]
    best = answer["evidence"][0]
    article = page.request.get(f"{page.url.split('?')[0]}v1/articles/{best['article_id']}").json()
    assert article["text"][best["answer"]["start"] : best["answer"]["end"]] == best["text"] == "Sarah Sanders"


class Text(HTMLParser):
    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.text, self.tags = "", set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)

    def handle_data(self, data):
        self.text += data


def test_in_the_export_as_markdown_quotes_stay_text(page):
    ask(page, "Who won the 2018 World Cup?")
    sentence = f"Ketua arisan bernama {NASTY} dan semua setuju."
    paste(page, sentence, "*Arisan*")
    ask(page, f"Siapa ketua arisan {NASTY}?")
    name, markdown = exported(page, "As Markdown")
    assert name.endswith(".md")
    read = Text(MarkdownIt("gfm-like", {"linkify": False}).render(markdown))
    assert read.tags <= {"h1", "h2", "p", "blockquote", "ul", "li"}
    assert f"Siapa ketua arisan {NASTY}?" in read.text
    assert NASTY in read.text
    assert "The articles do not say." in read.text
    for evidence in kept(page)[0]["answers"][1]["evidence"]:
        assert f"{evidence['article_id']}, characters {evidence['answer']['start']}" in read.text


def test_the_export_as_markdown_tells_quotes_that_contest_the_answer_from_further_places(page):
    ask(page, "Siapa juru bicara Gedung Putih?")
    until(page, "localStorage.getItem('kutip-conversations')")
    (answer,) = kept(page)[0]["answers"]
    best = answer["evidence"][0]
    others = [{**best, "text": "Budi", "contests": True}, {**best, "text": "Gedung", "contests": False}]
    typed = answer["question"] + " "  # as phones leave it
    answers = [{**answer, "question": typed, "status": "answered", "evidence": [best, *others]}]
    markdown = page.evaluate("answers => kutip.asMarkdown({ title: 't', at: 0, answers })", answers)
    assert "asked as" not in markdown
    contested, further = markdown.split("Others are nearly as likely:")[1].split("Further places:")
    assert "- Budi" in contested
    assert "- Gedung" in further


def test_a_browser_that_keeps_nothing_is_asked_once_for_each_answer_and_exports_what_the_page_shows(page):
    page.evaluate("""() => {
        window.tries = 0;
        Storage.prototype.setItem = function (key) {
            if (key === "kutip-conversations") window.tries += 1;
            throw new DOMException("full", "QuotaExceededError");
        };
    }""")
    ask(page, "Siapa juru bicara Gedung Putih?")
    until(page, "window.tries > 0")
    ask(page, "Where did Trump and Kim meet?")
    until(page, "window.tries > 1")
    page.wait_for_timeout(1500)  # the page is at rest: nothing may go on by itself
    assert page.evaluate("window.tries") == 2
    expect(page.locator(".kutip-loss")).to_contain_text("The browser keeps no conversations here")
    assert exported_questions(page) == ["Siapa juru bicara Gedung Putih?", "Where did Trump and Kim meet?"]


def test_where_the_browser_forbids_storage_another_language_is_chosen_and_the_conversation_stays(browser, running):
    page = opened(browser, running, locale="en-US")
    page.add_init_script("""for (const name of ["localStorage", "sessionStorage"]) {
        Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
    }""")
    again(page)
    ask(page, SPOKESWOMAN)
    ask(page, "Where did Trump and Kim meet?")
    page.get_by_label("Language of the page").select_option("id")
    page.get_by_role("tab", name="Tanya").wait_for()
    expect(replies(page)).to_have_count(2)
    expect(replies(page).first).to_contain_text("Sarah Sanders")
    ask(page, "Siapa juara Piala Dunia 2018?")
    page.get_by_label("Bahasa halaman").select_option("en")
    page.get_by_role("tab", name="Articles").wait_for()
    expect(replies(page)).to_have_count(3)
    fresh(page)
    expect(replies(page)).to_have_count(0)
    closed(page, running)


def exported_questions(page):
    with page.expect_download() as given:
        menu(page).get_by_role("button", name="As JSON").click()
    return [answer["question"] for answer in json.loads(Path(given.value.path()).read_text())["answers"]]


def test_once_there_is_room_again_what_did_not_fit_is_kept_and_nothing_is_said_any_more(page):
    ask(page, SPOKESWOMAN)
    until(page, "localStorage.getItem('kutip-conversations')")
    page.evaluate("""() => {
        const [kept] = JSON.parse(localStorage.getItem("kutip-conversations"));
        const others = [1, 2].map((i) => ({ ...kept, id: `${i}`, title: `Nomor ${i}` }));
        localStorage.setItem("kutip-conversations", JSON.stringify([kept, ...others]));
        const own = Storage.prototype.setItem;
        Storage.prototype.setItem = function (key, value) {
            if (key === "kutip-conversations" && JSON.parse(value).flatMap((one) => one.answers).length > 3) {
                throw new DOMException("full", "QuotaExceededError");
            }
            own.call(this, key, value);
        };
    }""")
    ask(page, MEETING)
    loss = page.locator(".kutip-loss")
    expect(loss).to_contain_text("The browser has no room left")
    assert exported_questions(page) == [SPOKESWOMAN, MEETING]
    delete(menu(page).locator("li", has_text="Nomor 1"))
    expect(loss).to_have_text("")
    assert questions(page) == sorted([[SPOKESWOMAN, MEETING], [SPOKESWOMAN]])


def test_where_the_browser_has_no_room_another_language_is_chosen_and_the_conversation_stays(browser, running):
    page = opened(browser, running, locale="en-US")
    page.add_init_script("""
        const own = Storage.prototype.setItem;
        Storage.prototype.setItem = function (key, value) {
            if (!sessionStorage.roomy && key === "kutip-conversations" && JSON.parse(value)[0].answers.length > 1) {
                throw new DOMException("full", "QuotaExceededError");
            }
            own.call(this, key, value);
        };
    """)
    again(page)
    ask(page, SPOKESWOMAN)
    until(page, "localStorage.getItem('kutip-conversations')")
    ask(page, MEETING)
    expect(page.locator(".kutip-loss")).to_contain_text("The browser has no room left")
    for language, named in (("id", "Tanya"), ("en", "Ask")):  # the second one before the page knows what it shows
        page.locator(".kutip-settings select").first.select_option(language)
        page.get_by_role("tab", name=named, exact=True).wait_for()
        expect(replies(page)).to_have_count(2)
    expect(page.locator(".kutip-loss")).to_contain_text("The browser has no room left")
    page.evaluate("sessionStorage.roomy = 'yes'")
    ask(page, "Siapa juara Piala Dunia 2018?")
    expect(page.locator(".kutip-loss")).to_have_text("")
    assert exported_questions(page) == [SPOKESWOMAN, MEETING, "Siapa juara Piala Dunia 2018?"]
    assert [len(one["answers"]) for one in kept(page)] == [3]
    closed(page, running)


def test_a_conversation_that_outgrows_what_is_kept_is_written_once_for_each_answer(page):
    ask(page, "Siapa juru bicara Gedung Putih?")
    until(page, "localStorage.getItem('kutip-conversations')")
    page.evaluate("""() => {
        const [kept] = JSON.parse(localStorage.getItem("kutip-conversations"));
        kept.answers = Array.from({ length: 200 }, () => kept.answers[0]);
        localStorage.setItem("kutip-conversations", JSON.stringify([kept]));
    }""")
    again(page)
    expect(replies(page)).to_have_count(200)
    expect(page.locator(".kutip-loss")).to_contain_text("The last 200 answers of a conversation are kept")
    page.evaluate("""() => {
        window.writes = 0;
        const own = Storage.prototype.setItem;
        Storage.prototype.setItem = function (key, value) {
            if (key === "kutip-conversations") window.writes += 1;
            own.call(this, key, value);
        };
    }""")
    ask(page, "Where did Trump and Kim meet?")
    until(page, "window.writes > 0")
    page.wait_for_timeout(1500)
    assert page.evaluate("window.writes") == 1
    answers = kept(page)[0]["answers"]
    assert (len(answers), answers[-1]["question"]) == (200, "Where did Trump and Kim meet?")
