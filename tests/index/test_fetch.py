import ast
import gzip
import http.server
import socket
import ssl
import threading
import time
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from certificates import vouched
from making import pdf, zipped

from index import fetch as module
from index.errors import ArticleError
from index.fetch import fetch, public
from index.parsers.charset import decode


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
     "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
     "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "::7f00:1", "fd12::1", "fec0::1", "2001:db8::1", "192.0.0.1", "198.18.0.1",
     "2001:0:7f00:1::", "2002:7f00:1::", "::ffff:169.254.169.254", "no address"],
)  # fmt: skip
def test_addresses_of_this_machine_and_its_network_are_not_public(address):
    assert not public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_addresses_of_the_open_internet_are(address):
    assert public(address)


def bomb():
    packing = zlib.compressobj(wbits=31)
    return b"".join([*(packing.compress(b"a" * 1_000_000) for _ in range(300)), packing.flush()])


BOMB = bomb()


RUSSIAN = "<html><body><p>Привет из Ханоя.</p></body></html>"
ATOM = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>a</title><summary>Harga naik.</summary></entry></feed>"
LINKED = "".join(
    f"<item><link>{link}</link><guid isPermaLink='false'>7{link}</guid><description>Isi {link}.</description></item>"
    for link in ("/2019/beras", "jagung", "https://x.test/1", "http://[")
)
LINKED = f"<rss version='2.0'><channel>{LINKED}</channel></rss>"
ROWS = b'[{"text": "Harga naik."}]'
SENT = {
    "/rusia": ("text/html; charset=windows-1251", RUSSIAN.encode("cp1251")),
    "/rusia.txt": ('TEXT/PLAIN; format=flowed; charset="KOI8-R"', "Привет из Ханоя.".encode("koi8-r")),
    "/tanda": ("text/html; charset=windows-1251", f'<meta charset="utf-8">{RUSSIAN}'.encode("cp1251")),
    "/benar": ("text/html; charset=iso-8859-1", f'<meta charset="utf-8">{RUSSIAN}'.encode()),
    "/tanpa": ("text/html; charset=nothing", f'<meta charset="windows-1251">{RUSSIAN}'.encode("cp1251")),
    "/a.pdf": ("application/pdf; charset=windows-1251", pdf(["Harga beras naik."])),
    "/json": ("application/json; charset=utf-8", ROWS),
    "/a.zip": ("application/zip", zipped(**{"a.txt": "Harga naik.", "b.pdf": b"%PDF no"})),
    "/json.php": ("text/json", b'["no"]'),
    "/feed.html": ("application/atom+xml", ATOM.encode()),
    "/feed.txt": ("application/rss+xml", ATOM.encode()),
    "/berita/feed": ("application/rss+xml", LINKED.encode()),
    "/feed": (
        "application/feed+json",
        b'{"version": "https://jsonfeed.org/version/1", "items": [{"content_text": "Harga naik."}]}',
    ),
    "/sitemap": ("application/xml", b"<urlset xmlns='x'><url><loc>https://x.test/</loc></url></urlset>"),
    "/rtf": ("text/plain", b"{\\rtf1 Harga naik.}"),
}


COOKIES = (
    "agreed=yes; Path=/",
    "secret=1; Path=/; Secure",
    "theirs=1; Path=/; Domain=other.test",
    "kota=Yogya \xe9; Path=/",  # which could not be sent back
)


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/berita.php")
            self.end_headers()
        elif self.path == "/redirect-away":
            self.send_response(302)
            self.send_header("Location", f"http://other.test:{self.server.server_port}/berita.php")
            self.end_headers()
        elif self.path == "/to-metadata":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest")
            self.end_headers()
        elif self.path == "/to-file":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        elif self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif self.path.startswith("/consent"):
            self.send_consent()
        elif self.path == "/berita.php":
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"<html><body><p>Harga beras naik.</p></body></html>")
        elif self.path in SENT:
            kind, body = SENT[self.path]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)
        elif self.path.startswith("/told/"):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(f"{self.path} {self.headers.items()}".encode())
        elif self.path == "/packed":
            self.send_packed(gzip.compress(b"Harga beras naik." * 20))
        elif self.path == "/cut":
            self.send_packed(gzip.compress(b"Harga beras naik." * 20)[:-9])
        elif self.path == "/bomb":
            self.send_packed(BOMB)
        elif self.path == "/nested":
            self.send_packed(gzip.compress(gzip.compress(b"a" * 1000)), "gzip, gzip")
        elif self.path == "/dripping":
            try:
                for _ in range(2400):  # two minutes
                    self.wfile.write(b"H")
                    time.sleep(0.05)
            except OSError:
                pass
        elif self.path in ("/large", "/slow"):
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(40):
                    self.wfile.write(b"a" * 100_000)
                    time.sleep(0.1 if self.path == "/slow" else 0)
            except OSError:
                pass
        else:
            self.send_error(404)

    def send_consent(self):
        """Asks to come again with a cookie, at the same address or at the one behind a question mark."""
        away = self.path.partition("?")[2]
        if "agreed=yes" in self.headers.get("Cookie", "") and not away:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(self.headers["Cookie"].encode())
            return
        self.send_response(302)
        for cookie in COOKIES:
            self.send_header("Set-Cookie", cookie)
        self.send_header("Location", away or self.path)
        self.end_headers()

    def send_packed(self, body, encoding="gzip"):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Encoding", encoding)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def local(address):
    return address == "127.0.0.1"


