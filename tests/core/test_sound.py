"""Chromaprint and what is found with it: known sounds that come back cut, quieter or under other sound."""

from __future__ import annotations

import subprocess
from itertools import pairwise

import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ischia.core.signals import SignalError, get
from ischia.core.sound import (
    HOP,
    RATE,
    SPAN,
    Printer,
    Samples,
    Sound,
    SoundIndex,
    SoundMatch,
    Span,
    compare,
    fingerprint,
    telling,
)
from tests.core.sounds import heard, level, melody, noise, under

BANK = 40
SWEEP = level(np.sin(np.arange(RATE * 20.0) ** 2 * 1e-6), 0.5)
TONE = level(np.sin(np.arange(RATE * 10.0) * 0.25), 0.5)


def reference(samples: Samples) -> np.ndarray:
    """The words that the reference library makes of our samples."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-f",
        "s16le",
        "-ar",
        str(RATE),
        "-ac",
        "1",
        "-i",
        "pipe:0",
    ]
    command += ["-f", "chromaprint", "-fp_format", "raw", "-"]
    result = subprocess.run(command, input=samples.tobytes(), capture_output=True, check=True)
    return np.frombuffer(result.stdout, "<u4")


@pytest.fixture(scope="module")
def bank() -> dict[int, Sound]:
    return {100 + n: heard(melody(n, 30)) for n in range(BANK)}


@pytest.fixture(scope="module")
def index(bank: dict[int, Sound]) -> SoundIndex:
    return SoundIndex.build([(entry, sound.data) for entry, sound in bank.items()])


def found(probe: Sound, index: SoundIndex, bank: dict[int, Sound]) -> dict[int, SoundMatch]:
    matches = ((c.entry, compare(probe, bank[c.entry], c.offset, c.pace)) for c in index.candidates(probe))
    return {entry: match for entry, match in matches if match}


def cut(samples: Samples, start: float, end: float) -> Samples:
    return samples[int(start * RATE) : int(end * RATE)]


@pytest.mark.parametrize(
    "samples",
    [
        pytest.param(melody(1, 40), id="melody"),
        pytest.param(noise(1, 20), id="noise"),
        pytest.param(under(melody(2, 20), noise(2, 20), 0), id="melody in noise"),
        pytest.param(level(melody(3, 20).astype(float), 0.002), id="hardly anything"),
        pytest.param(SWEEP, id="sweep"),
        pytest.param(TONE, id="tone"),
        pytest.param(np.zeros(RATE * 10, np.int16), id="silence"),
        pytest.param(np.full(RATE * 10, -32_768, np.int16), id="the lowest sample"),
    ],
)
def test_the_words_are_those_of_the_reference_library(samples: Samples) -> None:
    ours, theirs = fingerprint(samples), reference(samples)
    assert len(ours) == len(theirs) == (len(samples) - SPAN) // HOP + 1
    assert np.bitwise_count(ours ^ theirs).sum() <= len(ours) * 32 / 10_000


def test_a_sound_shorter_than_what_one_word_looks_at_has_none() -> None:
    assert len(fingerprint(noise(1, 10)[: SPAN - 1])) == 0
    assert len(fingerprint(noise(1, 10)[:SPAN])) == 1
    assert len(fingerprint(np.empty(0, np.int16))) == 0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 12 * RATE), max_size=6))
def test_a_sound_in_pieces_has_the_words_of_the_whole(cuts: list[int]) -> None:
    whole = melody(4, 12)
    printer = Printer()
    marks = [0, *sorted(cuts), len(whole)]
    for start, end in pairwise(marks):
        printer.add(whole[start:end])
    sound = printer.sound()
    assert sound.milliseconds == 12_000
    assert np.array_equal(sound.words, fingerprint(whole))


def test_a_sound_is_read_back_from_its_bytes() -> None:
    sound = heard(melody(1, 10))
    again = Sound.of(sound.data)
    assert (again.milliseconds, again.words.tolist()) == (sound.milliseconds, sound.words.tolist())
    assert len(sound.data) == 4 + 4 * len(sound.words)
    signal = sound.signal()
    assert (signal.algorithm, signal.data, signal.quality) == ("sound", sound.data, len(sound.words))
    assert get("sound").parse(signal.value) == signal.value


@pytest.mark.parametrize("data", [b"", b"abc", b"abcde"])
def test_bytes_that_are_no_sound_are_refused(data: bytes) -> None:
    with pytest.raises(SignalError, match="no fingerprint"):
        Sound.of(data)


@pytest.mark.parametrize("samples", [np.zeros(RATE * 10, np.int16), TONE], ids=["silence", "tone"])
def test_silence_and_a_lasting_tone_say_nothing(samples: Samples) -> None:
    assert not heard(samples).counts.any()


def test_only_the_still_part_of_a_sound_says_nothing() -> None:
    samples = np.concatenate([melody(1, 10), np.zeros(10 * RATE, np.int16), melody(2, 10)])
    counts = heard(samples).counts
    assert counts[:50].all()
    assert counts[-50:].all()
    assert 40 <= (~counts).sum() <= 90
    assert telling(np.empty(0, np.uint32)).shape == (0,)


def test_silence_finds_nothing(index: SoundIndex) -> None:
    assert index.candidates(heard(np.zeros(RATE * 20, np.int16))) == []
    assert index.candidates(Sound(0, np.empty(0, np.uint32))) == []


def test_silent_entries_are_found_by_nothing() -> None:
    silent = heard(np.zeros(RATE * 20, np.int16))
    index = SoundIndex.build([(1, silent.data), (2, Sound(0, silent.words[:0]).data)])
    assert index.candidates(silent) == []
    assert index.candidates(heard(melody(1, 10))) == []
    assert compare(silent, silent) is None


def test_an_empty_index_finds_nothing() -> None:
    assert SoundIndex.build([]).candidates(heard(melody(1, 10))) == []


@pytest.mark.parametrize("start", [0.0, 3.77, 11.1, 19.9])
def test_ten_seconds_from_anywhere_are_found_with_their_place(
    start: float, index: SoundIndex, bank: dict[int, Sound]
) -> None:
    matches = found(heard(cut(melody(7, 30), start, start + 10)), index, bank)
    assert set(matches) == {107}
    (span,) = matches[107].spans
    assert span.start <= 0.3
    assert span.end >= 9.7
    assert abs(span.entry_start - span.start - start) < 0.2
    assert matches[107].of_probe > 0.95
    assert 0.3 < matches[107].of_entry < 0.36
    assert matches[107].bit_error < 0.12


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda s: (s // 4).astype(np.int16), id="quiet"),
        pytest.param(lambda s: (s.astype(np.int32) * 4).clip(-32_768, 32_767).astype(np.int16), id="clipped"),
        pytest.param(lambda s: under(s, noise(9, 12), -6), id="in noise"),
        pytest.param(lambda s: under(s, melody(900, 12), -6), id="under music"),
        pytest.param(lambda s: np.convolve(s, [0.25, 0.5, 0.25], "same").astype(np.int16), id="muffled"),
    ],
)
def test_twelve_seconds_are_found_though(edit, index: SoundIndex, bank: dict[int, Sound]) -> None:
    missed = [
        n for n in range(10) if set(found(heard(edit(cut(melody(n, 30), 5.05, 17.05))), index, bank)) != {100 + n}
    ]
    assert len(missed) <= 1


def test_twenty_five_seconds_are_found_under_equally_loud_music(index: SoundIndex, bank: dict[int, Sound]) -> None:
    hits = [
        set(found(heard(under(melody(n, 30)[: 25 * RATE], melody(900 + n, 25), 0)), index, bank)) for n in range(10)
    ]
    assert sum(hit == {100 + n} for n, hit in enumerate(hits)) >= 7


def test_unrelated_melodies_do_not_match(index: SoundIndex, bank: dict[int, Sound]) -> None:
    assert [found(heard(melody(seed, 20)), index, bank) for seed in range(500, 520)] == [{}] * 20


def test_excerpts_of_several_entries_are_found_in_one_sound(index: SoundIndex, bank: dict[int, Sound]) -> None:
    parts = [melody(800, 20), cut(melody(3, 30), 2, 14), melody(801, 9), cut(melody(5, 30), 10, 21), melody(802, 15)]
    matches = found(heard(np.concatenate(parts)), index, bank)
    assert set(matches) == {103, 105}
    assert matches[103].spans[0].start == pytest.approx(20, abs=1.2)
    assert matches[103].spans[0].end == pytest.approx(32, abs=1.2)
    assert matches[105].spans[0].start == pytest.approx(41, abs=1.2)
    assert matches[105].spans[0].entry_start == pytest.approx(10, abs=1.2)


def test_pieces_in_another_order_are_one_match_of_several_spans(index: SoundIndex, bank: dict[int, Sound]) -> None:
    track = melody(11, 30)
    probe = heard(np.concatenate([cut(track, 20, 29), cut(track, 2, 12), cut(track, 12.5, 19)]))
    match = found(probe, index, bank)[111]
    assert len(match.spans) >= 2
    assert match.of_probe > 0.85
    assert match.spans[0].entry_start == pytest.approx(20, abs=0.5)
    assert all(a.end <= b.start for a, b in pairwise(match.spans))


def test_the_best_candidate_comes_first_and_the_limit_holds(index: SoundIndex) -> None:
    probe = heard(np.concatenate([cut(melody(n, 30), 5, 15 + n) for n in range(5)]))
    everything = index.candidates(probe)
    assert [c.votes for c in everything] == sorted((c.votes for c in everything), reverse=True)
    assert {100 + n for n in range(5)} <= {c.entry for c in everything}
    assert index.candidates(probe, limit=2) == everything[:2]


def test_an_index_of_read_only_arrays_finds_the_same(index: SoundIndex) -> None:
    arrays = {name: np.frombuffer(array.tobytes(), array.dtype) for name, array in index.arrays().items()}
    probe = heard(cut(melody(7, 30), 5, 15))
    assert SoundIndex.of_arrays(arrays).candidates(probe.data) == index.candidates(probe.data) != []


def test_a_refrain_that_hundreds_share_does_not_hide_what_one_has() -> None:
    refrain = melody(70, 10)
    tracks = [np.concatenate([refrain, melody(2_000 + n, 6)]) for n in range(60)]
    sounds = dict(enumerate([*map(heard, tracks), heard(np.concatenate([refrain, melody(71, 15)]))]))
    index = SoundIndex.build([(entry, sound.data) for entry, sound in sounds.items()])
    probe = heard(np.concatenate([refrain, melody(71, 15)]))
    assert index.candidates(probe, limit=1)[0].entry == 60


def shared(*spans: tuple[float, float, float, float]) -> SoundMatch:
    return SoundMatch(tuple(Span(*span) for span in spans), 200, 0.1, 0.5, 0.25)


def test_protected_seconds_are_cut_out_of_a_match() -> None:
    left = shared((10, 30, 110, 130)).without([(15, 20)])
    assert left is not None
    assert left.spans == (Span(10, 15, 110, 115), Span(20, 30, 120, 130))
    assert (left.seconds, left.score, left.of_probe, left.of_entry) == (15, 150, 0.375, 0.1875)


@pytest.mark.parametrize(
    ("shields", "seconds"),
    [
        ([], 20),
        ([(0, 10)], 20),
        ([(30, 99)], 20),
        ([(0, 12), (28, 40)], 16),
        ([(10, 26.5)], 3.5),
        ([(10, 27.5)], None),
        ([(0, 100)], None),
        ([(12, 20, 5, 13), (18, 29, 0, 0)], 3),
    ],
)
def test_a_match_needs_three_seconds_of_its_own(shields, seconds: float | None) -> None:
    left = shared((10, 30, 110, 130)).without(shields)
    assert (left and left.seconds) == seconds


def test_a_match_that_rests_on_a_protected_recitation_is_none(bank: dict[int, Sound]) -> None:
    recitation, speech = melody(60, 12), melody(61, 12)
    entry = heard(np.concatenate([recitation, speech]))
    both = compare(heard(np.concatenate([recitation, speech])), entry)
    other = compare(heard(np.concatenate([melody(62, 8), recitation, melody(63, 8)])), entry)
    assert both is not None
    assert other is not None
    protected = heard(recitation)
    shields = compare(heard(np.concatenate([melody(62, 8), recitation, melody(63, 8)])), protected)
    assert shields is not None
    assert other.without(shields.spans) is None
    assert both.without([(0, 12)]) is not None
