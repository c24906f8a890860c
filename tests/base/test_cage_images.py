from __future__ import annotations

import io
import random
import struct
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from ischia.base.cage import Cage, Undecodable
from ischia.base.cage.answers import REASONS
from ischia.core.media import FORMATS
from tests.base.numba_cache import numba_cache

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    cage = Cage(cache=numba_cache(), size=2)
    cage.start()
    yield cage
    cage.stop()


def picture(width: int = 256, height: int = 192) -> Image.Image:
    rough = Image.frombytes("RGB", (8, 6), random.Random(7).randbytes(8 * 6 * 3))
    return rough.resize((width, height), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, file_format: str) -> bytes:
    out = io.BytesIO()
    image.save(out, file_format)
    return out.getvalue()


def outcome(cage: Cage, path: Path, content: bytes) -> str:
    path.write_bytes(content)
    try:
        return cage.image(path).format
    except Undecodable as error:
        return error.reason


@pytest.mark.parametrize("file_format", sorted(FORMATS.values()))
def test_every_format_is_decoded_in_confinement(cage: Cage, tmp_path: Path, file_format: str) -> None:
    path = tmp_path / "picture"
    path.write_bytes(encoded(picture(), file_format))
    result = cage.image(path, thumbnail=True)
    assert (result.width, result.height, result.format) == (256, 192, file_format)
    assert [signal.algorithm for signal in result.signals] == ["pdq"]
    assert result.thumbnail is not None
    assert Image.open(io.BytesIO(result.thumbnail)).size == (256, 192)


def test_a_caged_answer_is_that_of_the_core(cage: Cage, tmp_path: Path) -> None:
    from ischia.core.media import ImageLimits, image_signals

    path = tmp_path / "picture"
    path.write_bytes(encoded(picture(), "JPEG"))
    assert cage.image(path).signals == (image_signals(path, ImageLimits()).pdq,)


def png_bomb() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(4_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def webp_bomb() -> bytes:
    body = b"VP8L" + struct.pack("<I", 5) + b"\x2f" + struct.pack("<I", 16382 | 16382 << 14)
    return b"RIFF" + struct.pack("<I", len(body) + 40) + b"WEBP" + body + bytes(40)


def gif_bomb() -> bytes:
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0)
        + bytes(6)
        + b"\x2c"
        + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0)
        + b"\x02\x02\x4c\x01\x00\x3b"
    )


def tiff_bomb() -> bytes:
    tags = [(256, 4, 1, 200_000), (257, 4, 1, 200_000), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    tags += [(273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, 200_000), (279, 4, 1, 4)]
    directory = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + directory + bytes(4)


@pytest.mark.parametrize("bomb", [png_bomb, webp_bomb, gif_bomb, tiff_bomb])
def test_a_decompression_bomb_is_refused_by_its_size(cage: Cage, tmp_path: Path, bomb: object) -> None:
    assert callable(bomb)
    assert outcome(cage, tmp_path / "bomb", bomb()) == "too_many_pixels"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff", "decoder_error"),
        (b"not a picture at all", "not_an_image"),
        (bytes(100_000), "not_an_image"),
    ],
)
def test_what_is_no_picture_has_a_reason(cage: Cage, tmp_path: Path, content: bytes, reason: str) -> None:
    assert outcome(cage, tmp_path / "file", content) == reason


def test_a_picture_that_is_cut_off_has_a_reason(cage: Cage, tmp_path: Path) -> None:
    whole = encoded(picture(), "PNG")
    assert outcome(cage, tmp_path / "file", whole[: len(whole) // 2]) == "truncated"


def mutants(count: int) -> Iterator[bytes]:
    """Real pictures with bytes flipped, runs removed and repeated; the same ones every time."""
    chance = random.Random(20171019)
    seeds = [encoded(picture(64, 48), file_format) for file_format in FORMATS.values()]
    for number in range(count):
        content = bytearray(seeds[number % len(seeds)])
        for _ in range(chance.choice((1, 1, 2, 5, 20))):
            at = chance.randrange(len(content))
            match chance.randrange(4):
                case 0:
                    content[at] ^= 1 << chance.randrange(8)
                case 1:
                    content[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
                case 2:
                    del content[at : at + chance.randrange(1, 64)]
                case _:
                    content[at:at] = content[at : at + chance.randrange(1, 64)]
            if not content:
                content = bytearray(b"\0")
        yield bytes(content)


def test_a_thousand_damaged_pictures_all_end_in_an_answer(cage: Cage, tmp_path: Path) -> None:
    answers: Counter[str] = Counter()
    lock = threading.Lock()

    def judge(numbered: tuple[int, bytes]) -> None:
        number, content = numbered
        answer = outcome(cage, tmp_path / f"{number}", content)
        with lock:
            answers[answer] += 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(judge, enumerate(mutants(1000))))
    assert sum(answers.values()) == 1000
    assert set(answers) <= REASONS | set(FORMATS.values())
    assert answers["timeout"] == answers["garbled"] == 0
    assert sum(answers[name] for name in FORMATS.values()) >= 100
    assert cage.alive() == 2
