"""Films, sound, PDF files and archives in confinement: the answers of the core, within the budget of each work."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ischia.base.cage import BUDGETS, Cage, Undecodable
from ischia.core.media.archives import ArchiveLimits, members
from ischia.core.media.audio import SoundLimits, sound_signals
from ischia.core.media.pdf import PdfLimits, read
from ischia.core.media.video import VideoLimits, sample
from tests.base.numba_cache import numba_cache
from tests.documents import LINK, document, pdf, pdf_of, stream, tarred, zipped
from tests.hostile import seeds, tricks

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    quick = dict(BUDGETS) | {"pdf": replace(BUDGETS["pdf"], cpu=3)}
    cage = Cage(cache=numba_cache(), size=1, budgets=quick)
    cage.start()
    yield cage
    cage.stop()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_a_caged_document_is_that_of_the_core(cage: Cage, path: Path) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (64, 96)).astype(np.uint8)
    files = {"a.zip": zipped({"b": b"c"})}
    path.write_bytes(pdf("Words", pixels=pixels.tobytes(), size=(96, 64), attached=files, page=LINK, pages=2))
    found, same = cage.pdf(path), read(path, PdfLimits())
    assert found == same
    assert len(found.pictures) + len(found.drawn) == 3
    for one, other in zip((*found.pictures, *found.drawn), (*same.pictures, *same.drawn), strict=True):
        assert np.array_equal(one.plane, other.plane)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content",
    [
        zipped({"a.txt": b"words", "b/c.tgz": tarred({"d": bytes(1000), "e.txt": "حرف".encode("utf-16")}, "w:gz")}),
        tarred({"a": b"words"}, "w:xz"),
        tarred({"a": b"words"}, "w:bz2"),
        document(["one"], {"a.png": b"\x89PNG"}, link="https://example.org"),
    ],
)
def test_a_caged_archive_is_that_of_the_core(cage: Cage, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    found = cage.archive(path)
    assert found == members(path, ArchiveLimits())
    assert found.texts


@functools.cache
def tricked(*kinds: str) -> tuple[bytes, ...]:
    """Made when the first test needs them, not by every process that collects tests."""
    return tuple(content for kind, _, content in tricks.of_recordings(Path("/nobody")) if kind in kinds)


def test_confinement_changes_nothing_in_what_is_heard(cage: Cage, path: Path) -> None:
    heard = 0
    for content in (*seeds.of("sound"), *seeds.of("video"), *tricked("sound", "video")):
        path.write_bytes(content)
        try:
            same = sound_signals(path, SoundLimits())
        except Undecodable as error:
            with pytest.raises(Undecodable) as caught:
                cage.sound(path)
            assert (caught.value.reason, caught.value.detail) == (error.reason, error.detail)
        else:
            assert cage.sound(path) == same
            heard += same.seconds > 1
    assert heard > 12


@pytest.mark.parametrize("dense", [False, True])
def test_confinement_changes_nothing_in_what_is_seen_of_films(cage: Cage, path: Path, dense: bool) -> None:
    seen = 0
    for content in (*seeds.of("video"), *seeds.of("image"), *tricked("video")):
        path.write_bytes(content)
        try:
            same = sample(path, VideoLimits(), dense=dense)
        except Undecodable as error:
            with pytest.raises(Undecodable) as caught:
                cage.video(path, dense=dense)
            assert (caught.value.reason, caught.value.detail) == (error.reason, error.detail)
        else:
            found = cage.video(path, dense=dense)
            assert replace(found, stills=()) == replace(same, stills=())
            assert [instant for instant, _ in found.stills] == [instant for instant, _ in same.stills]
            assert all(np.array_equal(a[1], b[1]) for a, b in zip(found.stills, same.stills, strict=True))
            seen += bool(same.frames)
    assert seen > 8


def test_a_part_of_a_sound_is_heard(cage: Cage, path: Path) -> None:
    path.write_bytes(seeds.of("sound")[0])
    assert cage.sound(path, start=1, seconds=0.5).seconds == pytest.approx(0.5, abs=0.01)


def test_a_document_that_takes_too_long_to_draw_gives_its_words(cage: Cage, path: Path) -> None:
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>"
    )
    path.write_bytes(
        pdf_of(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
                page,
                stream(b"BT /F 9 Tf 9 9 Td (Words) Tj ET\n" + b"0 0 m 99 99 l S\n" * 150_000),
                b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            ]
        )
    )
    found = cage.pdf(path)
    assert (found.texts, found.drawn, found.notes) == (("Words",), (), ("more_pages_than_drawn",))


def test_an_archive_that_was_found_in_others_is_refused_at_its_depth(cage: Cage, path: Path) -> None:
    path.write_bytes(zipped({"a": b"b"}))
    assert cage.archive(path, depth=3).members
    with pytest.raises(Undecodable) as caught:
        cage.archive(path, depth=4)
    assert caught.value.reason == "too_deep"


@pytest.mark.parametrize(("module", "work"), [("av", "sound"), ("av", "video"), ("pypdfium2", "pdf")])
def test_without_its_library_a_work_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, path: Path, module: str, work: str
) -> None:
    from ischia.base.cage.work import WORKS

    monkeypatch.delitem(sys.modules, module)
    with pytest.raises(Undecodable, match=r"pip install 'ischia\[media\]'") as caught:
        WORKS[work](str(path), {})
    assert caught.value.reason == "unsupported"
