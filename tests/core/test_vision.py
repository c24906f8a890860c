"""Known pictures are found again framed, turned, negative, cropped and inside others, and it is said where."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from ischia.core.signals import hamming, pdq
from ischia.core.vision import (
    FeatureIndex,
    Features,
    Kind,
    Reducer,
    compare,
    convincing,
    known,
    match_of,
    probe,
    probe_hashes,
    reduced,
    trim,
    trim_blur,
    trim_captions,
)
from tests.core.vision_pictures import photographs


def plane(picture):
    return reduced(np.asarray(picture.convert("L")))


def kinds_found(picture, entry):
    return {v.kind for v in probe_hashes(plane(picture)) for h in entry.hashes if hamming(v.hash, h.hash) <= 31}


@pytest.fixture(scope="module")
def bank():
    return [known(plane(picture)) for picture in photographs()]


@pytest.fixture(scope="module")
def index(bank):
    return FeatureIndex.build([(i, entry.local.to_bytes()) for i, entry in enumerate(bank)])


def search(picture, bank, index):
    of = probe(plane(picture))
    found = []
    for candidate in index.candidates(of.local):
        entry = bank[candidate.entry]
        placed = compare(of, entry.local, entry.gate.thumb, flip=candidate.mirrored)
        if placed and convincing(placed):
            found.append(match_of(candidate.entry, of, entry.local, placed))
    return found


def test_a_plane_reduced_from_strips_is_the_average_of_its_pixels():
    pixels = np.random.default_rng(5).integers(0, 256, (1000, 1400)).astype(np.uint8)
    reducer = Reducer(height=1000, width=1400, side=700)
    for top in range(0, 1000, 64):
        reducer.add(pixels[top : top + 64])
    means = pixels.reshape(500, 2, 700, 2).mean(axis=(1, 3))
    assert np.abs(reducer.plane() - means).max() <= 1


def test_a_reducer_refuses_strips_that_do_not_fit_and_planes_that_are_not_complete():
    reducer = Reducer(height=10, width=20)
    with pytest.raises(ValueError, match="does not fit"):
        reducer.add(np.zeros((11, 20), np.uint8))
    with pytest.raises(ValueError, match="0 of 10 rows"):
        reducer.plane()


def test_the_hash_of_the_reduced_plane_is_near_pdq_of_a_large_picture():
    for picture in photographs():
        large = picture.resize((2 * picture.width, 2 * picture.height))
        assert hamming(probe_hashes(plane(large))[0].hash.hex(), pdq.hash_pixels(np.asarray(large)).hash) <= 12


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (30, 90, 160)])
@pytest.mark.parametrize("quality", [95, 20])
def test_borders_of_any_colour_are_trimmed_through_jpeg(colour, quality):
    framed = ImageOps.expand(photographs()[3], 60, colour)
    buffer = io.BytesIO()
    framed.save(buffer, "JPEG", quality=quality)
    pixels = np.asarray(Image.open(buffer).convert("L"))
    box, (height, width) = trim(pixels), pixels.shape
    assert np.allclose((box.top, height - box.bottom, box.left, width - box.right), 60, atol=8)


def test_a_picture_without_a_frame_is_not_trimmed():
    pixels = plane(photographs()[2])
    for find in (trim, trim_captions, trim_blur):
        assert find(pixels).cut(pixels).shape == pixels.shape


def test_a_plane_of_one_colour_is_left_alone():
    pixels = np.full((100, 150), 7, np.uint8)
    assert trim(pixels).cut(pixels).shape == (100, 150)


@pytest.mark.parametrize(
    ("turn", "kind"),
    [
        (None, Kind.MIRRORED),
        (90, Kind.ROTATED_90),
        (180, Kind.ROTATED_180),
        (270, Kind.ROTATED_270),
    ],
)
def test_turned_and_mirrored_copies_are_found_and_named_by_what_was_done(bank, turn, kind):
    picture = photographs()[0]
    edited = ImageOps.mirror(picture) if turn is None else picture.rotate(-turn, expand=True)
    assert kinds_found(edited, bank[0]) == {kind}


def test_the_hash_of_a_turned_picture_follows_from_its_own():
    off = []
    for picture in photographs():
        pixels = np.asarray(picture.convert("L"))
        found = pdq.turned(pdq.hash_pixels(pixels).hash)
        shown = {
            "rotated_90": np.rot90(pixels, -1),
            "rotated_180": np.rot90(pixels, 2),
            "rotated_270": np.rot90(pixels, 1),
            "mirrored": pixels[:, ::-1],
            "mirrored_rotated_90": np.rot90(pixels[:, ::-1], -1),
            "mirrored_rotated_180": np.rot90(pixels[:, ::-1], 2),
            "mirrored_rotated_270": np.rot90(pixels[:, ::-1], 1),
        }
        assert found.keys() == shown.keys()
        off += [hamming(found[done], pdq.hash_pixels(np.ascontiguousarray(seen)).hash) for done, seen in shown.items()]
    assert np.median(off) <= 16
    assert max(off) <= 31


def test_a_negative_is_found_by_the_complement(bank):
    assert Kind.INVERTED in kinds_found(ImageOps.invert(photographs()[1]), bank[1])


def test_a_framed_copy_is_found_trimmed(bank):
    assert Kind.TRIMMED in kinds_found(ImageOps.expand(photographs()[4], 50, (0, 0, 0)), bank[4])


def test_a_crop_is_found_with_its_place(bank, index):
    picture = photographs()[0]
    width, height = picture.size
    cut = picture.crop((width // 5, height // 5, width, height))
    (match,) = search(cut, bank, index)
    assert (match.entry, match.kind, match.mirrored) == (0, Kind.CROP_OF_ENTRY, False)
    assert np.allclose(match.where, [(-0.25, -0.25), (1, -0.25), (1, 1), (-0.25, 1)], atol=0.03)
    assert match.covered == pytest.approx(0.64, abs=0.05)


@pytest.mark.parametrize("mirror", [False, True])
def test_a_picture_inside_another_is_found_where_it_is_even_mirrored(bank, index, mirror):
    picture = ImageOps.contain(photographs()[0], (400, 400))
    canvas = Image.fromarray(np.random.default_rng(3).integers(0, 256, (12, 16, 3)).astype(np.uint8)).resize(
        (1000, 800)
    )
    canvas.paste(ImageOps.mirror(picture) if mirror else picture, (500, 300))
    (match,) = search(canvas, bank, index)
    assert (match.entry, match.kind, match.mirrored) == (0, Kind.ENTRY_INSIDE, mirror)
    left, right = 0.5, 0.5 + picture.width / 1000
    top, bottom = 300 / 800, (300 + picture.height) / 800
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    expected = [corners[i] for i in (1, 0, 3, 2)] if mirror else corners
    assert np.allclose(match.where, expected, atol=0.02)


def test_matches_by_corners_never_have_the_strength_that_acts_alone(bank, index):
    strengths = {match.strength for picture in photographs() for match in search(picture, bank, index)}
    assert strengths <= {"derived", "partial"}


def test_a_photograph_is_not_found_in_a_bank_without_it(bank):
    for left_out, picture in enumerate(photographs()):
        others = FeatureIndex.build([(i, entry.local.to_bytes()) for i, entry in enumerate(bank) if i != left_out])
        assert search(picture, bank, others) == []


def test_stored_features_are_read_again_and_damaged_ones_refused(bank):
    stored = bank[0].local.to_bytes()
    again = Features.from_bytes(stored)
    assert again.to_bytes() == stored
    assert len(again) == len(bank[0].local)
    for damaged in (b"", stored[:-1], b"\x09" + stored[1:]):
        with pytest.raises(ValueError, match="local features have"):
            Features.from_bytes(damaged)


def test_stored_features_cannot_be_searched_with(bank, index):
    with pytest.raises(ValueError, match="probe_features"):
        index.candidates(bank[0].local)


@pytest.mark.parametrize("shape", [(1, 1), (31, 600), (32, 32), (40, 512), (512, 33)])
@pytest.mark.parametrize("fill", ["black", "noise", "gradient"])
def test_planes_of_any_shape_and_content_give_an_answer(shape, fill, index):
    height, width = shape
    made = {
        "black": np.zeros(shape, np.uint8),
        "noise": np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8),
        "gradient": np.broadcast_to(np.linspace(0, 255, width).astype(np.uint8), shape).copy(),
    }[fill]
    of = probe(made)
    assert bool(of.hashes) == (min(height, width) >= 32)
    assert index.candidates(of.local) is not None


def test_an_index_of_nothing_has_no_candidates(index):
    of = probe(plane(photographs()[0]))
    assert FeatureIndex.build([]).candidates(of.local) == []
