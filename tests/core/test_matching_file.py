"""A segment file that is damaged, cut, foreign or half written is refused with words, and never crashes a search."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ischia.core.matching import (
    BruteForce,
    SegmentError,
    Split,
    build_segment,
    even_split,
    open_segment,
    read_header,
)
from ischia.core.matching import segment_file as form
from tests.core.test_matching import uniform

COUNT = 500
VALUES = uniform(COUNT, np.random.default_rng(11))
IDS = np.arange(COUNT, dtype=np.int64)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("segments") / "whole"
    build_segment(path, IDS, VALUES, retired=np.array([7, 3, 7]), split=even_split(32))
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "segment"
    path.write_bytes(content)
    return path


def overwrite(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


def flip(path: Path, offset: int) -> None:
    overwrite(path, offset, bytes([path.read_bytes()[offset] ^ 0xFF]))


def opened(path: Path) -> None:
    open_segment(path, algorithm="pdq", version=1)


def test_a_whole_file_opens_verifies_and_says_what_it_is(path: Path) -> None:
    segment = open_segment(path, algorithm="pdq", version=1)
    segment.prefault()
    segment.verify()
    assert (segment.header.algorithm, segment.header.version, len(segment)) == ("pdq", 1, COUNT)
    assert segment.retired.tolist() == [3, 7]
    assert read_header(path) == segment.header


@given(offset=st.integers(0, form.HEADER_BYTES - 1))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changed_byte_of_the_header_is_noticed_on_opening(path: Path, content: bytes, offset: int) -> None:
    path.write_bytes(content)
    flip(path, offset)
    with pytest.raises(SegmentError, match="rebuild it"):
        opened(path)


@pytest.mark.parametrize("name", ["ids", "retired", "rows", "records", "offsets"])
@pytest.mark.parametrize("where", ["first", "middle", "last"])
def test_a_changed_byte_of_any_section_is_named_by_verify(path: Path, name: str, where: str) -> None:
    section = read_header(path).sections[name]
    flip(path, section.offset + {"first": 0, "middle": section.length // 2, "last": section.length - 1}[where])
    with pytest.raises(SegmentError, match=f"checksum of section '{name}' .bytes {section.offset} to"):
        open_segment(path, algorithm="pdq", version=1).verify()


@given(seed=st.integers(0, 2**32), name=st.sampled_from(["rows", "records", "offsets"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_search_of_a_damaged_file_may_miss_but_invents_nothing(
    path: Path, content: bytes, seed: int, name: str
) -> None:
    path.write_bytes(content)
    random, section = np.random.default_rng(seed), read_header(path).sections[name]
    overwrite(path, section.offset, random.bytes(section.length))
    segment = open_segment(path, algorithm="pdq", version=1)
    for value in VALUES[:20]:
        for identity, distance in segment.search(value.tobytes(), 31).pairs():
            assert identity in IDS
            assert distance <= 31


@pytest.mark.parametrize("size", [0, 1, 8, 4095, 4096, 4097, 10_000, -4096, -1])
def test_a_file_that_was_cut_is_noticed_on_opening(path: Path, content: bytes, size: int) -> None:
    path.write_bytes(content[:size])
    with pytest.raises(SegmentError, match=r"bytes (instead of|where its header needs)"):
        opened(path)


def test_a_file_that_grew_is_noticed_on_opening(path: Path, content: bytes) -> None:
    path.write_bytes(content + b"\0")
    with pytest.raises(SegmentError, match="where its header needs"):
        opened(path)


def test_a_missing_file_is_an_error_with_words(tmp_path: Path) -> None:
    with pytest.raises(SegmentError, match=r"cannot be read \(No such file"):
        opened(tmp_path / "absent")


def test_a_foreign_file_is_an_error_with_words(tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\xff\xd8\xff\xe0" * 4096)
    with pytest.raises(SegmentError, match="it is no segment: it begins with"):
        opened(tmp_path / "picture")


def resealed(path: Path, change: Callable[[bytearray], None]) -> None:
    """Change the header and make its checksum fit again, as another program's version would."""
    page = bytearray(path.read_bytes()[: form.HEADER_BYTES])
    change(page)
    body = bytes(page[: -form.DIGEST_BYTES])
    overwrite(path, 0, body + hashlib.sha256(body).digest())


@pytest.mark.parametrize(
    ("offset", "value", "message"),
    [(8, 0x04030201, "another byte order"), (12, 2, "its format is 2 and this program reads 1")],
)
def test_another_byte_order_or_format_is_refused(path: Path, offset: int, value: int, message: str) -> None:
    resealed(path, lambda page: struct.pack_into("<I", page, offset, value))
    with pytest.raises(SegmentError, match=message):
        opened(path)


@pytest.mark.parametrize(("offset", "what"), [(52, "entries"), (60, "tables"), (64, "widths"), (96, "sections")])
def test_a_header_that_contradicts_itself_is_refused_though_its_checksum_fits(
    path: Path, offset: int, what: str
) -> None:
    resealed(path, lambda page: struct.pack_into("<B", page, offset, page[offset] ^ 0x41))
    with pytest.raises(SegmentError, match="rebuild it"):
        opened(path)


def test_another_algorithm_or_version_is_refused(path: Path) -> None:
    for algorithm, version in (("vpdq", 1), ("pdq", 2)):
        with pytest.raises(SegmentError, match=f"holds pdq version 1 where {algorithm} version {version} is wanted"):
            open_segment(path, algorithm=algorithm, version=version)


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(path: Path, content: bytes) -> None:
    class DiskFullError(OSError):
        pass

    def sections() -> object:
        yield "ids", [IDS]
        raise DiskFullError

    with pytest.raises(DiskFullError):
        form.write_segment(
            path,
            algorithm="pdq",
            version=1,
            count=COUNT,
            split=Split(()),
            sections=sections(),  # type: ignore[arg-type]
        )
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_a_mapped_file_survives_its_replacement_and_removal(path: Path) -> None:
    old = open_segment(path, algorithm="pdq", version=1)
    build_segment(path, IDS[:1], VALUES[:1])
    path.unlink()
    slow = BruteForce(IDS, VALUES)
    for value in VALUES[::50]:
        query = value.tobytes()
        assert old.search(query, 31).nearest().pairs() == slow.search(query, 31).nearest().pairs()