def test_a_page_becomes_an_article_under_the_address_where_it_stands(site):
    (document,) = fetch(f"{site}/redirect", local)
    assert document.article.text == "Harga beras naik."
    assert document.article.source == f"{site}/berita.php"
    assert document.original.media_type == "text/html"


def test_an_address_in_capitals_is_the_same_one(site):
    for typed in (site.replace("http", "Http"), site.upper()):
        (document,) = fetch(f"{typed}/berita.php", lambda _: True)
        assert document.article.source == f"{site}/berita.php"


def test_links_of_a_feed_are_reckoned_from_where_it_lies(site):
    assert [document.article.source for document in fetch(f"{site}/berita/feed", local)] == [
        f"{site}/2019/beras",
        f"{site}/berita/jagung",
        "https://x.test/1",
        f"{site}/berita/feed#7http://[",
    ]


@pytest.mark.parametrize("path", ["/rusia", "/rusia.txt", "/tanda", "/benar", "/tanpa"])
def test_a_page_is_read_in_the_encoding_that_the_server_names(site, path):
    (document,) = fetch(site + path, local)
    assert document.article.text == "Привет из Ханоя."


def test_an_original_is_kept_as_it_was_sent_if_it_can_be_read_so(site):
    for path, same in (("/tanpa", True), ("/benar", True), ("/a.pdf", True), ("/rusia", False)):
        (document,) = fetch(site + path, local)
        assert (document.original.content == SENT[path][1]) is same
    assert decode(document.original.content) == RUSSIAN


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/json", "application/json"),
        ("/feed.html", "text/html"),
        ("/feed.txt", "text/html"),
        ("/feed", "application/json"),
    ],
)
def test_json_and_feeds_are_known_by_the_type_that_the_server_tells(site, path, kind):
    (document,) = fetch(site + path, local)
    assert document.article.text == "Harga naik."
    assert document.original.media_type == kind


@pytest.mark.parametrize(
    ("path", "message"), [("/json.php", "an object"), ("/sitemap", "neither a feed nor a page"), ("/rtf", "RTF")]
)
def test_what_is_no_article_is_refused_whatever_the_server_calls_it(site, path, message):
    with pytest.raises(ArticleError, match=message):
        fetch(site + path, local)


def test_an_address_is_asked_for_as_the_web_spells_it_and_no_more_is_told(site):
    told = fetch(f"{site}/told/café à?tanggal=2019-02-28&q=%20#bagian", local)[0].article.text
    path, headers = told.split(" ", 1)
    assert path == "/told/caf%C3%A9%20%C3%A0?tanggal=2019-02-28&q=%20"
    host = ("Host", site.removeprefix("http://"))
    assert dict(ast.literal_eval(headers)) == dict(
        [host, ("User-Agent", "kutip"), ("Accept", "*/*"), ("Accept-Encoding", "gzip")]
    )


def test_what_stands_behind_a_semicolon_is_asked_for_too(site):
    told = fetch(f"{site}/told/berita;id=5?x=1", local)[0].article.text
    assert told.startswith("/told/berita;id=5?x=1 ")


def test_a_packed_reply_that_was_cut_off_is_no_article(site):
    with pytest.raises(ArticleError, match="the reply was cut off"):
        fetch(f"{site}/cut", local)


def test_a_site_that_sends_one_back_with_a_cookie_gets_it(site):
    assert fetch(f"{site}/consent", local)[0].article.text == "agreed=yes"


def test_what_cannot_be_read_of_an_archive_at_an_address_does_not_stop_the_rest(site):
    refused = []
    (document,) = fetch(f"{site}/a.zip", local, refused)
    assert document.article.source == f"{site}/a.zip!/a.txt"
    assert [failure.source for failure in refused] == [f"{site}/a.zip!/b.pdf"]
    with pytest.raises(ArticleError, match="damaged"):  # all or nothing
        fetch(f"{site}/a.zip", local)


