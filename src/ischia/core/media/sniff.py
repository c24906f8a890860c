"""The media type of a file by its first bytes; names and declared types are never trusted."""

from __future__ import annotations

import re
from typing import Final

HEAD: Final = 64
"""The number of bytes that `sniff` needs to see."""

_PATTERNS: Final = tuple(
    (re.compile(pattern, re.DOTALL), media_type)
    for pattern, media_type in (
        (rb"\xff\xd8\xff", "image/jpeg"),
        (rb"\x89PNG\r\n\x1a\n", "image/png"),
        (rb"GIF8[79]a", "image/gif"),
        (rb"RIFF.{4}WEBPVP8[ LX]", "image/webp"),
        (rb".{4}ftyp(avif|avis)", "image/avif"),
        (rb".{4}ftyp(mif1|miaf).{4}(.{4})*?avif", "image/avif"),
        (rb".{4}ftyp(heic|heix|hevc|heim|heis|mif1|msf1)", "image/heic"),
        (rb"(II\*\0|MM\0\*|II\+\0|MM\0\+)", "image/tiff"),
        (rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0", "image/bmp"),
        (rb"(\0\0\0\x0cJXL \r\n\x87\n|\xff\x0a)", "image/jxl"),
        (rb"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
        (rb"\0\0\x01\0[\x01-\xff]\0", "image/x-icon"),
        (rb"8BPS\0\x01", "image/vnd.adobe.photoshop"),
        (rb".{4}ftypqt  ", "video/quicktime"),
        (rb".{4}ftyp(M4A |M4B )", "audio/mp4"),
        (rb".{4}ftyp(3gp|3g2)", "video/3gpp"),
        (rb".{4}ftyp", "video/mp4"),
        (rb"\x1aE\xdf\xa3.{0,40}webm", "video/webm"),
        (rb"\x1aE\xdf\xa3", "video/x-matroska"),
        (rb"RIFF.{4}AVI ", "video/x-msvideo"),
        (rb"\0\0\x01[\xba\xb3]", "video/mpeg"),
        (rb"FLV\x01", "video/x-flv"),
        (rb"RIFF.{4}WAVE", "audio/wav"),
        (rb"OggS", "audio/ogg"),
        (rb"fLaC", "audio/flac"),
        (rb"(ID3[\x02-\x04]|\xff[\xfb\xf3\xf2\xfa])", "audio/mpeg"),
        (rb"\xff[\xf1\xf9]", "audio/aac"),
        (rb"#!AMR", "audio/amr"),
        (rb"%PDF-", "application/pdf"),
        (rb"PK(\x03\x04|\x05\x06|\x07\x08)", "application/zip"),
        (rb"Rar!\x1a\x07", "application/vnd.rar"),
        (rb"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        (rb"\x1f\x8b\x08", "application/gzip"),
    )
)


def sniff(head: bytes) -> str | None:
    """Return the media type that the first 64 bytes of a file announce, None when they announce none we know."""
    window = head[:HEAD]
    return next((media_type for pattern, media_type in _PATTERNS if pattern.match(window)), None)
