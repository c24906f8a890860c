"""What is stored of pictures finds them again: variants, gates and corners, through an index mapped from a file."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from ischia.core.signals import Signal, hamming, pdq
from ischia.core.vision import (
    Box,
    FeatureIndex,
    Features,
    Kind,
    Variant,
    by_corners,
    by_hash,
    entry_features,
    entry_signals,
    name_of,
    probe,
    probe_signals,
    reduced,
    rests_on,
    variant_of,
)
from tests.core.vision_pictures import photographs


def plane(picture):
    return reduced(np.asarray(picture.convert("L")))


def of_kind(signals, kind):
    return [signal for signal in signals if signal.algorithm == kind]


def gates(signals):
    return {signal.variant: signal.data for signal in of_kind(signals, "gate")}


def nearest(of, signals):
    """Return the probe's hash, the stored variant and the distance of the nearest pair."""
    pairs = [
        (hamming(variant.hash, bytes.fromhex(signal.value)), variant, signal.variant)
        for variant in of.hashes
        for signal in of_kind(signals, "pdq")
    ]
    return min(pairs, key=lambda pair: pair[0])


def matched(picture, entry):
    of, signals = probe(plane(picture)), entry_signals(plane(entry))
    distance, variant, stored = nearest(of, signals)
    assert distance <= 31
    return by_hash(7, of, variant, stored, distance, gates(signals))


def jpeg(picture, quality):
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def test_names_of_variants_are_short_and_read_again():
    for variant in probe(plane(ImageOps.expand(photographs()[0], 40))).hashes:
        kind, box = variant_of(variant.name)
        assert (kind, np.allclose(box, variant.box, atol=1e-4)) == (variant.kind, True)
        assert len(variant.name) <= 64
    assert name_of(Kind.AS_IS) == ""
    assert variant_of("mirrored") == (Kind.MIRRORED, Box(0, 0, 1, 1))
    with pytest.raises(ValueError, match="somehow"):
        variant_of("somehow")


def test_a_probe_keeps_the_hash_and_the_gate_of_the_whole_and_of_what_a_frame_encloses():
    framed = probe_signals(plane(ImageOps.expand(photographs()[0], 60, (0, 0, 0))))
    hashes = of_kind(framed, "pdq")
    assert [variant_of(signal.variant)[0] for signal in hashes][:2] == [Kind.AS_IS, Kind.TRIMMED]
    assert gates(framed).keys() == {signal.variant for signal in hashes}
    assert {signal.algorithm for signal in framed} == {"pdq", "gate"}


def test_the_hash_of_all_pixels_stands_for_that_of_the_plane():
    whole = Signal("pdq", 1, "0f" * 32, 90)
    for make in (probe_signals, entry_signals):
        hashes = of_kind(make(plane(photographs()[0]), whole), "pdq")
        assert hashes[0] is whole
        assert all(signal.variant for signal in hashes[1:])


def test_an_entry_keeps_its_crops_gates_and_corners():
    signals = entry_signals(plane(ImageOps.expand(photographs()[0], 60, (0, 0, 0))))
    kinds = [variant_of(signal.variant)[0] for signal in of_kind(signals, "pdq")]
    assert kinds.count(Kind.CROP_OF_ENTRY) >= 7
    assert {variant_of(name)[0] for name in gates(signals)} == {Kind.AS_IS, Kind.TRIMMED}
    (corners,) = of_kind(signals, "corners")
    assert len(Features.from_bytes(corners.data)) == corners.quality
    assert corners.quality >= 200


def test_pictures_too_small_or_of_one_colour_have_no_signals_that_mislead():
    assert probe_signals(np.zeros((20, 400), np.uint8)) == []
    assert of_kind(entry_signals(np.zeros((20, 400), np.uint8)), "corners") == []
    assert of_kind(entry_signals(np.full((300, 400), 9, np.uint8)), "corners") == []


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        (lambda picture: jpeg(picture, 40), Kind.AS_IS),
        (lambda picture: ImageOps.expand(picture, 60, (0, 0, 0)), Kind.TRIMMED),
        (ImageOps.mirror, Kind.MIRRORED),
        (lambda picture: picture.rotate(-90, expand=True), Kind.ROTATED_90),
        (lambda picture: ImageOps.mirror(picture).rotate(-90, expand=True), Kind.MIRRORED_ROTATED_90),
        (ImageOps.invert, Kind.INVERTED),
    ],
)
def test_the_gate_looks_at_what_the_hashes_are_of(edit, kind):
    match = matched(edit(photographs()[0]), photographs()[0])
    upright = kind in {Kind.AS_IS, Kind.TRIMMED}
    assert (match.kind, match.strength, match.gated) == (kind, "near" if upright else "derived", True)
    assert match.mirrored == ("mirrored" in kind)


