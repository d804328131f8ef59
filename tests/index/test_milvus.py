"""What only a library on Milvus has to stand: several writers, and writes that are cut off."""

import os
import threading

import pytest
from doubles import WordEncoder
from milvus_places import SERVER, a_place

from index import milvus_finishing, milvus_library, milvus_schema, milvus_writing
from index.article import Article, Document
from index.errors import LibraryError
from index.filters import Filters
from index.indexing import index_documents
from index.ingest import sync
from index.library import Library
from index.milvus_engine import Engine
from index.milvus_filters import source_passes
from index.milvus_library import MilvusLibrary
from index.places import MilvusPlace, milvus_place, open_library
from index.records import Indexed
from qa.retriever import retrieve


@pytest.fixture
def milvus(tmp_path, encoder):
    with a_place(tmp_path) as place, open_library(place, encoder) as library:
        yield library


@pytest.fixture
def other(milvus):
    """Another machine's view of the same library. (milvus-lite has one process, so here it shares the connection.)"""
    return MilvusLibrary(milvus.engine, WordEncoder())


def find(library, text, k=9):
    (hits,) = library.nearest(library.encoder.encode_queries([text]).rows, k)
    found = library.lookup([number for number, _ in hits])
    return [s.sentence.span.cut(library.article(s.sentence.article_id).text) for s in found.values()]


class Cut(BaseException):
    """The writer's process ends here."""


def cut_off(monkeypatch, when):
    """End a writer at its ``when``-th request of change, before it is done; what other ones do goes on."""
    real, seen = milvus_writing.Engine.call, []

    def call(self, ask, patience=None):
        def asked(client, timeout):
            return ask(Spy(client), timeout)

        return real(self, asked, patience)

    class Spy:
        def __init__(self, client):
            self.client = client

        def __getattr__(self, name):
            if name in ("upsert", "delete"):
                seen.append(name)
                if len(seen) == when:
                    raise Cut
            return getattr(self.client, name)

    monkeypatch.setattr(milvus_writing.Engine, "call", call)
    return seen


@pytest.mark.parametrize("when", range(1, 15))
def test_an_add_that_is_cut_off_anywhere_is_seen_whole_or_not_at_all_and_cleared_up(
    milvus, other, news, monkeypatch, when
):
    milvus.add(news[:1])
    changed = Article.from_text("Rapat batal. Semua pulang.", source="a.txt")
    with monkeypatch.context() as patched:
        seen = cut_off(patched, when)
        try:
            milvus.replace((), [changed, news[1]])
        except Cut:
            pass
        else:
            assert len(seen) < when  # it was done before that
    texts = {article.text for article in other.articles()}
    assert texts >= {news[0].text} or texts >= {changed.text}
    assert (changed.text in texts) == (news[1].text in texts)
    for text in find(other, "Rapat selesai sore. Semua pulang."):
        assert any(text in own for own in texts)
    monkeypatch.setattr(milvus_finishing.Finishing.recover, "__defaults__", (-1.0,))
    other.add([Article.from_text("Penulis berikutnya.")])
    texts = {article.text for article in other.articles()} - {"Penulis berikutnya."}
    assert texts in ({news[0].text}, {changed.text, news[1].text})
    sentences = {news[0].text: 3, changed.text: 2, news[1].text: 3}
    assert other.count() == (len(texts) + 1, sum(sentences[text] for text in texts) + 1)
    assert other.engine.count(other.reading.sentences, 'token != ""', "Strong") == other.count()[1]
    assert other.engine.count(other.reading.records, 'kind == "write"', "Strong") == 0
    assert other.check() == []
    assert len(milvus.add([changed, news[1]]).unchanged) == (2 if changed.text in texts else 0)


