"""Signals of any file, and what its first bytes announce."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ischia.core.media import FORMATS, family, file_signals, sniff
from ischia.core.signals import TYPES
from tests.core.signals_pictures import photographs
from tests.documents import compressed, document, open_document, tarred


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 3_000_000])
def test_a_file_is_hashed_whole_whatever_its_size(size: int, tmp_path: Path) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    path = tmp_path / "file"
    path.write_bytes(content[:size])
    sha256, md5 = file_signals(path)
    assert (sha256.algorithm, sha256.value) == ("sha256", hashlib.sha256(content[:size]).hexdigest())
    assert (md5.algorithm, md5.value) == ("md5", hashlib.md5(content[:size], usedforsecurity=False).hexdigest())


def test_signals_of_a_file_are_canonical_values_of_their_types(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    for signal in file_signals(path):
        assert TYPES[signal.algorithm].parse(signal.value) == signal.value


def test_a_file_that_is_not_there_is_an_error_of_the_file_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        file_signals(tmp_path / "absent")


@pytest.mark.parametrize(("media_type", "kind"), FORMATS.items())
def test_every_decoded_format_is_recognised_by_its_bytes(media_type: str, kind: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (20, 20)).save(out, kind)
    assert sniff(out.getvalue()[:64]) == media_type


def ogg(*tracks: bytes, first: bool = True) -> bytes:
    """The pages with which the tracks of an Ogg file begin."""
    return b"".join(
        b"OggS\0"
        + bytes([2 if first else 0])
        + bytes(20)
        + bytes([-(-(len(track) + 1) // 255)])
        + b"\xff" * (len(track) // 255)
        + bytes([len(track) % 255])
        + track
        for track in tracks
    )


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", "video/mp4"),
        (b"\0\0\0\x20ftypM4A \0\0\2\0", "audio/mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\2\0", "video/quicktime"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "image/avif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "image/heic"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm", "video/webm"),
        (b"ID3\x04\0\0", "audio/mpeg"),
        (b"OggS\0\2", "audio/ogg"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
        (b"MM\0*\0\0\0\x08", "image/tiff"),
        (b"G" + bytes(187) + b"G" + bytes(187) + b"G", "video/mp2t"),
        (bytes(4) + b"G" + bytes(191) + b"G" + bytes(191) + b"G", "video/mp2t"),
        (ogg(b"\x80theora"), "video/ogg"),
        (ogg(b"fishead\0" + bytes(56), b"\x01vorbis" + bytes(23), b"OVP80\x01" + bytes(20)), "video/ogg"),
        (ogg(b"OpusHead" + bytes(300), b"\x01video\0\0\0"), "video/ogg"),
        (ogg(b"OpusHead" + bytes(11), first=False) + ogg(b"\x80theora"), "audio/ogg"),
        (ogg(b"\x01vorbis \x80theora"), "audio/ogg"),
        (b"\0\0\0\x08wide\0\0\1\0mdat", "video/quicktime"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
        (b"\x7f\x7f\x7f\x7ffree words", None),
        (tarred({"a": b"b"}), "application/x-tar"),
        (compressed(b"a", "gz"), "application/gzip"),
        (compressed(b"a", "bz2"), "application/x-bzip2"),
        (compressed(b"", "bz2"), "application/x-bzip2"),
        (compressed(b"a", "xz"), "application/x-xz"),
        (document(["a"]), "application/vnd.openxmlformats-officedocument"),
        (open_document(["a"]), "application/vnd.oasis.opendocument"),
        (b"\xef\xbb\xbf#EXTM3U\n", "application/vnd.apple.mpegurl"),
        (b'<?xml version="1.0"?>\n<MPD xmlns="x">', "application/dash+xml"),
        (b"ffconcat version 1.0", "text/x-ffconcat"),
        (b"[playlist]\n", "audio/x-scpls"),
        (b'<?xml version="1.0"?><!-- a --><svg>', "image/svg+xml"),
        (b"", None),
        (b"plain words", None),
        (b"RIFF\0\0\0\0JUNK", None),
    ],
)
def test_the_first_bytes_announce_the_media_type(head: bytes, media_type: str | None) -> None:
    assert sniff(head) == media_type


@pytest.mark.parametrize(
    ("media_type", "looked_into_as"),
    [
        ("image/heic", "image"),
        ("video/mp2t", "video"),
        ("audio/ogg", "audio"),
        ("application/pdf", "pdf"),
        ("application/x-tar", "archive"),
        ("application/vnd.oasis.opendocument", "archive"),
        ("application/vnd.apple.mpegurl", "playlist"),
        ("audio/x-scpls", "playlist"),
        ("application/vnd.rar", "other"),
        (None, "other"),
    ],
)
def test_a_media_type_says_who_looks_into_the_file(media_type: str | None, looked_into_as: str) -> None:
    assert family(media_type) == looked_into_as


def test_a_name_says_nothing() -> None:
    head = (photographs() / "chelsea.png").read_bytes()[:64]
    assert sniff(head) == "image/png"


@given(st.binary(max_size=200))
def test_any_bytes_can_be_sniffed(head: bytes) -> None:
    found = sniff(head)
    assert found is None or "/" in found
