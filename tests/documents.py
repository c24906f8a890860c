"""Documents and archives made from nothing: small PDF files by hand, office files, nested and lying archives."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence

Bytes = bytes


def zipped(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def tarred(files: Mapping[str, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def compressed(content: bytes, how: str) -> bytes:
    if how == "gz":
        return gzip.compress(content, mtime=0)
    return bz2.compress(content) if how == "bz2" else lzma.compress(content)


def nested(content: bytes, depth: int) -> bytes:
    for level in range(depth):
        content = zipped({f"{level}.zip": content}, method=zipfile.ZIP_STORED)
    return content


def overlapping(names: int = 50, size: int = 1 << 20) -> bytes:
    """A zip in which every name in the directory leads to the same bytes."""
    one = zipped({"a": bytes(size)})
    end = one.rindex(b"PK\5\6")
    start = struct.unpack_from("<I", one, end + 16)[0]
    entry = one[start:end]
    entries = b"".join(entry[:46] + bytes([97 + n % 26]) for n in range(names))
    tail = bytearray(one[end:])
    struct.pack_into("<HHI", tail, 8, names, names, len(entries))
    return one[:start] + entries + bytes(tail)


def document(paragraphs: Sequence[str], pictures: Mapping[str, bytes] | None = None, link: str = "") -> bytes:
    """A Word file with these paragraphs."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = "".join(f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>" for words in paragraphs)
    rels = (
        f'{head}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="hyperlink" Target="{link}" TargetMode="External"/></Relationships>'
    )
    return zipped(
        {
            "[Content_Types].xml": f"{head}<Types/>".encode(),
            "word/document.xml": f"{head}<w:document {space}><w:body>{body}</w:body></w:document>".encode(),
            "word/_rels/document.xml.rels": rels.encode(),
        }
        | {f"word/media/{name}": content for name, content in (pictures or {}).items()}
    )


def open_document(paragraphs: Sequence[str]) -> bytes:
    """An OpenDocument text with these paragraphs."""
    body = "".join(f"<text:p>{words}</text:p>" for words in paragraphs)
    content = (
        '<?xml version="1.0"?><office:document-content xmlns:office="o" xmlns:text="t"><office:body>'
        f"<office:text>{body}</office:text></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        archive.writestr(zipfile.ZipInfo("content.xml"), content)
    return out.getvalue()


def pdf_of(objects: Sequence[bytes], *, trailer: bytes = b"", root: int = 1) -> bytes:
    """A file with these objects, numbered from 1, and a table of where they are."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root %d 0 R %s >>\n" % (len(objects) + 1, root, trailer)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % table


def stream(content: bytes, extra: bytes = b"", *, packed: bool = True) -> bytes:
    data = zlib.compress(content) if packed else content
    how = b"/Filter /FlateDecode" if packed else b""
    return b"<< /Length %d %s %s >>\nstream\n" % (len(data), how, extra) + data + b"\nendstream"


def pdf(
    words: str = "Plain words on a page",
    *,
    pixels: bytes = b"",
    size: tuple[int, int] = (0, 0),
    attached: Mapping[str, bytes] | None = None,
    catalog: bytes = b"",
    page: bytes = b"",
    box: bytes = b"0 0 612 792",
    pages: int = 1,
) -> bytes:
    """A document whose pages show these words, and grey pixels as a picture when there are any."""
    draw = b"BT /F1 24 Tf 72 700 Td (%s) Tj ET" % words.encode("latin-1")
    if pixels:
        draw += b"\nq 300 0 0 200 72 300 cm /Im Do Q"
    files = list((attached or {}).items())
    first_file = 6
    first_page = first_file + 2 * len(files)
    kids = b" ".join(b"%d 0 R" % (first_page + n) for n in range(pages))
    names = b" ".join(b"(%s) %d 0 R" % (name.encode(), first_file + 2 * n) for n, (name, _) in enumerate(files))
    embedded = b"/Names << /EmbeddedFiles << /Names [%s] >> >>" % names if files else b""
    image = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8" % size
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s %s >>" % (embedded, catalog),
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        stream(draw),
        stream(pixels, image) if pixels else b"null",
    ]
    for number, (name, content) in enumerate(files):
        at = first_file + 2 * number + 1
        objects.append(
            b"<< /Type /Filespec /F (%s) /UF (%s) /EF << /F %d 0 R >> >>" % (name.encode(), name.encode(), at)
        )
        objects.append(stream(content, b"/Type /EmbeddedFile /Params << /Size %d >>" % len(content)))
    resources = b"<< /Font << /F1 3 0 R >> /XObject << /Im 5 0 R >> >>"
    one = b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Resources %s /Contents 4 0 R %s >>" % (box, resources, page)
    return pdf_of([*objects, *[one] * pages])


LINK = (
    b"/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 100 100] "
    b"/A << /S /URI /URI (https://example.org/leaflet) >> >>]"
)
SCRIPT = b"/OpenAction << /S /JavaScript /JS (app.alert\\('no'\\)) >> /Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (app.alert\\('no'\\)) >>] >> >>"
LAUNCH = b"/OpenAction << /S /Launch /F (/bin/sh) >>"