@pytest.mark.parametrize("when", range(1, 9))
def test_a_removal_that_the_engine_leaves_half_way_is_done_by_the_next_writer_or_not_begun(
    milvus, other, news, monkeypatch, when
):
    milvus.add(news)
    counts = []
    with monkeypatch.context() as patched:
        for name, real in [(name, getattr(milvus_writing.Engine, name)) for name in ("upsert", "delete")]:

            def asked(self, collection, rows, real=real):
                rows = list(rows)
                counts.extend([collection] if rows else [])
                if len(counts) == when and rows:
                    raise LibraryError("it does not answer")
                return real(self, collection, rows)

            patched.setattr(milvus_writing.Engine, name, asked)
        try:
            milvus.remove([news[0].id])
        except LibraryError:
            pass
        else:
            assert len(counts) < when  # it was done before that
    monkeypatch.setattr(milvus_finishing.Finishing.recover, "__defaults__", (-1.0,))
    other.add([Article.from_text("Penulis berikutnya.")])
    there = {entry.id for entry in other.entries()} & {article.id for article in news}
    assert there in ({news[1].id}, {article.id for article in news})
    assert other.count() == (len(there) + 1, 3 * len(there) + 1)
    assert other.engine.count(other.reading.sentences, 'token != ""', "Strong") == other.count()[1]
    assert other.engine.count(other.reading.records, 'kind in ["write", "doomed"]', "Strong") == 0
    assert other.check() == []


