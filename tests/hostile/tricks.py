"""Attacks that understand the format: bombs, loops, files that name other files, sizes that cannot be."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zlib
from pathlib import Path

from PIL import Image

from tests import documents
from tests.documents import LAUNCH, SCRIPT, pdf, pdf_of, stream, zipped
from tests.hostile import seeds

Trick = tuple[str, str, bytes]


def every(canary: Path) -> list[Trick]:
    """Return all tricks as (kind, how, content); those that name another file name `canary`."""
    return [*_images(), *of_recordings(canary), *_pdfs(str(canary)), *_archives()]


def of_recordings(canary: Path) -> list[Trick]:
    """Return the tricks that a decoder of sound or film meets."""
    return [*_playlists(str(canary)), *_films(str(canary)), *_sounds()]


def _images() -> list[Trick]:
    frames = [Image.new("1", (1, 1), n % 2) for n in range(2)]
    many = io.BytesIO()
    frames[0].save(many, "GIF", save_all=True, append_images=[frames[n % 2] for n in range(9_999)], duration=10)
    made = {
        "10,000 frames of 1 x 1": many.getvalue(),
        "PNG of 30,000 x 30,000": _png(30_000, 30_000, bytes(4_000_000)),
        "PNG of 2,147,483,647 x 1": _png(2**31 - 1, 1, b""),
        "PNG with a compressed text bomb": _png(64, 64, bytes(64 * 193), text=bytes(40_000_000)),
        "GIF of 65,535 x 65,535": b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(6) + b"\x2c",
        "BMP with a negative height": b"BM"
        + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 64, -(2**31), 1, 24, *[0] * 6),
        "TIFF that names itself as the next page": _tiff_loop(),
        "SVG with entities": b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaa">]><svg>&a;</svg>',
    }
    return [("image", how, content) for how, content in made.items()]


def _png(width: int, height: int, pixels: bytes, text: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    extra = chunk(b"zTXt", b"k\0\0" + zlib.compress(text)) if text else b""
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(pixels, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _tiff_loop() -> bytes:
    tags = [
        (256, 4, 1, 64),
        (257, 4, 1, 64),
        (258, 3, 1, 8),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (278, 4, 1, 64),
        (279, 4, 1, 4096),
    ]
    directory = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + directory + struct.pack("<I", 8) + bytes(4096)


def _playlists(canary: str) -> list[Trick]:
    """Texts that a demuxer for anything would follow to other files."""
    hls = f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10,\n{canary}\n#EXT-X-ENDLIST\n"
    concat = f"#EXTM3U\n#EXTINF:1,\nconcat:http://127.0.0.1:9/|file://{canary}\n#EXT-X-ENDLIST\n"
    avi = b"RIFF" + struct.pack("<I", 5000) + b"AVI " + b"LIST" + struct.pack("<I", 500) + b"hdrl"
    good = seeds.of("video")
    made = {
        "HLS of a file": hls.encode(),
        "HLS of concat": concat.encode(),
        "HLS in AVI": avi + b"GAB2\0\2\0" + hls.encode() + bytes(600),
        "HLS before MP4": hls.encode() + good[0],
        "HLS after MP4": good[0] + hls.encode(),
        "HLS under an MP4's first bytes": good[0][:32] + hls.encode(),
        "concat script": f"ffconcat version 1.0\nfile {canary}\n".encode(),
        "concat script without a head": f"file '{canary}'\n".encode(),
        "DASH": f'<?xml version="1.0"?><MPD><BaseURL>file://{canary}</BaseURL></MPD>'.encode(),
        "PLS": f"[playlist]\nFile1={canary}\n".encode(),
        "SDP": b"v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
        "address": f"subfile,,start,0,end,9,,:{canary}".encode(),
        "HLS with subfile and crypto": hls.replace(canary, f"crypto+subfile,,start,0,end,9,,:{canary}").encode(),
    }
    return [("video", how, content) for how, content in made.items()]


def _films(canary: str) -> list[Trick]:
    good = dict(zip(("mp4", "mov", "mkv", "webm", "avi", "flv", "ts", "mpeg"), seeds.of("video"), strict=True))
    alias = _box(b"alis", b"\0\0\0\0" + _alias(canary))
    address = _box(b"url ", b"\0\0\0\0" + f"file://{canary}\0".encode())
    inside = _box(b"url ", b"\0\0\0\x01")
    made = {
        "a track in another file, by alias": _replaced(good["mov"], inside, alias),
        "a track in another file, by address": _replaced(good["mp4"], inside, address),
        "reference movie": _box(b"ftyp", b"qt  \0\0\0\0qt  ")
        + _box(b"moov", _box(b"rmra", _box(b"rmda", _rdrf(canary)))),
        "boxes 5,000 deep": _box(b"ftyp", b"isom\0\0\2\0isom") + _deep_boxes(5_000),
        "a box of 2**63 bytes": _box(b"ftyp", b"isom\0\0\2\0isom") + b"\0\0\0\1moov\x7f" + b"\xff" * 7,
        "a duration of centuries": _replaced_after(good["mp4"], b"mvhd", 16, b"\xff\xff\xff\xff"),
        "4,000,000,000 samples": _replaced_after(good["mp4"], b"stsz", 8, b"\xee\x6b\x28\0"),
        "4,000,000,000 chunks": _replaced_after(good["mov"], b"stco", 4, b"\xee\x6b\x28\0"),
        "pictures of 65,535 x 65,535": _replaced_after(good["mov"], b"avc1", 24, b"\xff\xff\xff\xff"),
        "a Matroska element without an end": good["mkv"][:60]
        + b"\x18\x53\x80\x67\x01"
        + b"\xff" * 7
        + good["mkv"][60:],
        "ten thousand FLV metadata": b"FLV\1\5\0\0\0\x09\0\0\0\0"
        + (b"\x12\0\0\1\0\0\0\0\0\0\0\x02\0\0\0\x0c" * 10_000),
        "a transport stream of empty tables": (b"G\x40\0\x10" + bytes(184)) * 20_000,
        "the same film 200 times": good["ts"] * 200,
        "an AVI whose frame rate is 4 billion": _replaced_after(good["avi"], b"strh", 24, b"\1\0\0\0\xff\xff\xff\xff"),
        "an AVI whose frame rate is nothing": _replaced_after(good["avi"], b"strh", 24, bytes(8)),
    }
    return [("video", how, content) for how, content in made.items()]


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def _deep_boxes(depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = _box(b"moov", content)
    return content


def _alias(canary: str) -> bytes:
    """A Macintosh alias: one level up from here and one down, and the absolute path."""
    path = canary.encode()
    path += b"\0" * (len(path) % 2)
    return bytes(130) + struct.pack(">HH", 1, 1) + bytes(16) + struct.pack(">HH", 2, len(path)) + path + b"\xff\xff\0\0"


def _rdrf(canary: str) -> bytes:
    path = f"file://{canary}".encode() + b"\0"
    return _box(b"rdrf", b"\0\0\0\0url " + struct.pack(">I", len(path)) + path)


def _replaced(content: bytes, old: bytes, new: bytes) -> bytes:
    """Put a box in the place of the first one like it, and let all boxes around it grow."""
    at = content.index(old)
    grown = bytearray(content)
    _grow(grown, 0, len(content), at, len(new) - len(old))
    return bytes(grown[:at] + new + grown[at + len(old) :])


def _grow(content: bytearray, begin: int, end: int, at: int, by: int) -> None:
    while begin + 8 <= end:
        size, kind = struct.unpack_from(">I4s", content, begin)
        if begin < at < begin + size:
            struct.pack_into(">I", content, begin, size + by)
            _grow(content, begin + (16 if kind == b"dref" else 8), begin + size, at, by)
        begin += max(8, size)


def _replaced_after(content: bytes, name: bytes, skip: int, new: bytes) -> bytes:
    at = content.index(name) + len(name) + skip
    return content[:at] + new + content[at + len(new) :]


def _sounds() -> list[Trick]:
    def wav(channels: int, rate: int, bits: int, size: int, code: int = 1) -> bytes:
        form = struct.pack(
            "<HHIIHH",
            code,
            channels,
            rate,
            rate * channels * bits // 8 & 0xFFFFFFFF,
            channels * bits // 8 & 0xFFFF,
            bits,
        )
        return (
            b"RIFF"
            + struct.pack("<I", 0xFFFFFFFF)
            + b"WAVEfmt "
            + struct.pack("<I", 16)
            + form
            + b"data"
            + struct.pack("<I", size)
            + bytes(20_000)
        )

    good = seeds.of("sound")
    made = {
        "no channels": wav(0, 8000, 16, 20_000),
        "65,535 channels": wav(65535, 8000, 16, 20_000),
        "255 channels at 384,000": wav(255, 384_000, 32, 20_000),
        "4 billion samples a second": wav(1, 2**32 - 1, 8, 20_000),
        "one sample a second": wav(1, 1, 8, 20_000),
        "no rate": wav(1, 0, 8, 20_000),
        "4 GB that are not there": wav(1, 8000, 16, 2**32 - 1),
        "a codec that is not allowed": wav(1, 8000, 16, 20_000, code=0x0161),
        "an ID3 tag of 256 MB": b"ID3\4\0\0\x7f\x7f\x7f\x7f" + good[1],
        "a hundred tags": b"ID3\4\0\0\0\0\0\x0a0123456789" * 100 + good[1],
        "an Ogg of headers only": good[3][:47] * 2_000,
        "a FLAC picture of 16 MB": b"fLaC\6\xff\xff\xff" + bytes(2_000) + good[2],
        "silence without an end": b"\xff\xfb\x90\x00" + bytes(413) * 2_000,
    }
    return [("sound", how, content) for how, content in made.items()]


def _pdfs(canary: str) -> list[Trick]:
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>"
    root = b"<< /Type /Catalog /Pages 2 0 R >>"
    pages = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 99 99] /Resources << /XObject << /X 5 0 R >> >>"
    good = pdf()
    made = {
        "JavaScript": pdf(catalog=SCRIPT),
        "launch": pdf(catalog=LAUNCH),
        "another file": pdf(catalog=f"/OpenAction << /S /GoToR /F ({canary}) /D [0 /Fit] >>".encode()),
        "a picture in another file": pdf_of(
            [
                root,
                pages,
                page,
                stream(b"/X Do"),
                f"<< /Type /XObject /Subtype /Image /Width 64 /Height 64 /ColorSpace /DeviceGray /BitsPerComponent 8 /F ({canary}) /Length 0 >>\nstream\n\nendstream".encode(),
            ]
        ),
        "a page of 10**30": pdf(box=b"0 0 1e30 1e30"),
        "a page of 1 x 10,000,000": pdf(box=b"0 0 1 10000000"),
        "a page without a box": pdf(box=b""),
        "pages in a circle": pdf_of([root, b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>"]),
        "a page that is its own parent": pdf_of([root, pages, b"<< /Type /Page /Parent 3 0 R >>"]),
        "two billion pages": pdf_of(
            [root, b"<< /Type /Pages /Count 2147483647 /Kids [3 0 R] >>", page, stream(b"q Q"), b"null"]
        ),
        "a table that leads to itself": pdf_of([root, pages, page, stream(b"q Q")], trailer=b"/Prev 9"),
        "a table that begins nowhere": good[: good.rindex(b"startxref")] + b"startxref\n999999999\n%%EOF",
        "a form that draws itself": pdf_of([root, pages, page, stream(b"/X Do"), stream(b"/X Do /X Do", form)]),
        "a length that leads to itself": pdf_of([root, pages, page, b"<< /Length 4 0 R >>\nstream\nq Q\nendstream"]),
        "brackets 100,000 deep": pdf_of([root, pages, page, stream(b"[" * 100_000)]),
        "brackets in the catalog": pdf(catalog=b"/A " + b"[" * 50_000 + b"]" * 50_000),
        "a million states": pdf_of([root, pages, page, stream(b"q " * 1_000_000)]),
        "ten thousand lines": pdf_of([root, pages, page, stream(b"0 0 m 99 99 l S\n" * 10_000)]),
        "a stream of 60 MB": pdf_of([root, pages, page, stream(bytes(60_000_000)), b"null"]),
        "a stream packed ten times": _packed_often(root, pages, page, 10),
        "a picture of 60,000 x 60,000": pdf(pixels=bytes(1000), size=(60_000, 60_000)),
        "a picture of 2 billion x 2 billion": pdf(pixels=bytes(1000), size=(2**31 - 1, 2**31 - 1)),
        "a file of 4 GB": pdf(attached={"a": b"x"}).replace(b"/Size 1 ", b"/Size 4294967295 "),
        "a thousand files": pdf(attached={str(n): b"x" for n in range(1000)}),
        "five thousand pages": pdf(pages=5_000),
        "a pattern of nothing": pdf_of([root, pages, page, stream(b"/Pattern cs /P scn 0 0 99 99 re f")]),
        "a long dash": pdf_of([root, pages, page, stream(b"[0.0000001] 0 d 0 0 m 99999999 99999999 l S")]),
    }
    return [("pdf", how, content) for how, content in made.items()]


def _packed_often(root: bytes, pages: bytes, page: bytes, times: int) -> bytes:
    data = bytes(30_000_000)
    for _ in range(times):
        data = zlib.compress(data, 9)
    how = b"/Filter [%s]" % (b"/FlateDecode " * times)
    return pdf_of([root, pages, page, stream(data, how, packed=False), b"null"])


def _archives() -> list[Trick]:
    leaf = zipped({"leaf": b"leaf"})
    laughs = (
        "<!DOCTYPE x ["
        '<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
        + "]><x><t>&i;</t></x>"
    )
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x><t>&a;</t></x>'
    made = {
        "zips 50 deep": documents.nested(leaf, 50),
        "gzip 50 deep": _gzipped(b"leaf", 50),
        "a bomb in one member": zipped({"bomb": bytes(70_000_000)}),
        "a bomb in many members": zipped({str(n): bytes(1_000_000) for n in range(140)}),
        "bombs in bombs": zipped({str(n): zipped({str(m): bytes(3_000_000) for m in range(8)}) for n in range(8)}),
        "overlapping members": documents.overlapping(20_000),
        "10,000 empty members": zipped({str(n): b"" for n in range(10_000)}),
        "a member that says it has 4 GB": _with_size(leaf, 0xFFFFFFFE),
        "a directory that begins nowhere": leaf[:-6] + b"\xff\xff\xff\x7f" + leaf[-2:],
        "65,535 members that are not there": leaf[:-14] + b"\xff\xff\xff\xff" + leaf[-10:],
        "gzip of zeros": gzip.compress(bytes(60_000_000)),
        "bzip2 of zeros": documents.compressed(bytes(20_000_000), "bz2"),
        "xz of zeros": documents.compressed(bytes(20_000_000), "xz"),
        "xz with a dictionary of 4 GB": _wide_xz(),
        "names that escape": zipped({"../" * 40 + "etc/passwd": b"x", "/etc/shadow": b"x", "C:\\x": b"x"}),
        "names of control characters": zipped({"\x1b[31m\r\n\u202e" + "x" * 60_000: b"x"}),
        "links in a tar": _links(),
        "a tar that is its own extension": _long_names(5_000),
        "a tar member of 8 EB": _tar_size(b"\x80" + bytes(3) + b"\x7f" + b"\xff" * 7),
        "a tar member of a negative size": _tar_size(b"\xff" * 12),
        "a thousand laughs": zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": laughs.encode()}),
        "an entity in another file": zipped(
            {"[Content_Types].xml": b"<Types/>", "word/document.xml": outside.encode()}
        ),
        "elements 300,000 deep": zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<t>" * 300_000}),
        "an attribute of 1 MB": zipped({"[Content_Types].xml": b'<a b="' + b"x" * 1_000_000 + b'"/>'}),
    }
    return [("archive", how, content) for how, content in made.items()]


def _gzipped(content: bytes, times: int) -> bytes:
    for _ in range(times):
        content = gzip.compress(content, mtime=0)
    return content


def _with_size(archive: bytes, size: int) -> bytes:
    at = archive.index(b"PK\1\2") + 24
    return archive[:at] + struct.pack("<I", size) + archive[at + 4 :]


def _wide_xz() -> bytes:
    block = b"\2\0!\1\x28\0\0\0"
    return b"\xfd7zXZ\0\0\4\xe6\xd6\xb4\x46" + block + struct.pack("<I", zlib.crc32(block)) + b"\1\0\x3fx" + bytes(64)


def _links() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for number, kind in enumerate(
            (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
        ):
            info = tarfile.TarInfo(str(number))
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
    return out.getvalue()


def _long_names(count: int) -> bytes:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 10
    return (info.tobuf(tarfile.GNU_FORMAT) + b"name".ljust(512, b"\0")) * count


def _tar_size(field: bytes) -> bytes:
    header = bytearray(documents.tarred({"a": b"x"})[:512])
    header[124:136] = field
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(1024)
