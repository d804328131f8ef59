"""Archives: checked before anything in them is unpacked."""

from __future__ import annotations

import io
import zipfile

from index.errors import ArticleError
from index.parsers.unread import refuse_unread_archive, refuse_unread_text

UNPACKED_BYTES = 200_000_000  # of all that an archive holds
MEMBERS = 20_000  # articles of one archive, table or feed
NAMED_IN_UTF_8 = 0x800  # a member's flag


def check_archive(data: bytes, name: str) -> zipfile.ZipFile:
    """Open an archive that may be read and is not too large once unpacked. Raises ArticleError."""
    refuse_unread_text(data, name)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, IndexError) as error:
        raise ArticleError(f"{name} is damaged, or no archive ({error})", "damaged", name=name) from error
    # Where the end is missing, zipfile takes the last archive in it for the whole.
    if data.startswith(b"PK\3\4") and members and min(member.header_offset for member in members):
        why = f"{name} is damaged: it was cut off behind an archive that lies in it"
        raise ArticleError(why, "damaged", name=name)
    # zipfile never gives more bytes of a member than are declared here.
    if len(members) > MEMBERS or sum(member.file_size for member in members) > UNPACKED_BYTES:
        why = f"{name} holds more than {MEMBERS:,} files or {UNPACKED_BYTES // 1_000_000} MB once unpacked; split it"
        raise ArticleError(why, "too_full", name=name)
    refuse_unread_archive(archive.NameToInfo, name)
    return archive


def is_locked(member: zipfile.ZipInfo) -> bool:
    """Whether a member wants a password."""
    return bool(member.flag_bits & 1)


def name_of(member: zipfile.ZipInfo) -> str:
    """A member's name, in UTF-8 also where the archive does not say so, as macOS writes them."""
    if member.flag_bits & NAMED_IN_UTF_8:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:  # it is what zipfile took it for, or what nobody can tell
        return member.filename
