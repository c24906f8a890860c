"""Films that are lined up by their frames: which seconds match, and which films do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ischia.core.matching import near
from ischia.core.signals import hamming, pdq
from ischia.core.signals.frames import FRAME, unpack, worth_searching
from ischia.core.video import BANK, PROBE, Pair, VideoMatch, hashes_of, inside, match
from tests.core.films import HEIGHT, RATE, WIDTH, Plane, moment, scene, shown

LENGTH = 20.0


def frames(values: Sequence[int], every: float = 0.25) -> Any:
    """Frames of a known film, a different picture for each number."""
    found = np.zeros(len(values), FRAME)
    found["milliseconds"] = np.arange(len(values)) * every * 1000
    found["pdq"] = [np.random.default_rng(value).integers(0, 256, 32) for value in values]
    found["quality"] = 100
    return found


FILM = frames(range(int(LENGTH * 4)))


def lined_up(
    pairs: Sequence[Pair], known: Any = FILM, *, seconds: float = LENGTH, asked: int = 20
) -> VideoMatch | None:
    return match(pairs, known, probe_seconds=seconds, entry_seconds=LENGTH, every=1.0, asked=asked)


def certain(pairs: Sequence[Pair], known: Any = FILM, *, seconds: float = LENGTH, asked: int = 20) -> VideoMatch:
    found = lined_up(pairs, known, seconds=seconds, asked=asked)
    assert found is not None
    return found


@settings(max_examples=60, deadline=None)
@given(
    speed=st.floats(0.75, 1.33),
    offset=st.floats(0, 5),
    seconds=st.integers(5, 10),
    noise=st.integers(0, 60),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_stretch_is_found_at_its_offset_and_speed_among_chance_pairs(
    speed: float, offset: float, seconds: int, noise: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    true = [Pair(second, round((offset + speed * second) * 4) / 4) for second in range(seconds)]
    chance = [Pair(float(random.integers(0, seconds)), float(random.uniform(0, LENGTH))) for _ in range(noise // 3)]
    found = certain([*true, *chance], seconds=seconds, asked=seconds)
    start, end, entry_start, entry_end = found.spans[0]
    middle = (start + end) / 2
    assert found.of_probe > 0.7
    assert abs((entry_start + entry_end) / 2 - (offset + speed * middle)) < 1.5


def test_a_film_that_is_there_as_a_whole_is_told_from_an_excerpt() -> None:
    whole = certain([Pair(second, second) for second in range(20)])
    assert whole.whole
    excerpt = certain([Pair(second, second + 8) for second in range(4)], seconds=4.0, asked=4)
    assert not excerpt.whole
    assert excerpt.spans == ((0.0, 3.5, 7.5, 11.5),)
    assert excerpt.of_probe == pytest.approx(3.5 / 4)
    assert excerpt.of_entry == pytest.approx(4 / 20)


def test_stretches_in_another_order_are_found_both() -> None:
    swapped = [*(Pair(s, s + 10) for s in range(6)), *(Pair(s + 6, s) for s in range(6))]
    found = certain(swapped, seconds=12.0, asked=12)
    assert [span[2] for span in found.spans] == [9.5, 0.0]
    assert found.of_probe == pytest.approx(1, abs=0.05)


def test_a_mirrored_film_is_told() -> None:
    assert certain([Pair(second, second, mirrored=True) for second in range(20)]).mirrored


def test_two_frames_are_no_match() -> None:
    assert lined_up([Pair(1, 1), Pair(2, 2)], asked=2) is None
    assert lined_up([], asked=0) is None


def test_frames_on_no_line_are_no_match() -> None:
    assert lined_up([Pair(0, 15), Pair(5, 3), Pair(9, 18), Pair(15, 1)]) is None


def test_a_card_that_stands_still_says_nothing_of_a_film_with_more_in_it() -> None:
    """Both films show one picture for five seconds; the probe goes on with others."""
    card = frames([1] * 80)
    pairs = [Pair(second, other) for second in range(5) for other in range(5)]
    assert lined_up(pairs, card, asked=20) is None
    assert lined_up(pairs, card, seconds=5.0, asked=5) is not None


def test_shares_are_at_most_one_and_spans_lie_in_both_films() -> None:
    dense = [Pair(s / 4, s / 4 + d / 4) for s in range(80) for d in (-1, 0, 1)]
    found = certain(dense, asked=80)
    assert 0.9 < found.of_probe <= 1
    assert 0.9 < found.of_entry <= 1
    for start, end, entry_start, entry_end in found.spans:
        assert 0 <= start < end <= LENGTH
        assert 0 <= entry_start < entry_end <= LENGTH


def hashed(planes: Sequence[Plane], variants: tuple[str, ...], every: float) -> Any:
    """Frames of a film with all its variants, those that are worth searching."""
    box = inside(planes)
    made = [hashes_of(plane, variants, box) for plane in planes]
    found = np.zeros((len(made), len(variants)), FRAME)
    for number, each in enumerate(made):
        found[number]["pdq"], found[number]["quality"] = each.values, each.qualities
        found[number]["milliseconds"] = int(number * every * 1000)
    return found


def matched(probe: Sequence[Plane], known: Sequence[Plane]) -> VideoMatch | None:
    """As screening does it, with every probe's frame half a second after the other and all frames in the bank."""
    ours, theirs = hashed(probe[:: RATE // 2], PROBE, 0.5), hashed(known, BANK, 1 / RATE)
    bank = theirs.ravel()
    bank = bank[worth_searching(bank)]
    pairs: list[Pair] = []
    for place, variant in enumerate(PROBE):
        asked = ours[:, place]
        asked = asked[worth_searching(asked)]
        hits = near(np.ascontiguousarray(bank["pdq"]), np.ascontiguousarray(asked["pdq"]), 31)
        pairs += [
            Pair(asked["milliseconds"][w] / 1000, bank["milliseconds"][s] / 1000, variant == "mirrored")
            for s, w in zip(hits.stored, hits.wanted, strict=True)
        ]
    lengths = {"probe_seconds": len(probe) / RATE, "entry_seconds": len(known) / RATE}
    return match(pairs, theirs[:, 0], every=0.5, asked=len(ours), **lengths)


def mirror(plane: Plane) -> Plane:
    return np.ascontiguousarray(plane[:, ::-1])


def barred(plane: Plane) -> Plane:
    return np.pad(plane, ((0, 0), (40, 40)), constant_values=16)


def logo(plane: Plane) -> Plane:
    covered = plane.copy()
    covered[5:35, 115:155] = 240
    return covered


def subtitles(plane: Plane) -> Plane:
    covered = plane.copy()
    covered[102:] = 0
    return covered


def cropped(plane: Plane) -> Plane:
    return np.ascontiguousarray(plane[12:-12, 16:-16])


def turned(plane: Plane) -> Plane:
    return np.asarray(Image.fromarray(plane).rotate(2, Image.Resampling.BILINEAR))


def framed(plane: Plane) -> Plane:
    wall = scene(999)[:HEIGHT, :WIDTH].repeat(2, axis=0).repeat(2, axis=1)
    wall[50:170, 80:240] = plane
    return wall


@pytest.mark.parametrize("edit", [mirror, barred, logo, subtitles, cropped, turned, framed])
def test_an_edited_excerpt_of_five_seconds_is_found_where_it_was(edit: Callable[[Plane], Plane]) -> None:
    found = matched(shown(3, 8, edit=edit), shown())
    assert found is not None
    assert found.of_probe > 0.6
    assert found.mirrored == (edit is mirror)
    assert abs(found.spans[0][2] - found.spans[0][0] - 3) < 0.7


def test_films_of_other_scenes_do_not_match() -> None:
    known = shown()
    assert [seed for seed in range(1, 9) if matched(shown(0, 6, seed=seed), known)] == []


def test_the_plain_hash_of_a_large_frame_is_near_to_its_pdq() -> None:
    plane = np.asarray(Image.fromarray(moment(1.0)).resize((4 * WIDTH, 4 * HEIGHT), Image.Resampling.BICUBIC))
    of = hashes_of(plane, ("",))
    assert hamming(of.values[0].tobytes().hex(), pdq.hash_luma(plane).hash) <= 10


def test_a_frame_that_is_too_small_has_no_hash() -> None:
    found = hashes_of(np.zeros((1, 1), np.uint8), PROBE)
    assert not found.values.any()
    assert not found.qualities.any()


def test_a_film_inside_of_a_picture_is_boxed_to_the_pixel() -> None:
    box = inside(shown(0, 3, edit=framed))
    assert box is not None
    assert np.abs(np.array(box) - (50, 170, 80, 240)).max() <= 1


def test_a_film_between_blurred_sides_is_boxed() -> None:
    def blurred(plane: Plane) -> Plane:
        wide = np.asarray(
            Image.fromarray(plane).reduce(20).resize((2 * WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        ).copy()
        textured = plane ^ (np.indices(plane.shape).sum(axis=0) % 2 * 24).astype(np.uint8)
        wide[:, 80:240] = textured
        return wide

    box = inside(shown(0, 3, edit=blurred))
    assert box is not None
    assert np.abs(np.array(box) - (0, 120, 80, 240)).max() <= 3


@pytest.mark.parametrize(
    "planes",
    [[], shown(0, 0.25), [moment(1.0)] * 12, [np.zeros((HEIGHT, WIDTH), np.uint8)] * 12, shown(0, 3)],
    ids=["none", "two", "stands still", "black", "fills the frame"],
)
def test_what_fills_its_frames_or_does_not_move_has_no_box(planes: Sequence[Plane]) -> None:
    assert inside(planes) is None


def test_frames_of_different_sizes_are_boxed_by_those_of_the_first_one() -> None:
    assert inside([*shown(0, 3, edit=framed), *shown(0, 1)]) is not None


def test_frames_are_read_as_they_were_packed() -> None:
    assert (unpack(FILM.tobytes()) == FILM).all()
