"""The bytes of frames come back as they went in, and the same frames are left out as hygiene leaves out pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ischia.core.signals import Signal
from ischia.core.signals.frames import FRAME, MOST_FRAMES, pack, row_ids, unpack, worth_searching
from ischia.core.signals.hygiene import junk


def test_frames_come_back_as_they_were_packed() -> None:
    random = np.random.default_rng(1)
    when, values = np.array([0, 250, 2**32 - 1], np.uint32), random.integers(0, 256, (3, 32), np.uint8)
    data = pack(when, values, np.array([0, 50, 100], np.uint8))
    assert len(data) == 3 * 37
    assert data[:4] == bytes(4)
    assert data[4:36] == values[0].tobytes()
    frames = unpack(data)
    assert frames["milliseconds"].tolist() == [0, 250, 2**32 - 1]
    assert np.array_equal(frames["pdq"], values)
    assert frames["quality"].tolist() == [0, 50, 100]
    assert len(unpack(b"")) == 0


@pytest.mark.parametrize("length", [1, 36, 38, 37 * (MOST_FRAMES + 1)])
def test_what_is_no_whole_frames_or_too_many_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=r"37 bytes each|at most 65536 frames"):
        unpack(bytes(length))


def test_the_last_frame_of_a_signal_comes_before_the_first_of_the_next() -> None:
    assert row_ids(7, MOST_FRAMES)[-1] + 1 == row_ids(8, 1)[0] == 8 << 16


@given(seed=st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_a_frame_is_left_out_exactly_if_hygiene_calls_its_hash_junk(seed: int) -> None:
    random = np.random.default_rng(seed)
    frames = np.empty(40, FRAME)
    frames["quality"] = random.integers(40, 60, 40)
    shares = random.choice([0.0, 0.38, 0.4, 0.5, 0.6, 0.62, 1.0], 40)
    bits = random.random((40, 16, 16)) < shares[:, None, None]
    line = random.random(16) < 0.5
    # Stripes along and across with a little noise: regular, though half of their bits are ones.
    bits[:10] = line[None, None, :] ^ (random.random((10, 16, 16)) < random.random((10, 1, 1)) * 0.2)
    bits[5:10] = bits[5:10].transpose(0, 2, 1)
    frames["pdq"] = np.packbits(bits.reshape(40, 256), axis=1)
    wanted = [not junk(Signal("pdq", 1, each["pdq"].tobytes().hex(), int(each["quality"]))) for each in frames]
    assert worth_searching(frames).tolist() == wanted
