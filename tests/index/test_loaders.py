import pytest

from index.errors import ArticleError
from index.loaders import find_articles, read_article


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