def test_cookies_go_to_no_other_site_and_to_no_later_fetch(site, monkeypatch):
    known = socket.getaddrinfo
    monkeypatch.setattr(module.socket, "getaddrinfo", lambda _, *rest, **more: known("127.0.0.1", *rest, **more))
    first = site.replace("127.0.0.1", "first.test")
    for host in ("other.test", "www.first.test", "127.0.0.1"):
        there = f"{site.replace('127.0.0.1', host)}/told/"
        told = fetch(f"{first}/consent?{there}", local)[0].article.text
        assert host in told
        assert "Cookie" not in told
    assert "'Cookie', 'agreed=yes'" in fetch(f"{first}/consent?{first}/told/", local)[0].article.text
    assert "Cookie" not in fetch(f"{first}/told/", local)[0].article.text


def test_a_site_is_believed_only_with_a_certificate(tmp_path, monkeypatch):
    authority = vouched(tmp_path, "authority")
    own = vouched(tmp_path, "site", authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.pem, own.key_pem)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"https://127.0.0.1:{server.server_port}/berita.php"
        with pytest.raises(ArticleError, match="certificate verify failed"):
            fetch(url, local)
        with pytest.raises(ArticleError, match="not on the open internet"):
            fetch(url)
        monkeypatch.setattr("certifi.where", lambda: str(authority.pem))
        assert fetch(url, local)[0].article.text == "Harga beras naik."
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_address_of_this_machine_is_not_read(site):
    with pytest.raises(ArticleError, match="not on the open internet"):
        fetch(f"{site}/berita.php")


@pytest.mark.parametrize(
    ("path", "message"),
    [("/to-metadata", "open internet"), ("/to-file", "only http"), ("/loop", "redirects"), ("/none", "404")],
)
def test_redirects_are_looked_at_like_first_addresses(site, path, message):
    with pytest.raises(ArticleError, match=message):
        fetch(site + path, local)


def test_size_and_time_are_bounded(site, monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 1_000_000)
    with pytest.raises(ArticleError, match="larger"):
        fetch(f"{site}/large", local)
    monkeypatch.setattr(module, "LARGEST", 20_000_000)
    monkeypatch.setattr(module, "SECONDS", 0.3)
    with pytest.raises(ArticleError, match="longer"):
        fetch(f"{site}/slow", local)


def test_a_name_server_that_does_not_answer_is_given_up_in_time(monkeypatch):
    over = threading.Event()

    def silent(*_, **__):
        over.wait(20)
        return []

    monkeypatch.setattr(module.socket, "getaddrinfo", silent)
    monkeypatch.setattr(module, "SECONDS", 0.3)
    began = time.monotonic()
    with pytest.raises(ArticleError, match="took longer than"):
        fetch("http://slow.test/")
    assert time.monotonic() - began < 10
    over.set()


def test_a_server_that_drips_its_headers_is_given_up_too(site, monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(ArticleError, match="longer"):
        fetch(f"{site}/dripping", local)
    assert time.monotonic() - began < 60


def test_a_packed_page_is_unpacked_and_a_bomb_is_not(site):
    assert fetch(f"{site}/packed", local)[0].article.text.startswith("Harga beras naik.")
    tracemalloc.start()
    try:
        with pytest.raises(ArticleError, match="larger"):
            fetch(f"{site}/bomb", local)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
    with pytest.raises(ArticleError, match="not asked for"):
        fetch(f"{site}/nested", local)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "[::ffff:127.0.0.1]", "[::1]", "localhost"]
)
def test_this_machine_is_not_reached_by_any_of_its_spellings(site, host):
    port = site.rsplit(":", 1)[1]
    with pytest.raises(ArticleError):
        fetch(f"http://{host}:{port}/berita.php")
    with suppress(OSError):
        assert not any(public(str(info[4][0])) for info in socket.getaddrinfo(host.strip("[]"), port))


def test_the_name_that_a_redirect_leads_to_is_looked_at_as_well(site, monkeypatch):
    known, asked = socket.getaddrinfo, []

    def resolve(host, port, *rest, **more):
        asked.append(host)
        return known({"first.test": "127.0.0.1", "other.test": "10.0.0.7"}.get(host, host), port, *rest, **more)

    monkeypatch.setattr(module.socket, "getaddrinfo", resolve)
    with pytest.raises(ArticleError, match=r"other\.test is not on the open internet"):
        fetch(f"{site.replace('127.0.0.1', 'first.test')}/redirect-away", local)
    assert "10.0.0.7" not in asked  # nothing was tried to be connected to


def test_a_name_with_any_private_address_is_refused(site, monkeypatch):
    answers = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("127.0.0.1", 80))]
    monkeypatch.setattr(module.socket, "getaddrinfo", lambda *_, **__: answers)
    with pytest.raises(ArticleError, match="open internet"):
        fetch("http://rebind.test/")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://x.test/", "http://", "http://u:p@x.test/", "http://x.test:22/", "http://[x/"]
)
def test_what_is_no_plain_web_address_is_refused(url):
    with pytest.raises(ArticleError):
        fetch(url)