def kept_in_step(library, folder, names):
    """A folder with files of these names alone, synced."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.stem not in names:
            path.unlink()
    for name in names:
        (folder / f"{name}.txt").write_text(f"Rapat {name} selesai.")
    return sync(library, folder)


def test_many_articles_go_in_requests_of_bounded_size(milvus, tmp_path, monkeypatch):
    monkeypatch.setattr(milvus_library, "TOGETHER", 3)
    kept_in_step(milvus, tmp_path / "a", "abcdefghi")
    real, sizes = Engine.upsert_at_once, []

    def counted(self, collection, rows):
        sizes.append(len(rows))
        real(self, collection, rows)

    monkeypatch.setattr(Engine, "upsert_at_once", counted)
    assert len(kept_in_step(milvus, tmp_path / "a", "i").removed) == 8
    assert milvus.count() == (1, 1)
    assert max(sizes) == 4  # and the row that says that they count
    kept_in_step(milvus, tmp_path / "b", "stuvwxyz")
    sizes.clear()
    assert len(milvus.remove([entry.id for entry in milvus.entries()])) == 9
    assert max(sizes) == 4
    assert milvus.count() == (0, 0)
    assert milvus.check() == []


@pytest.mark.parametrize("when", range(1, 37, 5))
def test_a_removal_in_several_steps_that_is_cut_off_anywhere_is_gone_on_with(
    milvus, other, tmp_path, monkeypatch, when
):
    monkeypatch.setattr(milvus_library, "TOGETHER", 3)
    kept_in_step(milvus, tmp_path / "a", "abcdefghi")
    with monkeypatch.context() as patched:
        cut_off(patched, when)
        with pytest.raises(Cut):
            kept_in_step(milvus, tmp_path / "a", "ij")
    monkeypatch.setattr(milvus_finishing.Finishing.recover, "__defaults__", (-1.0,))
    kept_in_step(other, tmp_path / "a", "ij")
    assert [article.text for article in other.articles()] == ["Rapat i selesai.", "Rapat j selesai."]
    assert sorted(other.files(str(tmp_path / "a"))) == [str(tmp_path / "a" / f"{name}.txt") for name in "ij"]
    assert other.engine.count(other.reading.records, 'kind in ["write", "doomed"]', "Strong") == 0
    assert other.check() == []


def test_a_writer_that_was_taken_for_cut_off_writes_anew(milvus, other, news, monkeypatch):
    real, turns = milvus_writing.Writing._sentences, []

    def slow(self, token, items):
        yield from real(self, token, items)
        if not turns:
            turns.append(token)
            assert milvus_finishing.Finishing(other.engine, other.reading).recover(-1.0) == 1

    monkeypatch.setattr(milvus_writing.Writing, "_sentences", slow)
    assert milvus.add(news).added == tuple(article.id for article in news)
    assert other.count() == (2, 6)
    assert other.check() == []


def unanswered(monkeypatch, *, done):
    """The engine does not answer the next commit, whether it is ``done`` or not; returns what would do it later."""
    real, late = milvus_writing.Engine.upsert_at_once, []

    def upsert_at_once(self, collection, rows):
        monkeypatch.setattr(milvus_writing.Engine, "upsert_at_once", real)
        late.append(lambda: real(self, collection, rows))
        if done:
            late[0]()
        raise LibraryError("it does not answer")

    monkeypatch.setattr(milvus_writing.Engine, "upsert_at_once", upsert_at_once)
    return late


def test_a_commit_that_the_engine_does_late_does_not_put_another_ones_article_out_of_reach(
    milvus, other, news, monkeypatch
):
    late = unanswered(monkeypatch, done=False)
    with pytest.raises(LibraryError):
        milvus.add(news)
    assert other.add(news[:1]).added == (news[0].id,)  # tried again
    late[0]()
    for _ in range(2):
        assert {entry.id for entry in other.entries()} >= {news[0].id}
        assert "Rapat selesai sore." in find(other, "Rapat selesai sore.")
        assert other.check() == []
        monkeypatch.setattr(milvus_finishing.Finishing.recover, "__defaults__", (-1.0,))
        other.add([Article.from_text("Penulis berikutnya.")])
    assert other.count() == (3, 7)
    assert other.engine.count(other.reading.sentences, 'token != ""', "Strong") == 7
    assert other.engine.count(other.reading.records, 'kind == "write"', "Strong") == 0


def test_what_an_engine_that_comes_back_does_not_show_at_first_is_not_taken_back(milvus, other, news, monkeypatch):
    unanswered(monkeypatch, done=True)
    with pytest.raises(LibraryError):
        milvus.add(news)
    with monkeypatch.context() as patched:
        patched.setattr(other.reading, "committed", lambda *_: {})
        assert other.writing.finishing.recover() == 0
    assert other.check() == []
    assert other.writing.finishing.recover() == 1
    assert other.count() == (2, 6)
    assert other.check() == []
    assert other.add(news).unchanged == tuple(article.id for article in news)


def test_two_writers_that_add_the_same_at_once_leave_it_there_once(milvus, other, news, monkeypatch):
    real, turns = milvus_writing.Writing._sentences, []

    def overtaken(self, token, items):
        yield from real(self, token, items)
        if not turns:
            turns.append(token)
            other.add(news)

    monkeypatch.setattr(milvus_writing.Writing, "_sentences", overtaken)
    milvus.add(news)
    assert other.count() == milvus.count() == (2, 6)
    assert other.engine.count(other.reading.sentences, 'token != ""', "Strong") == 6
    assert other.check() == []
    assert milvus.add(news).unchanged == tuple(article.id for article in news)


def test_a_writer_that_is_overtaken_while_it_finishes_leaves_nothing(milvus, other, news, monkeypatch):
    documents = [Document(article) for article in news]
    items = index_documents(milvus.encoder, documents)
    links = [(document.article.source, document.file, document.article.id) for document in documents]
    real, turns = milvus_finishing.Finishing._name_anew, []

    def overtaken(self, sources):
        if not turns:
            turns.append(sources)
            other.keep(items, links)
        real(self, sources)

    monkeypatch.setattr(milvus_finishing.Finishing, "_name_anew", overtaken)
    milvus.keep(items, links)
    assert other.count() == milvus.count() == (2, 6)
    assert other.engine.count(other.reading.records, 'kind == "chunk"', "Strong") == 4
    assert other.check() == []


def test_many_may_make_a_collection_at_once(milvus):
    for turn in range(10):
        faults = []

        def make(turn=turn, faults=faults):
            try:
                milvus_schema.make_sentences(milvus.engine, f"kutip_sentences_{turn}", 4)
            except Exception as error:
                faults.append(error)

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert faults == []
        assert milvus_schema.has_words_field(milvus.engine, f"kutip_sentences_{turn}") == milvus.has_words


def test_many_writers_at_once_lose_nothing(milvus, encoder):
    articles = [Article.from_text(f"Kabar {i}. Isi {i}.", source=f"{i}.txt") for i in range(12)]
    faults = []

    def add(own):
        try:
            library = MilvusLibrary(milvus.engine, WordEncoder())
            for at in range(own, len(articles) + own, 3):
                library.add([articles[at % len(articles)], articles[0]])
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=add, args=(own,)) for own in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert faults == []
    assert {entry.id for entry in milvus.entries()} == {article.id for article in articles}
    assert milvus.count() == (12, 24)
    assert milvus.check() == []


def test_a_removal_does_not_take_what_is_linked_meanwhile(milvus, other, monkeypatch):
    one, two = (Article.from_text("Kabar yang sama.", source=name) for name in ("x.txt", "y.txt"))
    milvus.add([one])
    real, turns = milvus_finishing.Finishing._bury, []

    def overtaken(self, token, leaving):
        if not turns:
            turns.append(token)
            other.add([two])
        return real(self, token, leaving)

    monkeypatch.setattr(milvus_finishing.Finishing, "_bury", overtaken)
    milvus.replace([("x.txt", "")], ())
    assert [entry.sources for entry in other.entries()] == [("y.txt",)]
    assert other.check() == []


X = "https://a.id/x"


def of(file, text="Kabar satu."):
    return Document(Article.from_text(text, source=X), None, file)


def cut_after_commit(library, monkeypatch, act):
    """End a writer before it finishes what counts already."""

    def cut(*_):
        raise Cut

    with monkeypatch.context() as patched:
        patched.setattr(library.writing.finishing, "finish", cut)
        with pytest.raises(Cut):
            act()


def due_at_once(library, monkeypatch):
    """Whoever comes next takes writers without a sign of life for cut off."""
    recover = library.writing.finishing.recover
    monkeypatch.setattr(library.writing.finishing, "recover", lambda: recover(0))


def test_what_another_writer_links_while_a_file_lets_go_of_it_stays(milvus, other, monkeypatch):
    milvus.replace((), [of("a")])
    write = milvus.writing.write

    def overtaken(plan, items):
        other.replace((), [of("b")])
        return write(plan, items)

    monkeypatch.setattr(milvus.writing, "write", overtaken)
    assert milvus.replace([(X, "a")], ()).removed == ()
    assert [entry.sources for entry in other.entries()] == [(X,)]
    assert [file for _, _, file, _ in other.holdings()] == ["b"]
    assert other.check() == []


def test_what_another_writer_links_after_the_commit_of_a_removal_is_not_left_invisible(milvus, other, monkeypatch):
    milvus.replace((), [of("a")])
    real, turns = milvus_finishing.Finishing.finish, []

    def overtaken(self, token, moment, plan):
        if not turns:
            turns.append(token)
            other.replace((), [of("b")])
        return real(self, token, moment, plan)

    monkeypatch.setattr(milvus_finishing.Finishing, "finish", overtaken)
    milvus.replace([(X, "a")], ())
    assert [entry.sources for entry in other.entries()] == [(X,)]
    assert [file for _, _, file, _ in other.holdings()] == ["b"]
    assert find(other, "Kabar satu.") == ["Kabar satu."]
    assert other.check() == []


def test_a_link_of_a_writer_that_was_cut_off_counts_when_a_file_lets_go(milvus, monkeypatch):
    milvus.replace((), [of("a")])
    cut_after_commit(milvus, monkeypatch, lambda: milvus.replace((), [of("b")]))
    due_at_once(milvus, monkeypatch)
    milvus.replace([(X, "a")], ())
    assert [file for _, _, file, _ in milvus.holdings()] == ["b"]
    assert milvus.check() == []


def test_a_removal_that_is_finished_late_does_not_take_what_was_given_since(milvus, monkeypatch):
    milvus.replace((), [of("a")])
    cut_after_commit(milvus, monkeypatch, lambda: milvus.replace([(X, "a")], ()))
    milvus.add([Article.from_text("Kabar satu.", source=X)])
    due_at_once(milvus, monkeypatch)
    milvus.add([Article.from_text("Lain.")])
    assert sorted(entry.title for entry in milvus.entries()) == ["Kabar satu.", "Lain."]
    assert milvus.check() == []


def test_what_holds_an_article_is_in_its_copy_though_its_writer_was_cut_off(milvus, monkeypatch, encoder, tmp_path):
    cut_after_commit(milvus, monkeypatch, lambda: milvus.replace((), [of("a")]))
    due_at_once(milvus, monkeypatch)
    milvus.backup(tmp_path / "b")
    with Library.open(tmp_path / "l", encoder) as library:
        library.restore(tmp_path / "b")
        assert [(source, file) for _, source, file, _ in library.holdings()] == [(X, "a")]


def test_an_article_whose_writer_does_not_get_done_is_not_copied_without_what_holds_it(milvus, monkeypatch):
    cut_after_commit(milvus, monkeypatch, lambda: milvus.replace((), [of("a")]))
    monkeypatch.setattr("index.milvus_library.PATIENCE", 1)
    with pytest.raises(LibraryError, match="does not get done"):
        milvus.stored([of("a").article.id])


def test_sentences_that_nobody_may_see_do_not_crowd_out_what_is_there(milvus, news):
    milvus.add(news)
    (item,) = index_documents(milvus.encoder, [Document(Article.from_text("Harga beras naik. " * 200))])
    hidden = Indexed(item.document, item.sentences, item.rows, item.languages)
    rows = milvus_writing.sentence_rows(hidden, "nobody", words=milvus.reading.has_words)
    milvus.engine.upsert(milvus.reading.sentences, rows)
    assert "Harga beras naik." in find(milvus, "Harga beras naik.", 3)
    assert len(find(milvus, "Harga beras naik.", 9)) == 6


def test_the_engine_narrows_sources_down_and_loses_none_that_passes(milvus):
    sources = ["https://Tempo.co/a_b", "x%y.txt", 'ku"tip[1].pdf', "back\\slash.txt", "ÄÖ.txt", "https://tempo.co/axb"]
    milvus.add([Article.from_text(f"Isi {at}.", source=source) for at, source in enumerate(sources)])
    wanted = [
        "tempo",
        "https://tempo.co/*",
        "*.TXT",
        "a_b",
        "x%y",
        '"',
        "[1]",
        "*[1].pdf",
        "\\s",
        "äö",
        "*x?y*",
        "*",
        "b*",
    ]
    for one in [*wanted, "h*/a?b"]:
        passing = [source for source in sources if source_passes(source, [one])]
        assert [entry.source for entry in milvus.entries(Filters(sources=(one,)))] == passing, one
    either = milvus.entries(Filters(sources=("https://tempo.co/*", "x%y")))
    assert len(either) == 3


@pytest.mark.skipif(SERVER in os.environ, reason="the server of PyPI has none")
def test_milvus_lite_has_a_full_text_search(milvus, news):
    milvus.add(news)
    assert milvus.has_words
    assert milvus.matching(["bandung"], 1)[0][2] == "Rapat digelar di Bandung."


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("milvus://host/na-me", "letters"),
        ("milvus:///name", "no address"),
        ("milvus://host:port/name", "no address"),
        ("milvus://user:secret@host/name", "KUTIP_MILVUS_TOKEN"),
        ("milvus-lite:library", r"\.db"),
    ],
)
def test_what_is_no_place_is_refused_in_words(place, words):
    with pytest.raises(LibraryError, match=words) as refused:
        milvus_place(place)
    assert "secret" not in str(refused.value)


def test_token_and_encryption_come_from_the_environment_and_are_not_shown(monkeypatch, tmp_path):
    for name in ("ca", "cert", "key"):
        (tmp_path / name).touch()
    monkeypatch.setenv("KUTIP_MILVUS_TOKEN", "root:secret")
    monkeypatch.setenv("KUTIP_MILVUS_TLS", "1")
    monkeypatch.setenv("KUTIP_MILVUS_CA", str(tmp_path / "ca"))
    place = milvus_place("milvus://db.example/berita")
    assert (place.uri, place.shown) == ("https://db.example:19530", "milvus://db.example:19530/berita")
    always = {"token": "root:secret", "secure": True, "server_name": "db.example"}
    assert place.settings == {**always, "server_pem_path": str(tmp_path / "ca")}
    assert "secret" not in repr(place)
    monkeypatch.setenv("KUTIP_MILVUS_CERT", str(tmp_path / "cert"))
    with pytest.raises(LibraryError, match=r"set \$KUTIP_MILVUS_KEY"):
        milvus_place("milvus://db.example/berita")
    monkeypatch.setenv("KUTIP_MILVUS_KEY", str(tmp_path / "key"))
    own = {"ca_pem_path": "ca", "client_pem_path": "cert", "client_key_path": "key"}
    files = {name: str(tmp_path / file) for name, file in own.items()}
    assert milvus_place("milvus://db.example/berita").settings == {**always, **files}
    (tmp_path / "key").unlink()
    with pytest.raises(LibraryError, match=r"KUTIP_MILVUS_KEY names .* is no file"):
        milvus_place("milvus://db.example/berita")


def test_an_engine_that_is_away_is_an_error_in_words_after_bounded_tries(monkeypatch):
    monkeypatch.setattr("index.milvus_engine.PATIENCE", 1.0)
    with pytest.raises(LibraryError, match=r"milvus://127\.0\.0\.1:9/x does not answer.*try again"):
        open_library("milvus://127.0.0.1:9/x", WordEncoder())


def asked_to_show_all(monkeypatch, *, refusals=0):
    """What a server, as which the engine passes, is asked to write out; ``refusals`` times it does not answer."""
    asked = []

    def write_out(self, collections, patience=None):
        asked.append(tuple(collections))
        if len(asked) <= refusals:
            raise LibraryError("it does not answer")

    monkeypatch.setattr(Engine, "write_out", write_out)
    monkeypatch.setattr(MilvusPlace, "lite", False)
    return asked


def test_an_engine_that_came_back_is_made_to_show_all_once_before_it_is_read_or_written(milvus, news, monkeypatch):
    asked = asked_to_show_all(monkeypatch)
    with milvus.snapshot():
        pass
    milvus.add(news[:1])
    assert asked == []
    for act in (lambda: milvus.add(news), lambda: retrieve(milvus, ["Siapa ketua rapat?"])):
        milvus.engine.was_away = True
        act()
        act()
        assert asked == [(milvus.reading.records, milvus.reading.sentences)]
        asked.clear()


def test_an_engine_that_could_not_show_all_yet_is_asked_again(milvus, monkeypatch):
    asked = asked_to_show_all(monkeypatch, refusals=2)
    milvus.engine.was_away = True
    for _ in range(4):
        milvus.reading.show_all()
    assert len(asked) == 3


def test_a_call_that_had_to_be_tried_again_says_that_the_engine_was_away(milvus):
    tries = []

    def ask(client, timeout):
        tries.append(timeout)
        if len(tries) == 1:
            raise OSError("away")
        return client.list_collections(timeout=timeout)

    assert not milvus.engine.was_away
    assert milvus.engine.call(ask)
    assert milvus.engine.was_away


def test_sentences_that_a_server_does_not_show_are_brought_back_by_a_check(milvus, news, monkeypatch):
    milvus.add(news)
    asked = asked_to_show_all(monkeypatch)
    monkeypatch.setattr("index.milvus_upkeep.SHOWN", 1.5)
    real = Engine.get

    def get(self, collection, keys, fields, level):
        hidden = collection == milvus.reading.sentences and not asked
        return [] if hidden else real(self, collection, keys, fields, level)

    monkeypatch.setattr(Engine, "get", get)
    assert milvus.check() == []
    assert len(asked) == 1
    firsts = [milvus_schema.number_of(head.token, head.id, 0) for head in milvus.reading.all_heads()]
    milvus.engine.delete(milvus.reading.sentences, firsts)
    assert milvus.check() == [f"article {article.id} has 2 of its 3 sentences" for article in news]