def test_a_copy_without_the_frame_of_the_entry_passes_its_gate():
    match = matched(photographs()[0], ImageOps.expand(photographs()[0], 60, (0, 0, 0)))
    assert (match.strength, match.gated) == ("near", True)
    assert match.covered == pytest.approx(1 / (1 + 120 / 512) ** 2, abs=0.05)


def test_stripes_have_no_turned_hashes_and_never_pass_the_gate():
    stripes = np.repeat(np.array([230, 90, 20], np.uint8), 100)[:, None].repeat(400, axis=1)
    other = np.repeat(np.array([200, 100, 60], np.uint8), 100)[:, None].repeat(400, axis=1)
    assert len(probe(stripes).hashes) == 1
    assert len(of_kind(entry_signals(stripes), "pdq")) == 1
    assert not by_hash(1, probe(other), probe(other).hashes[0], "", 0, gates(entry_signals(stripes))).gated


def test_a_crop_is_derived_and_has_no_gate():
    picture = photographs()[2]
    width, height = picture.size
    match = matched(picture.crop((width // 20, height // 20, width - width // 20, height - height // 20)), picture)
    assert (match.kind, match.strength, match.gated) == (Kind.CROP_OF_ENTRY, "derived", None)
    assert match.covered < 1


def test_a_hash_beside_another_picture_does_not_pass_the_gate():
    of, signals = probe(plane(photographs()[0])), entry_signals(plane(photographs()[1]))
    match = by_hash(1, of, of.hashes[0], "", 20, gates(signals))
    assert (match.strength, match.gated) == ("derived", False)


def test_a_hash_without_a_stored_gate_never_acts():
    of = probe(plane(photographs()[0]))
    match = by_hash(1, of, of.hashes[0], "", 0, {})
    assert (match.strength, match.gated) == ("derived", None)


def test_turned_hashes_of_an_entry_find_what_is_stored_of_turned_copies():
    signals = of_kind(entry_signals(plane(photographs()[0])), "pdq")
    kept = of_kind(probe_signals(plane(photographs()[0].rotate(-90, expand=True))), "pdq")
    assert hamming(pdq.turned(signals[0].value)["rotated_90"], kept[0].value) <= 16


def test_corners_are_computed_when_they_are_asked_for():
    of = probe(plane(photographs()[0]))
    assert len(of.hashes) >= 9
    assert "local" not in vars(of)
    assert of.local is of.local


@pytest.fixture(scope="module")
def stored():
    return [entry_signals(plane(picture)) for picture in photographs()]


@pytest.fixture(scope="module")
def corners(stored):
    return {100 + i: of_kind(signals, "corners")[0].data for i, signals in enumerate(stored)}


def test_an_index_mapped_from_files_answers_as_the_one_that_was_built(corners, tmp_path):
    built = FeatureIndex.build(list(corners.items()))
    for name, array in built.arrays().items():
        np.save(tmp_path / f"{name}.npy", array)
    mapped = FeatureIndex.of_arrays({name: np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in built.arrays()})
    local = probe(plane(photographs()[3])).local
    assert mapped.candidates(local) == built.candidates(local)
    assert mapped.candidates(local)[0].entry == 103
    assert len(mapped) == len(corners)


def test_an_index_refuses_bytes_that_are_no_features():
    with pytest.raises(ValueError, match="local features"):
        FeatureIndex.build([(1, b"something else")])


def test_what_one_index_or_another_holds_is_found_with_its_place(stored, corners):
    halves = [FeatureIndex.build(list(corners.items())[:5]), FeatureIndex.build(list(corners.items())[5:])]
    for i, picture in enumerate(photographs()):
        width, height = picture.size
        of = probe(plane(picture.crop((0, 0, round(0.7 * width), height))))
        found = [
            match
            for index in halves
            for candidate in index.candidates(of.local)
            if (match := by_corners(of, candidate, corners[candidate.entry], gates(stored[candidate.entry - 100])[""]))
        ]
        assert {match.entry for match in found} == {100 + i}
        assert len(found[0].points) >= found[0].inliers


@pytest.fixture(scope="module")
def copies():
    """Twenty copies of one photograph, as re-uploads differ: saved anew and cut by some pixels."""
    picture = photographs()[1]
    width, height = picture.size
    return [
        entry_features(plane(jpeg(picture.crop((i, 0, width - i, height - i)), 40 + 2 * i))).to_bytes()
        for i in range(20)
    ]


def test_copies_in_the_index_do_not_weaken_each_others_votes(copies, corners):
    width, height = photographs()[1].size
    of = probe(plane(photographs()[1].crop((0, 0, round(0.6 * width), round(0.8 * height)))))
    others = [item for item in corners.items() if item[0] != 101]
    among = FeatureIndex.build([*enumerate(copies), *others]).candidates(of.local, limit=40)
    votes = {candidate.entry: candidate.votes for candidate in among if not candidate.mirrored}
    assert votes.keys() >= set(range(20))
    # Buckets are read to a bound, so the last of many copies gets fewer votes; a copy as the crowd's measure, a tenth.
    for i, share in ((0, 0.9), (10, 0.6), (19, 0.4)):
        alone = FeatureIndex.build([(i, copies[i]), *others]).candidates(of.local)[0]
        assert alone.entry == i
        assert votes[i] >= share * alone.votes


def test_votes_of_unrelated_pictures_stay_as_low_as_without_copies(copies, corners):
    others = [item for item in corners.items() if item[0] != 101]
    local = probe(plane(photographs()[1])).local
    found = FeatureIndex.build([*enumerate(copies), *others]).candidates(local, limit=40)
    assert all(candidate.entry < 20 for candidate in found[:20])


@pytest.mark.parametrize("mirror", [False, True])
def test_a_known_picture_is_named_once_as_it_was_turned(corners, mirror):
    picture = photographs()[0]
    of = probe(plane(ImageOps.mirror(picture) if mirror else picture))
    found = FeatureIndex.build(list(corners.items())).candidates(of.local)
    assert [(each.entry, each.mirrored) for each in found] == [(100, mirror)]


def test_hardly_any_picture_is_named_whose_corners_agree_on_no_place(corners):
    others = {i: FeatureIndex.build([item for item in corners.items() if item[0] != i]) for i in corners}
    named = [others[100 + i].candidates(probe(plane(each)).local) for i, each in enumerate(photographs())]
    assert sum(map(len, named)) <= 0.1 * len(corners) ** 2


def test_a_match_rests_on_a_region_when_too_few_corners_lie_elsewhere(stored, corners):
    canvas = Image.new("RGB", (900, 700), (120, 130, 140))
    canvas.paste(ImageOps.contain(photographs()[0], (400, 400)), (100, 100))
    of = probe(plane(canvas))
    index = FeatureIndex.build(list(corners.items()))
    candidate = next(c for c in index.candidates(of.local) if c.entry == 100)
    match = by_corners(of, candidate, corners[100], gates(stored[0])[""])
    assert match is not None
    assert rests_on(match, [match.where])
    assert not rests_on(match, [])
    assert not rests_on(match, [((0.6, 0.1), (0.9, 0.1), (0.9, 0.9), (0.6, 0.9))])
    left, right = (x for x, _ in match.where[:2])
    half = ((0.0, 0.0), ((left + right) / 2, 0.0), ((left + right) / 2, 1.0), (0.0, 1.0))
    assert not rests_on(match, [half])
    other_half = (((left + right) / 2, 0.0), (1.0, 0.0), (1.0, 1.0), ((left + right) / 2, 1.0))
    assert rests_on(match, [half, other_half])


def test_a_match_by_hash_rests_on_regions_that_cover_its_area():
    match = matched(photographs()[0], photographs()[0])
    cover = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.9), (0.0, 0.9))
    assert rests_on(match, [cover])
    assert rests_on(match, [cover[::-1]])
    assert not rests_on(match, [((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5))])


def test_a_variant_knows_its_name():
    assert Variant(Kind.TRIMMED, bytes(32), 1, Box(0.1, 0, 1, 0.75)).name == "trimmed@0.1000,0.0000,1.0000,0.7500"
