"""The file format of every segment: one page of header, then page-aligned sections. No pickle, nothing executable.

Header, 4,096 bytes, little-endian:

    8   magic            32  algorithm, UTF-8, padded with zeros
    4   byte-order mark   4  version of the signal
    4   format            4  number of tables, then 32 bytes with the width of each
    8   entries           4  number of sections, then 64 bytes for each:
                             16 name, 8 offset, 8 length, 32 SHA-256 of the content
    ... zeros up to the last 32 bytes, which are the SHA-256 of the bytes before them
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ischia.core.matching.splits import Split

MAGIC = b"ISCHSEG\x00"
BYTE_ORDER = 0x01020304
FORMAT = 1
PAGE = 4096
HEADER_BYTES = PAGE
DIGEST_BYTES = 32
FIXED = struct.Struct("<8sII32sIQI32sI")
SECTION = struct.Struct("<16sQQ32s")


class SegmentError(Exception):
    """A segment file cannot be used. The message says which file, what is wrong, where, and what to do."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"segment {path}: {what}; rebuild it from the change log")
        self.path = path
        self.what = what


@dataclass(frozen=True)
class Section:
    """A named run of bytes in the file, with the SHA-256 of its content."""

    name: str
    offset: int
    length: int
    digest: bytes


@dataclass(frozen=True)
class Header:
    """What the first page says; `digest` covers the page and, through the sections' digests, the whole file."""

    algorithm: str
    version: int
    count: int
    split: Split
    sections: dict[str, Section]
    digest: bytes

    @property
    def file_size(self) -> int:
        """Return the size that the file must have."""
        return max((section.offset + section.length for section in self.sections.values()), default=HEADER_BYTES)


