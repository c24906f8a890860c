"""The kinds that the program has: known pictures and sounds are found from a file, from the tail, and after a restart."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ischia.core.sound import Sound
from ischia.core.text import passages, readings
from ischia.core.text.known import cut
from ischia.core.vision import SIDE, FeatureIndex, known, probe, reduced
from ischia.segments.catalog import VotesCatalog
from ischia.segments.queries import kinds
from ischia.segments.reading import kind_of
from tests.core.vision_pictures import photographs
from tests.segments.build import sequence
from tests.segments.large import append, compact

pytestmark = pytest.mark.django_db


def plane(number: int) -> npt.NDArray[np.uint8]:
    picture = photographs()[number].convert("L")
    picture.thumbnail((SIDE, SIDE))
    return reduced(np.asarray(picture, np.uint8))


def pictures() -> dict[int, bytes]:
    return {100 + number: known(plane(number)).local.to_bytes() for number in range(5)}


def sounds() -> dict[int, bytes]:
    """Words that change often enough to tell something, 40 seconds of them each."""
    random = np.random.default_rng(4)
    return {200 + n: Sound(40_000, random.integers(0, 2**32, 320, np.uint32)).data for n in range(5)}


def sentences(number: int) -> str:
    """Words of no language, 60 of them, always the same for a number."""
    random = np.random.default_rng(number)
    return " ".join("".join(random.choice(list("bcdfgkmnprstvz"), 6)) + "a" for _ in range(60)) + ". "


def known_text(text: str) -> bytes:
    signal = passages.signal(text)
    assert signal is not None
    return signal.data


def half_in_a_file(algorithm: str, values: dict[int, bytes]) -> VotesCatalog:
    """The first three in a file and the others in the tail, read as by a process that starts now."""
    items = sorted(values.items())
    append(algorithm, dict(items[:3]))
    sequence()
    compact(algorithm)
    append(algorithm, dict(items[3:]))
    index = VotesCatalog(kind_of(algorithm))
    assert index.tail_length == 2
    return index


def found(index: VotesCatalog, probe: Any) -> int:
    return index.search(probe, limit=3)[0].entry


def test_a_crop_finds_its_picture_wherever_that_is_kept() -> None:
    values = pictures()
    index = half_in_a_file("corners", values)
    for number in range(5):
        whole = plane(number)
        height, width = whole.shape
        crop = np.ascontiguousarray(whole[height // 8 : height * 7 // 8, width // 8 : width * 7 // 8])
        wanted = probe(crop).local
        assert found(index, wanted) == 100 + number
        assert index.data(100 + number) == values[100 + number]
        best = FeatureIndex.build(sorted(values.items())).candidates(wanted, limit=1)[0]
        assert (best.entry, best.mirrored) == (100 + number, False)
    append("corners", {104: values[104]}, "retire")
    index.refresh()
    assert 104 not in [candidate.entry for candidate in index.search(probe(plane(4)).local, limit=12)]


def test_an_excerpt_finds_its_sound_wherever_that_is_kept() -> None:
    values = sounds()
    index = half_in_a_file("sound", values)
    for signal, data in values.items():
        excerpt = Sound(20_000, Sound.of(data).words[60:220])
        assert found(index, excerpt) == signal
        assert index.data(signal) == data


def test_a_quotation_finds_its_text_wherever_that_is_kept() -> None:
    texts = {300 + number: sentences(number) for number in range(5)}
    values = {signal: known_text(text) for signal, text in texts.items()}
    index = half_in_a_file("shingles", values)
    for signal, text in texts.items():
        quotation = sentences(50) + text[100:300] + sentences(51)
        assert found(index, [cut(way)[0] for way in readings(quotation)]) == signal
        assert index.data(signal) == values[signal]


@pytest.mark.parametrize(
    ("algorithm", "data"), [("corners", b"no corners"), ("sound", b"12345"), ("shingles", b"no text")]
)
def test_bytes_that_the_index_cannot_read_are_refused_when_they_are_added(algorithm: str, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"features|fingerprint|known text"):
        append(algorithm, {1: data})


def test_these_kinds_have_an_index() -> None:
    assert {kind.algorithm for kind in kinds()} == {"pdq", "frames", "corners", "sound", "shingles"}
