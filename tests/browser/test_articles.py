"""Articles are added, searched, chosen and removed; an empty library invites to add one."""

import re
import threading
import time
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import httpx
from browsing import again, arrived, ask, exactly, holding, paste, question_box, replies, shoot, tab
from making import zipped
from playwright.sync_api import expect

NASTY = "<img src=x onerror=alert(1)>"


@contextmanager
def unhurried(page):
    """There is more time for Undo than six seconds, which are little on a busy machine."""
    page.evaluate(
        """() => {
            window.own = setTimeout;
            window.setTimeout = (act, time, ...more) => own(act, time === 6000 ? 600_000 : time, ...more);
        }"""
    )
    yield
    page.evaluate("window.setTimeout = own")


def test_a_file_is_dropped_asked_alone_and_removed_with_undo(page):
    tab(page, 1)
    page.locator(".kutip-drop").evaluate(
        """(at, text) => {
            const data = new DataTransfer();
            data.items.add(new File([text], "rapat.txt", { type: "text/plain" }));
            at.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        f"{NASTY}\nKetua panitia bernama Dewi Lestari.",
    )
    row = page.locator(".kutip-list li", has_text=NASTY)
    expect(row).to_contain_text("rapat.txt")
    expect(row).to_contain_text("sentences")
    expect(page.locator("img[src=x]")).to_have_count(0)
    row.get_by_role("checkbox").check()
    expect(page.locator(".kutip-scope")).to_contain_text("1 chosen article is asked")
    shoot(page, "articles")
    tab(page, 0)
    expect(ask(page, "Siapa ketua panitia?").locator("blockquote")).to_contain_text("Dewi Lestari")
    reply = ask(page, "Siapa juru bicara Gedung Putih?")
    expect(reply.locator(".kutip-badge")).to_be_visible()
    expect(reply).not_to_contain_text("Sarah Sanders")
    page.get_by_role("button", name="Ask all").click()
    page.get_by_text("All articles are asked").wait_for()
    expect(ask(page, "Siapa juru bicara Gedung Putih?")).to_contain_text("Sarah Sanders")
    tab(page, 1)
    with unhurried(page):
        row.get_by_role("button", name="Remove").click()
        page.get_by_role("button", name="Undo").click()
        row.get_by_role("button", name="Remove").wait_for()
    row.get_by_role("button", name="Remove").click()
    page.locator(".kutip-gone").wait_for()
    page.get_by_label("Search the list").focus()
    page.locator(".kutip-gone").wait_for(state="detached")
    expect(page.locator(".kutip-status")).to_have_text("1 removed")  # and not what an earlier add did
    expect(page.locator(".kutip-tools")).to_have_text("1 article")  # the list was read anew
    expect(row).to_have_count(0)


def test_a_double_click_removes_an_article_and_does_not_undo_that(page):
    paste(page, "Gubernur bernama Rina.")
    tab(page, 1)
    with unhurried(page):
        page.locator(".kutip-list li", has_text="Gubernur").get_by_role("button", name="Remove").dblclick()
        expect(page.locator(".kutip-gone")).to_have_count(1)


def test_who_removes_with_the_keyboard_has_time_for_undo_and_keeps_the_place_in_the_list(page):
    for name in ("Beras naik", "Cabai naik"):
        paste(page, f"{name} di pasar.", name)
    tab(page, 1)
    row, undo = page.locator(".kutip-list li"), page.get_by_role("button", name="Undo")
    page.evaluate(
        """() => {
            const own = setTimeout;
            window.setTimeout = (act, time, ...more) => own(act, time === 6000 ? 50 : time, ...more);
        }"""
    )
    row.nth(1).get_by_role("button", name="Remove").focus()
    page.keyboard.press("Enter")
    expect(undo).to_be_focused()
    page.wait_for_timeout(500)
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(row.nth(1).get_by_role("button", name="Remove")).to_be_focused()
    page.keyboard.press("Enter")
    expect(undo).to_be_focused()
    page.wait_for_timeout(500)
    page.keyboard.press("Tab")
    expect(row).to_have_count(2)
    expect(row.nth(1)).to_contain_text("Cabai naik")
    expect(row.nth(1).get_by_role("checkbox")).to_be_focused()


def has_many(page, number):
    """The library, as the list sees it, has so many articles; gives their ids, of which each that is removed goes."""
    known = [f"{at:04}" for at in range(number)]

    def listed(route):
        asked = parse_qs(urlsplit(route.request.url).query)
        first, most = int(asked["offset"][0]), int(asked["limit"][0])
        entry = {"language": "id", "published": "", "sentences": 1, "source": "x.txt"}
        found = [entry | {"id": at, "title": f"Berita {at}"} for at in known[first : first + most]]
        route.fulfill(json={"articles": found, "total": len(known)})

    def removed(route):
        known.remove(route.request.url.rsplit("/", 1)[1])
        route.fulfill(json={"removed": []})

    page.route("**/v1/articles?*offset=*", listed)
    page.route("**/v1/articles/*", removed)
    return known


def test_who_looks_through_a_long_list_keeps_the_place_in_it(page):
    has_many(page, 205)
    again(page)
    tab(page, 1)
    row, more = page.locator(".kutip-list li"), page.get_by_role("button", name="Show more")
    expect(row).to_have_count(100)
    more.focus()
    page.keyboard.press("Enter")
    expect(row).to_have_count(200)
    expect(more).to_be_focused()
    page.keyboard.press("Enter")
    expect(row).to_have_count(205)
    expect(more).to_be_hidden()
    expect(row.nth(200).get_by_role("checkbox")).to_be_focused()
    row.nth(150).get_by_role("button", name="Remove").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # which ends the time for Undo, once that is over
    expect(page.locator(".kutip-status")).to_have_text("1 removed")
    expect(row).to_have_count(204)
    expect(row.nth(150)).to_contain_text("Berita 0151")
    expect(row.nth(150).get_by_role("checkbox")).to_be_focused()
    page.get_by_label("Search the list").fill("Berita")
    expect(row).to_have_count(100)


def test_an_article_is_offered_for_download_where_there_is_an_original(page):
    tab(page, 1)
    sent = {"name": "rapat.txt", "mimeType": "text/plain", "buffer": b"Ketua panitia bernama Dewi."}
    page.locator("#kutip-files").set_input_files([sent])
    panel = page.locator("#kutip-panel.open")
    page.locator(".kutip-list .kutip-open", has_text="Ketua panitia").click()
    with page.expect_download() as given:
        panel.get_by_role("link", name="Download the original").click()
    assert given.value.suggested_filename == "rapat.txt"
    page.locator(".kutip-list .kutip-open", has_text="Presiden").click()
    expect(panel.locator("h2")).to_contain_text("Presiden")
    expect(panel.get_by_role("link")).to_have_count(0)


def test_the_sample_is_looked_for_when_articles_have_come_or_gone_and_not_at_each_search(page):
    def looked():
        return sum("limit=1&" in f"{url}&" and "containing=" in url for url in page.requested)

    tab(page, 1)
    row, search = page.locator(".kutip-list li"), page.get_by_label("Search the list")
    expect(row).to_have_count(1)
    page.wait_for_timeout(300)
    before = looked()
    assert before == 1
    search.fill("tidak ada yang begini")
    page.get_by_text("No article in the list has that.").wait_for()
    search.fill("")
    expect(row).to_contain_text(["Presiden"])
    page.wait_for_timeout(300)
    assert looked() == before
    paste(page, "Harga beras naik di pasar.", "Beras naik")
    page.wait_for_timeout(300)
    assert looked() == before + 1


def test_a_file_that_cannot_be_read_says_why_and_several_are_taken(page):
    tab(page, 1)
    page.locator("#kutip-files").set_input_files(
        [
            {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"no pdf"},
            {"name": "b.txt", "mimeType": "text/plain", "buffer": b"Gunung Semeru meletus pagi ini."},
        ]
    )
    status = page.locator(".kutip-status")
    expect(status).to_contain_text("a.pdf is damaged")
    added, damaged = status.inner_text().splitlines()  # each on a line of its own
    assert added == "1 added"
    assert damaged.startswith("a.pdf is damaged")  # its name is told once
    expect(page.locator("#kutip-articles progress")).to_be_hidden()
    expect(page.locator("#kutip-files")).to_have_value("")


def dropped(page, *paths):
    """Files and folders of the disk are dropped as with the mouse."""
    box = page.locator(".kutip-drop").bounding_box()
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    browser = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        browser.send("Input.dispatchDragEvent", {"type": kind, "data": data, **at})


def test_a_folder_that_is_dropped_is_called_one_and_what_lies_beside_it_is_taken(page, tmp_path):
    (tmp_path / "berita").mkdir()
    (tmp_path / "b.txt").write_text("Gunung Semeru meletus pagi ini.")
    tab(page, 1)
    dropped(page, tmp_path / "berita", tmp_path / "b.txt")
    expect(page.locator(".kutip-status")).to_contain_text("berita cannot be read here. If it is a folder")
    expect(page.locator(".kutip-status")).to_contain_text("1 added")


def test_what_is_dropped_while_other_files_are_sent_is_told_together_with_them(page, tmp_path):
    (tmp_path / "a.pdf").write_text("no pdf")
    (tmp_path / "b.txt").write_text("Gunung Semeru meletus pagi ini.")
    tab(page, 1)
    with holding(page, "**/v1/articles/file?name=a.pdf"):
        dropped(page, tmp_path / "a.pdf")
        dropped(page, tmp_path / "b.txt")
        page.wait_for_timeout(500)
    expect(page.locator(".kutip-status")).to_have_text(re.compile(r"1 added\s+a\.pdf is damaged"))


def test_all_that_an_add_did_is_told_with_what_went_and_what_could_not_be_read(page):
    report = {"added": ["1"], "replaced": [], "unchanged": [], "removed": ["2", "3"], "failed": [{"reason": "x: gone"}]}
    page.route("**/v1/articles", lambda route: route.fulfill(status=201, json=report))
    page.route("**/v1/articles/file?*", lambda route: route.fulfill(status=201, json=report | {"added": ["4", "5"]}))
    tab(page, 1)
    page.locator("#kutip-articles details summary").click()
    page.get_by_placeholder("Paste a text").fill("Rapat.")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".kutip-status")).to_have_text("1 added, 2 removed x: gone")
    page.locator("#kutip-files").set_input_files([{"name": "a.txt", "mimeType": "text/plain", "buffer": b"Rapat."}])
    expect(page.locator(".kutip-status")).to_have_text("2 added, 2 removed x: gone")


def test_why_a_file_cannot_be_read_is_said_in_the_pages_language(another):
    page = another(locale="id-ID")
    tab(page, 1)
    for name, content, why in (
        ("a.pdf", b"no pdf", "a.pdf rusak, atau"),
        ("b.txt", b" ", "b.txt tidak berisi teks"),
        ("c.zip", zipped(**{"d.txt": "Rapat.", "e.pdf": b"no pdf"}), "1 ditambahkan c.zip!/e.pdf rusak, atau"),
    ):
        page.locator("#kutip-files").set_input_files([{"name": name, "mimeType": "", "buffer": content}])
        expect(page.locator(".kutip-status")).to_contain_text(why)


def test_the_list_is_searched(page):
    paste(page, "Harga beras naik di pasar.", "Beras naik")
    tab(page, 1)
    expect(page.locator(".kutip-tools")).to_have_text("2 articles")
    page.get_by_label("Search the list").fill("beras")
    expect(page.locator(".kutip-list li")).to_have_count(1)
    expect(page.locator(".kutip-list")).to_contain_text("Beras naik")
    page.get_by_label("Search the list").fill("tidak ada yang begini")
    page.get_by_text("No article in the list has that.").wait_for()


def test_of_searches_the_last_one_is_shown_whichever_reply_comes_last(page):
    paste(page, "Harga beras naik di pasar.", "Beras naik")
    tab(page, 1)
    row = page.locator(".kutip-list li")
    with holding(page, "**/v1/articles?containing=*", most=1) as older:
        page.get_by_label("Search the list").fill("Presiden")
        while not older:
            page.wait_for_timeout(50)
        page.get_by_label("Search the list").fill("beras")
        exactly(row, "Beras naik")
    arrived(page, older)
    exactly(row, "Beras naik")


def test_an_article_can_be_kept_after_all_when_the_list_was_read_again_meanwhile(page):
    paste(page, "Harga beras naik di pasar.", "Beras naik")
    tab(page, 1)
    with unhurried(page):
        page.locator(".kutip-list li", has_text="Beras naik").get_by_role("button", name="Remove").click()
        page.locator(".kutip-gone", has_text="Beras naik").wait_for()
        page.get_by_label("Search the list").fill("beras")
        expect(page.locator(".kutip-list li")).to_have_count(1)  # the list was read again
        page.get_by_role("button", name="Undo").click()
    page.locator(".kutip-list li", has_text="Beras naik").get_by_role("button", name="Remove").wait_for()
    expect(page.locator(".kutip-gone")).to_have_count(0)


def test_a_question_is_not_answered_from_an_article_that_is_being_removed_nor_is_that_counted_as_chosen(page):
    paste(page, "Ketua koperasi bernama Wayan.", "Koperasi")
    tab(page, 1)
    row = page.locator(".kutip-list li", has_text="Koperasi")
    row.get_by_role("checkbox").check()
    scope = page.locator(".kutip-scope")
    expect(scope).to_contain_text("1 chosen")
    with unhurried(page):
        row.get_by_role("button", name="Remove").click()
        expect(scope).to_contain_text("All articles are asked")
        undo = page.get_by_role("button", name="Undo")
        assert undo.bounding_box()["width"] < 150
        undo.click()
        expect(scope).to_contain_text("1 chosen")
        row.get_by_role("button", name="Remove").click()
        tab(page, 0)
        with holding(page, "**/v1/articles/*") as removals:
            question_box(page).fill("Siapa ketua koperasi?")
            question_box(page).press("Enter")
            page.locator("#kutip-wait .kutip-spinner").wait_for()
            page.wait_for_timeout(500)
            expect(replies(page)).to_have_count(0)
            assert [route.request.method for route in removals] == ["DELETE"]
        expect(replies(page).first.locator(".kutip-badge")).to_be_visible()
        expect(replies(page)).to_have_count(1)
        expect(replies(page).first).not_to_contain_text("Wayan")
        tab(page, 1)
        expect(page.locator(".kutip-list li")).to_have_count(1)
        expect(page.locator(".kutip-list")).not_to_contain_text("Koperasi")


def test_web_addresses_are_offered_only_where_the_server_reads_them(page):
    tab(page, 1)
    page.locator(".kutip-list li").first.wait_for()
    expect(page.get_by_label("Web address")).to_have_count(0)


def test_an_empty_library_invites_to_try_the_sample(another, running):
    with httpx.Client(base_url=running.address, timeout=600) as client:
        for entry in client.get("/v1/articles").json()["articles"]:
            client.delete(f"/v1/articles/{entry['id']}")
    page = another(locale="en-US")
    page.get_by_text("There are no articles yet.").first.wait_for()
    shoot(page, "empty")
    page.get_by_role("button", name="Add an article").click()
    expect(page.locator(".kutip-drop")).to_be_visible()
    tab(page, 0)
    page.get_by_role("button", name="Try the sample").click()
    page.get_by_text("Every answer is a verbatim quote").wait_for()
    expect(ask(page, "Siapa juru bicara Gedung Putih?")).to_contain_text("Sarah Sanders")


def test_eight_people_at_once_are_answered_while_a_long_text_is_added(page, running):
    text = " ".join(f"Kalimat nomor {number} berbicara tentang panen padi di desa {number}." for number in range(1500))
    with httpx.Client(base_url=running.address, timeout=600) as client:
        done = {}

        def add():
            done["reply"] = client.post("/v1/articles", json={"text": text, "title": "Panjang"})
            done["added"] = time.monotonic()

        adding = threading.Thread(target=add)
        adding.start()
        said, answered = [], []

        def question(number):
            body = {"question": f"Siapa juru bicara Gedung Putih{'?' * number}"}
            said.append(client.post("/v1/answer", json=body).json()["text"])
            answered.append(time.monotonic())

        people = [threading.Thread(target=question, args=(number,)) for number in range(1, 9)]
        for person in people:
            person.start()
        for person in people:
            person.join()
        adding.join()
        client.delete(f"/v1/articles/{done['reply'].json()['added'][0]}")
    assert said == ["Sarah Sanders"] * 8
    assert max(answered) < done["added"]