class SegmentFile:
    """A mapped file whose header has been checked: its sections as arrays, and their checksums."""

    def __init__(self, path: Path, header: Header, content: mmap.mmap) -> None:
        self.path = path
        self.header = header
        self._map = content

    def __len__(self) -> int:
        return self.header.count

    def verify(self) -> None:
        """Compare every section with its checksum (reads the whole file); SegmentError names the first bad one."""
        for name in self.header.sections:
            self.verify_section(name)

    def verify_section(self, name: str) -> None:
        """Compare one section with its checksum; SegmentError if it does not fit."""
        section = self.header.sections[name]
        end = section.offset + section.length
        content = memoryview(self._map)[section.offset : end]
        if hashlib.sha256(content).digest() != section.digest:
            what = f"the checksum of section {section.name!r} (bytes {section.offset} to {end}) does not fit"
            raise SegmentError(self.path, what)

    def prefault(self) -> None:
        """Bring the whole file into memory, so that the first searches need not wait for the disk."""
        self._map.madvise(mmap.MADV_WILLNEED)
        np.frombuffer(self._map, np.uint8)[::PAGE].max()

    def section(self, name: str, dtype: str, items: int | None) -> npt.NDArray[Any]:
        """Return a section as an array that is mapped read-only; SegmentError unless it has `items` (None: any)."""
        section = self.header.sections.get(name)
        size = np.dtype(dtype).itemsize
        if (
            section is None
            or section.offset % PAGE
            or section.length % size
            or items not in (None, section.length // size)
        ):
            raise SegmentError(self.path, f"section {name!r} is missing, misplaced or of a wrong length")
        return np.frombuffer(self._map, dtype, section.length // size, section.offset)


def write_segment(
    path: Path, *, algorithm: str, version: int, count: int, split: Split, sections: Iterable[tuple[str, Iterable[Any]]]
) -> Header:
    """Write header and sections (name, arrays in order) to a temporary file, flush it to disk, rename it to `path`.

    The arrays of a section may be produced one by one; each is written before the next is asked for.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            written = list(_write_sections(file, sections))
            page = _header_page(algorithm, version, count, split, written)
            file.seek(0)
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise
    _flush_folder(path.parent)
    return parse_header(path, page)


def read_header(path: Path) -> Header:
    """Read and verify the first page and the size of the file; SegmentError if anything is not as it must be."""
    return map_file(path)[0]


def map_file(path: Path) -> tuple[Header, mmap.mmap]:
    """Do as `read_header`, and map the very file that was read into memory."""
    try:
        with path.open("rb") as file:
            page = file.read(HEADER_BYTES)
            header = parse_header(path, page)
            size = os.fstat(file.fileno()).st_size
            if size != header.file_size:
                raise SegmentError(path, f"the file has {size} bytes where its header needs {header.file_size}")
            return header, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise SegmentError(path, f"the file cannot be read ({error.strerror})") from error


def map_kind(path: Path, *, algorithm: str, version: int) -> tuple[Header, mmap.mmap]:
    """Do as `map_file`; SegmentError as well if the file holds another algorithm or version."""
    header, content = map_file(path)
    if (header.algorithm, header.version) != (algorithm, version):
        found, wanted = f"{header.algorithm} version {header.version}", f"{algorithm} version {version}"
        raise SegmentError(path, f"it holds {found} where {wanted} is wanted")
    return header, content


def parse_header(path: Path, page: bytes) -> Header:
    """Return the meaning of a header page; SegmentError names the first field that is wrong."""
    if len(page) != HEADER_BYTES:
        raise SegmentError(path, f"the header has {len(page)} bytes instead of {HEADER_BYTES}")
    magic, order, form, algorithm, version, count, tables, widths, number = FIXED.unpack_from(page)
    if magic != MAGIC:
        raise SegmentError(path, f"it is no segment: it begins with {magic!r} instead of {MAGIC!r}")
    if order != BYTE_ORDER:
        raise SegmentError(path, f"it was written with another byte order (mark {order:#x} at byte 8)")
    if form != FORMAT:
        raise SegmentError(path, f"its format is {form} and this program reads {FORMAT}")
    digest = hashlib.sha256(page[:-DIGEST_BYTES]).digest()
    if digest != page[-DIGEST_BYTES:]:
        raise SegmentError(path, f"the checksum of the header (bytes 0 to {HEADER_BYTES}) does not fit")
    try:
        sections = {section.name: section for section in _read_sections(page, number)}
        split = Split(tuple(width for width in widths if width))
        if len(split.widths) != tables:
            raise SegmentError(path, f"its header names {tables} tables and gives the widths of {len(split.widths)}")
        return Header(algorithm.rstrip(b"\0").decode(), version, count, split, sections, digest)
    except (ValueError, struct.error) as error:
        raise SegmentError(path, f"its header contradicts itself ({error})") from error


def _write_sections(file: BinaryIO, sections: Iterable[tuple[str, Iterable[Any]]]) -> Iterable[Section]:
    offset = HEADER_BYTES
    for name, arrays in sections:
        file.seek(offset)
        digest, length = hashlib.sha256(), 0
        for array in arrays:
            content = _as_bytes(array)
            file.write(content)
            digest.update(content)
            length += content.nbytes
        yield Section(name, offset, length, digest.digest())
        offset += -(-length // PAGE) * PAGE
    # The last section ends where its content ends, and an empty one must not leave the file short.
    file.truncate(max(file.tell(), HEADER_BYTES))


def _as_bytes(array: npt.NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _header_page(algorithm: str, version: int, count: int, split: Split, sections: list[Section]) -> bytes:
    name = algorithm.encode()
    if len(name) > 32:
        raise ValueError(f"the algorithm's name has {len(name)} bytes; at most 32 fit: {algorithm}")
    widths = bytes(split.widths).ljust(32, b"\0")
    fixed = FIXED.pack(MAGIC, BYTE_ORDER, FORMAT, name, version, count, len(split.widths), widths, len(sections))
    table = b"".join(
        SECTION.pack(section.name.encode(), section.offset, section.length, section.digest) for section in sections
    )
    page = (fixed + table).ljust(HEADER_BYTES - DIGEST_BYTES, b"\0")
    return page + hashlib.sha256(page).digest()


def _read_sections(page: bytes, number: int) -> Iterable[Section]:
    for index in range(number):
        name, offset, length, digest = SECTION.unpack_from(page, FIXED.size + index * SECTION.size)
        yield Section(name.rstrip(b"\0").decode(), offset, length, digest)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
