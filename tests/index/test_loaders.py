import pytest

from index.errors import ArticleError
from index.loaders import find_articles, passed_over, path_of, read_article


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_file_is_read_in_its_encoding(tmp_path, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes("Kafé di Hanoi.\r\nTutup.".encode(encoding))
    article = read_article(path)
    assert article.text == "Kafé di Hanoi.\nTutup."
    assert article.source == str(path)


def test_a_file_of_another_kind_an_empty_one_and_a_missing_one_are_refused(tmp_path):
    (tmp_path / "a.exe").write_bytes(b"MZ" + bytes(range(32)) * 9)
    (tmp_path / "b.txt").write_bytes(b"\n \n")
    for name, message in (("a.exe", "no text"), ("b.txt", "no text"), ("c.txt", "cannot be read")):
        with pytest.raises(ArticleError, match=message):
            read_article(tmp_path / name)


def test_a_folder_is_searched_in_order_and_its_readme_passed_over(tmp_path):
    for name in ("b.txt", "a.md", "README.md", "x.bin", "sub/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [path.name for path in find_articles([tmp_path])] == ["a.md", "b.txt", "c.txt"]


def test_files_of_no_kind_that_is_read_are_counted_by_their_endings(tmp_path):
    for name in ("a.doc", "b.DOC", "sub/c.jpg", "Makefile", ".hidden.doc", "d.txt", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link.doc").symlink_to(tmp_path / "a.doc")
    assert passed_over(tmp_path) == {".doc": 2, ".jpg": 1, "": 1}


@pytest.mark.parametrize("text", ["Rapat digelar di Bandung.\n" * 20, "a\0b", "a\ud800b"])
def test_a_text_in_place_of_a_path_is_told_from_one(text):
    with pytest.raises(ArticleError, match=r"is no file that can be read .*Article\.from_text") as told:
        path_of(text)
    assert len(str(told.value)) < 250


def test_a_path_is_one_whether_there_is_a_file_or_not(tmp_path):
    assert path_of(str(tmp_path)) == path_of(tmp_path) == tmp_path
    assert path_of(tmp_path / "none.txt") == tmp_path / "none.txt"
    (tmp_path / "a.txt").write_text("x")
    assert path_of(tmp_path / "a.txt" / "b.txt") == tmp_path / "a.txt" / "b.txt"
