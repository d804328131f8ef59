"""Word documents."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from index.article import Article, Document
from index.errors import ArticleError
from index.parsers.archive import check_archive
from index.parsers.metadata import language_code


def parse_docx(data: bytes, name: str, _depth: int = 0) -> Iterator[Document]:
    """A Word document's paragraphs and tables, in their order."""
    check_archive(data, name)
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        opened = docx.Document(io.BytesIO(data))
        lines: list[str] = []
        for item in opened.iter_inner_content():
            if hasattr(item, "rows"):
                lines += [" | ".join(cell.text for cell in row.cells) for row in item.rows]
            else:
                lines.append(item.text)
        about = opened.core_properties
        title, author, language = about.title or "", about.author or "", language_code(about.language)
    except (
        PackageNotFoundError,
        KeyError,
        ValueError,
        AttributeError,
        zipfile.BadZipFile,
        zlib.error,
        SyntaxError,
    ) as error:
        raise ArticleError(f"{name} is damaged, or no Word document ({type(error).__name__})") from error
    text = "\n".join(lines)
    yield Document(Article.from_text(text, title=title or None, source=name, author=author, language=language))
