"""What headers say about a picture before a decoder allocates anything for it."""

from __future__ import annotations

from typing import BinaryIO


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Return (width, height) of a WebP from its first 30 bytes, None when they are too few.

    Pillow's decoder allocates the canvas as soon as it opens the file, so this has to be known before.
    Google, "WebP Container Specification" and RFC 6386 section 9.1.
    """
    if len(head) < 30:
        return None
    kind = head[12:16]
    if kind == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF


def gif_frames(file: BinaryIO, most: int) -> int:
    """Return the number of frames of a GIF, at most `most + 1`, without decoding any; the file stands anywhere after.

    Skips from block to block (GIF89a specification, appendix A), so a cut file counts the frames that it begins.
    """
    file.seek(10)
    _skip_colours(file, _byte(file))
    file.seek(2, 1)
    frames = 0
    while frames <= most:
        kind = _byte(file)
        if kind == 0x2C:
            frames += 1
            file.seek(8, 1)
            _skip_colours(file, _byte(file))
        elif kind != 0x21:
            break
        file.seek(1, 1)
        _skip_blocks(file)
    return frames


def _byte(file: BinaryIO) -> int:
    read = file.read(1)
    return read[0] if read else 0


def _skip_colours(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        file.seek(3 << ((flags & 7) + 1), 1)


def _skip_blocks(file: BinaryIO) -> None:
    while size := _byte(file):
        file.seek(size, 1)
