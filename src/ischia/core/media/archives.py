"""Archives: what is in a zip, a tar or a compressed file that nobody vouches for, without a name ever being a path.

Everything stays in memory and under one budget, whatever is nested in what. Office files are archives of XML; their
words are in `office`.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from ischia.core.media import office
from ischia.core.media.errors import Reason, Undecodable, decoding
from ischia.core.media.files import printable
from ischia.core.media.sniff import HEAD, family, sniff

_CHUNK: Final = 1 << 18
_LONGEST_NAME: Final = 100
_ALWAYS_FINE: Final = 1 << 20
_TIMES_UNPACKED: Final = 4
"""How often the largest sum may be unpacked, archives in archives included, which are not kept."""
_ENCRYPTED: Final = 0x1
_LONGEST_TEXT: Final = 4 * 2**20
_NO_TEXT: Final = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f]")
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_COMPRESSED: Final = frozenset({"application/gzip", "application/x-bzip2", "application/x-xz"})

Names = tuple[str, ...]
"""What a member is called, and before it the archives that it is in: for people, never a path."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What one archive may cost, with everything that is nested in it.

    Bytes of the file; bytes that are unpacked together and for one member; members; archives within each other, the
    outermost counted; how many times larger than packed a member of more than 1 MiB may be; characters of text.
    """

    max_bytes: int = 512 * 2**20
    max_unpacked: int = 128 * 2**20
    max_member: int = 64 * 2**20
    max_members: int = 1_000
    max_depth: int = 3
    max_ratio: int = 100
    max_characters: int = 2_000_000


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive."""

    names: Names
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MemberText:
    """The words of a member that is text, or those of an office file, with the addresses that it links to."""

    names: Names
    text: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A member that was not unpacked, and the reason: a person has to know what was not looked into."""

    names: Names
    reason: Reason


@dataclass(frozen=True, slots=True)
class ArchiveContent:
    """What is in an archive: its files, their texts, and what was left out.

    Archives in it are replaced by what they hold. `notes` are words from a small set: `duplicate_names`,
    `names_that_escape`, `more_members_than_read`, `overlapping_members`, `text_cut_off`, `macros`, `nested`, `cut_off`.
    """

    members: tuple[Member, ...] = ()
    texts: tuple[MemberText, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()


def members(path: Path, limits: ArchiveLimits, *, depth: int = 1) -> ArchiveContent:
    """Return what is in the archive in a file, itself found `depth` - 1 archives deep.

    Raises `Undecodable` for a file that is no archive or cannot be opened at all, `OSError` when it cannot be read.
    """
    with path.open("rb") as file, decoding():
        size = file.seek(0, io.SEEK_END)
        if not size:
            raise Undecodable(Reason.EMPTY, "the file has no bytes")
        if size > limits.max_bytes:
            raise Undecodable(Reason.TOO_LARGE, f"the file has {size} bytes, at most {limits.max_bytes} are unpacked")
        if depth > limits.max_depth:
            raise Undecodable(Reason.TOO_DEEP, f"this archive is inside {depth - 1} others")
        reader = _Reader(limits)
        reader.open(file, size, (), depth)
        return reader.content()


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Reader:
    """One walk through an archive and those in it, under one budget."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self._limits = limits
        self._members: list[Member] = []
        self._texts: list[MemberText] = []
        self._left_out: list[LeftOut] = []
        self._notes: dict[str, None] = {}
        self._kept, self._characters, self._count = limits.max_unpacked, limits.max_characters, 0
        self._work = _TIMES_UNPACKED * limits.max_unpacked

    def content(self) -> ArchiveContent:
        return ArchiveContent(tuple(self._members), tuple(self._texts), tuple(self._left_out), tuple(self._notes))

    def open(self, file: BinaryIO, size: int, names: Names, depth: int) -> None:
        """Walk through the archive in `file`; raises `Undecodable`, or what the libraries raise."""
        file.seek(0)
        media_type = sniff(file.read(HEAD))
        file.seek(0)
        if media_type in _COMPRESSED:
            with _decompressed(file, media_type) as stream:
                content = self._unpacked(stream, size, self._limits.max_unpacked)
            self._compressed(content, names, depth)
        elif media_type == "application/x-tar":
            self._tar(file, names, depth)
        elif family(media_type) == "archive":
            self._zip(file, names, depth)
        else:
            raise Undecodable(Reason.UNSUPPORTED, f"{media_type or 'a file of no type that is known'} is not unpacked")

    def _compressed(self, content: bytes, names: Names, depth: int) -> None:
        """A compressed tar counts as one archive, not as two."""
        if sniff(content[:HEAD]) == "application/x-tar":
            self._tar(io.BytesIO(content), names, depth)
        else:
            self._take((*names, "content"), content, depth)

    def _zip(self, file: BinaryIO, names: Names, depth: int) -> None:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            seen = [info.filename for info in infos]
            if len(set(seen)) < len(seen):
                self._note("duplicate_names")
            kind = office.kind(seen)
            if office.has_macros(seen):
                self._note("macros")
            overlapping = _overlapping(infos)
            for info in infos:
                if info.is_dir():
                    continue
                here = self._named(names, info.filename)
                if here is None:
                    return
                with self._leaving_out(here):
                    if id(info) in overlapping:
                        self._note("overlapping_members")
                        raise Undecodable(Reason.DECODER_ERROR, "it shares bytes with another member")
                    content = self._zipped(archive, info)
                    if kind and office.is_markup(info.filename):
                        self._markup(here, content)
                    else:
                        self._take(here, content, depth)

    def _zipped(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
        if info.flag_bits & _ENCRYPTED:
            raise Undecodable(Reason.ENCRYPTED, "it opens with a password only")
        mode = info.external_attr >> 16
        if info.compress_type not in _METHODS or (stat.S_IFMT(mode) and not stat.S_ISREG(mode)):
            raise Undecodable(Reason.UNSUPPORTED, "it is no ordinary file, or packed in another way")
        if info.file_size > self._limits.max_member:
            raise Undecodable(Reason.TOO_LARGE, f"it says that it has {info.file_size} bytes")
        with archive.open(info) as stream:
            return self._unpacked(stream, info.compress_size, self._limits.max_member)

    def _tar(self, file: BinaryIO, names: Names, depth: int) -> None:
        seen: set[str] = set()
        with tarfile.open(fileobj=file, mode="r:") as archive:
            for info in self._headers(archive):
                if info.isdir():
                    continue
                if info.name in seen:
                    self._note("duplicate_names")
                seen.add(info.name)
                here = self._named(names, info.name)
                if here is None:
                    return
                with self._leaving_out(here):
                    if not info.isreg() or info.issparse():
                        raise Undecodable(Reason.UNSUPPORTED, "it is a link, a device or a file with holes")
                    stream = archive.extractfile(info)
                    assert stream is not None
                    self._take(here, self._unpacked(stream, info.size, self._limits.max_member), depth)

    def _headers(self, archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
        """Yield the members up to the end, or up to where the headers are damaged."""
        while True:
            try:
                with decoding():
                    info = archive.next()
            except Undecodable:
                self._note("cut_off")
                return
            if info is None:
                return
            archive.members = []  # type: ignore[attr-defined]  # It would keep every header that it has read.
            yield info

    def _named(self, names: Names, name: str) -> Names | None:
        """Return the names of the next member, None when there are too many."""
        if self._count >= self._limits.max_members:
            self._note("more_members_than_read")
            return None
        self._count += 1
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or name[1:2] == ":":
            self._note("names_that_escape")
        return (*names, printable(name, _LONGEST_NAME))

    @contextmanager
    def _leaving_out(self, names: Names) -> Iterator[None]:
        """Whatever is wrong with one member leaves that member out, and the others in."""
        try:
            with decoding():
                yield
        except Undecodable as refused:
            self._left_out.append(LeftOut(names, refused.reason))

    def _unpacked(self, stream: _Readable, packed: int, most: int) -> bytes:
        """Read to the end, never more than the budget allows, whatever sizes were declared."""
        fair = max(_ALWAYS_FINE, packed * self._limits.max_ratio)
        most = min(most, fair, self._kept, self._work)
        out = bytearray()
        while chunk := stream.read(_CHUNK):
            out += chunk
            self._work -= len(chunk)
            if len(out) > most:
                raise Undecodable(Reason.TOO_LARGE, f"it unpacks to more than {most} bytes")
        return bytes(out)

    def _take(self, names: Names, content: bytes, depth: int) -> None:
        media_type = sniff(content[:HEAD])
        if family(media_type) == "archive":
            if depth >= self._limits.max_depth:
                raise Undecodable(Reason.TOO_DEEP, f"it is the {depth + 1}th archive in a row")
            self._note("nested")
            self.open(io.BytesIO(content), len(content), names, depth + 1)
            return
        self._kept -= len(content)
        self._members.append(Member(names, content))
        if media_type is None and (text := _as_text(content)):
            self._text(names, text)

    def _markup(self, names: Names, content: bytes) -> None:
        if text := office.text(content):
            self._text(names, text)

    def _text(self, names: Names, text: str) -> None:
        kept = text[: self._characters]
        if len(kept) < len(text):
            self._note("text_cut_off")
        self._characters -= len(kept)
        if kept:
            self._texts.append(MemberText(names, kept))

    def _note(self, word: str) -> None:
        self._notes[word] = None


def _decompressed(file: BinaryIO, media_type: str) -> gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile:
    if media_type == "application/gzip":
        return gzip.GzipFile(fileobj=file)
    return bz2.BZ2File(file) if media_type == "application/x-bzip2" else lzma.LZMAFile(file, format=lzma.FORMAT_XZ)


def _overlapping(infos: list[zipfile.ZipInfo]) -> set[int]:
    """Return the `id` of each member whose bytes begin within another: one byte may then unpack a thousand times."""
    found: set[int] = set()
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            found.add(id(info))
        else:
            end = info.header_offset + zipfile.sizeFileHeader + info.compress_size  # type: ignore[attr-defined]
    return found


def _as_text(content: bytes) -> str | None:
    """Return the words of plain text in UTF-8, or UTF-16 that says so; None for everything else."""
    if not content or len(content) > _LONGEST_TEXT:
        return None
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if _NO_TEXT.search(text) else text
