"""The media type of a file by its first bytes; names and declared types are never trusted."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final, Literal

HEAD: Final = 1024
"""The number of bytes that `sniff` wants to see; with fewer it knows fewer types (tar and MPEG transport streams)."""

Family = Literal["image", "video", "audio", "pdf", "archive", "playlist", "other"]

_BOX: Final = rb"(\0.{3}(moov|wide|pnot|skip|free)|[\0-\x0f].{3}mdat)"

_PATTERNS: Final = tuple(
    (re.compile(pattern, re.DOTALL), media_type)
    for pattern, media_type in (
        (rb"\xff\xd8\xff", "image/jpeg"),
        (rb"\x89PNG\r\n\x1a\n", "image/png"),
        (rb"GIF8[79]a", "image/gif"),
        (rb"RIFF.{4}WEBPVP8[ LX]", "image/webp"),
        (rb".{4}ftyp(avif|avis)", "image/avif"),
        (rb".{4}ftyp(mif1|miaf).{4}(.{4}){0,11}?avif", "image/avif"),
        (rb".{4}ftyp(heic|heix|hevc|heim|heis|mif1|msf1)", "image/heic"),
        (rb"(II\*\0|MM\0\*|II\+\0|MM\0\+)", "image/tiff"),
        (rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0", "image/bmp"),
        (rb"(\0\0\0\x0cJXL \r\n\x87\n|\xff\x0a)", "image/jxl"),
        (rb"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
        (rb"\0\0\x01\0[\x01-\xff]\0", "image/x-icon"),
        (rb"8BPS\0\x01", "image/vnd.adobe.photoshop"),
        (rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]{0,200}>\s*)?(<!--.{0,300}?-->\s*)?<svg[\s>]", "image/svg+xml"),
        (rb".{4}ftypqt  ", "video/quicktime"),
        (rb".{4}ftyp(M4A |M4B )", "audio/mp4"),
        (rb".{4}ftyp(3gp|3g2)", "video/3gpp"),
        (rb".{4}ftyp", "video/mp4"),
        (_BOX, "video/quicktime"),
        (rb"\x1aE\xdf\xa3.{0,40}webm", "video/webm"),
        (rb"\x1aE\xdf\xa3", "video/x-matroska"),
        (rb"RIFF.{4}AVI ", "video/x-msvideo"),
        (rb"\0\0\x01[\xba\xb3]", "video/mpeg"),
        (rb"(G.{187}){2}G", "video/mp2t"),
        (rb".{4}G(.{191}G){2}", "video/mp2t"),
        (rb"FLV\x01", "video/x-flv"),
        (rb"0&\xb2u\x8ef\xcf\x11", "video/x-ms-asf"),
        (rb"OggS", "audio/ogg"),
        (rb"(RIFF|RF64).{4}WAVE", "audio/wav"),
        (rb"fLaC", "audio/flac"),
        (rb"FORM.{4}AIF[FC]", "audio/aiff"),
        (rb"(ID3[\x02-\x04]|\xff[\xfb\xf3\xf2\xfa])", "audio/mpeg"),
        (rb"\xff[\xf1\xf9]", "audio/aac"),
        (rb"#!AMR", "audio/amr"),
        (rb"(\xef\xbb\xbf)?\s*%PDF-", "application/pdf"),
        (rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument", "application/vnd.oasis.opendocument"),
        (rb"PK\x03\x04.{26}(\[Content_Types\]\.xml|_rels/)", "application/vnd.openxmlformats-officedocument"),
        (rb"PK(\x03\x04|\x05\x06|\x07\x08)", "application/zip"),
        (rb".{257}ustar[\0 ]", "application/x-tar"),
        (rb"\x1f\x8b\x08", "application/gzip"),
        (rb"BZh[1-9](1AY&SY|\x17rE8P\x90)", "application/x-bzip2"),
        (rb"\xfd7zXZ\0", "application/x-xz"),
        (rb"Rar!\x1a\x07", "application/vnd.rar"),
        (rb"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        (rb"\x28\xb5\x2f\xfd", "application/zstd"),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (rb"\{\\rtf", "application/rtf"),
        (rb"(\xef\xbb\xbf)?\s*#EXTM3U", "application/vnd.apple.mpegurl"),
        (rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]{0,200}>\s*)?(<!--.{0,300}?-->\s*)?<MPD[\s>]", "application/dash+xml"),
        (rb"(\xef\xbb\xbf)?\s*\[playlist\]", "audio/x-scpls"),
        (rb"(\xef\xbb\xbf)?\s*ffconcat version", "text/x-ffconcat"),
    )
)

_ARCHIVES: Final = frozenset(
    {
        "application/zip",
        "application/vnd.oasis.opendocument",
        "application/vnd.openxmlformats-officedocument",
        "application/x-tar",
        "application/gzip",
        "application/x-bzip2",
        "application/x-xz",
    }
)
_PLAYLISTS: Final = frozenset(
    {"application/vnd.apple.mpegurl", "application/dash+xml", "audio/x-scpls", "text/x-ffconcat"}
)


_OGG_PAGE: Final = struct.Struct("<4sBB20xB")
_OGG_FIRST: Final = 2
"""The flag of a page with which a track begins; the first pages of all tracks stand at the beginning of the file."""

_OGG_FILMS: Final = (b"\x80theora", b"OVP80", b"\x01video\0", b"BBCD\0")


def sniff(head: bytes) -> str | None:
    """Return the media type that the first `HEAD` bytes of a file announce, None when they announce none we know."""
    window = head[:HEAD]
    found = next((media_type for pattern, media_type in _PATTERNS if pattern.match(window)), None)
    return "video/ogg" if found == "audio/ogg" and any(map(_begins_a_film, _ogg_tracks(window))) else found


def _ogg_tracks(window: bytes) -> Iterator[bytes]:
    """Yield how the tracks of an Ogg file begin, as far as they can be seen (RFC 3533, section 6)."""
    at = 0
    while at + _OGG_PAGE.size <= len(window):
        magic, _, flags, count = _OGG_PAGE.unpack_from(window, at)
        if magic != b"OggS" or not flags & _OGG_FIRST:
            return
        content = at + _OGG_PAGE.size + count
        at = content + sum(window[at + _OGG_PAGE.size : content])
        yield window[content:at]


def _begins_a_film(track: bytes) -> bool:
    return track.startswith(_OGG_FILMS)


def family(media_type: str | None) -> Family:
    """Return who looks into files of a media type: a work of the cage, or nobody.

    A `playlist` names other files and holds nothing itself, so nobody opens it. `other` is everything unknown, and
    what is known and not opened (RAR, 7z, old office files).
    """
    if media_type is None:
        return "other"
    if media_type in _PLAYLISTS:
        return "playlist"
    if media_type in _ARCHIVES:
        return "archive"
    if media_type == "application/pdf":
        return "pdf"
    first = media_type.partition("/")[0]
    return first if first in ("image", "video", "audio") else "other"  # type: ignore[return-value]
