"""PDF files, archives and office files: what is in them, and what is refused, noted or left out."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ischia.core.media.archives import ArchiveContent, ArchiveLimits, members
from ischia.core.media.errors import Reason, Undecodable
from ischia.core.media.pdf import PdfContent, PdfLimits, read
from ischia.core.signals import hamming, pdq
from tests.documents import (
    LINK,
    SCRIPT,
    compressed,
    document,
    nested,
    open_document,
    overlapping,
    pdf,
    pdf_of,
    stream,
    tarred,
    zipped,
)

WORDS = "Minutes of the garden club"
PIXELS = np.kron(np.random.default_rng(5).integers(0, 256, (8, 12)), np.ones((16, 16))).astype(np.uint8)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def look(path: Path, content: bytes, limits: ArchiveLimits | None = None, depth: int = 1) -> ArchiveContent:
    path.write_bytes(content)
    return members(path, limits or ArchiveLimits(), depth=depth)


def look_pdf(path: Path, content: bytes, limits: PdfLimits | None = None) -> PdfContent:
    path.write_bytes(content)
    return read(path, limits or PdfLimits())


def names(content: ArchiveContent) -> list[tuple[str, ...]]:
    return [member.names for member in content.members]


@pytest.mark.parametrize(
    "make",
    [
        zipped,
        tarred,
        lambda files: tarred(files, "w:gz"),
        lambda files: tarred(files, "w:bz2"),
        lambda files: tarred(files, "w:xz"),
        lambda files: zipped(files, method=zipfile.ZIP_STORED),
        lambda files: zipped(files, method=zipfile.ZIP_BZIP2),
        lambda files: zipped(files, method=zipfile.ZIP_LZMA),
    ],
)
def test_the_files_in_an_archive_are_those_that_went_in(path: Path, make: object) -> None:
    files = {"a.txt": WORDS.encode(), "b/c.bin": bytes(range(256)) * 50}
    assert callable(make)
    found = look(path, make(files))
    assert {member.names[-1]: member.content for member in found.members} == files
    assert [(text.names, text.text) for text in found.texts] == [(("a.txt",), WORDS)]
    assert (found.left_out, found.notes) == ((), ())


@pytest.mark.parametrize("how", ["gz", "bz2", "xz"])
def test_a_compressed_file_has_one_member(path: Path, how: str) -> None:
    assert look(path, compressed(WORDS.encode(), how)).members[0].content == WORDS.encode()


def test_archives_in_archives_are_replaced_by_what_they_hold(path: Path) -> None:
    inner = tarred({"leaf.txt": b"leaf"}, "w:gz")
    found = look(path, zipped({"inner.tgz": inner, "beside.txt": b"beside"}))
    assert names(found) == [("inner.tgz", "leaf.txt"), ("beside.txt",)]
    assert found.notes == ("nested",)


@pytest.mark.parametrize(("depth", "opened"), [(1, True), (2, True), (3, False), (50, False)])
def test_three_archives_in_a_row_are_opened_and_no_more(path: Path, depth: int, opened: bool) -> None:
    found = look(path, nested(zipped({"leaf.txt": b"leaf"}), depth))
    assert bool(found.members) is opened
    assert [left.reason for left in found.left_out] == ([] if opened else [Reason.TOO_DEEP])


def test_an_archive_that_was_found_deep_in_others_is_refused(path: Path) -> None:
    with pytest.raises(Undecodable) as caught:
        look(path, zipped({"a": b"a"}), depth=4)
    assert caught.value.reason is Reason.TOO_DEEP


def test_names_are_no_paths_and_those_that_would_escape_are_noted(path: Path) -> None:
    found = look(path, zipped({"../../etc/passwd": b"x", "C:\\x\ny": b"y"}))
    assert names(found) == [("../../etc/passwd",), ("C:\\x?y",)]
    assert found.notes == ("names_that_escape",)
    assert sorted(other.name for other in path.parent.iterdir()) == ["file"]


def test_two_members_of_one_name_are_both_looked_at(path: Path) -> None:
    found = look(path, zipped({"a": b"shown", "b": b"hidden"}).replace(b"b", b"a"))
    assert [member.content for member in found.members] == [b"shown", b"hidden"]
    assert found.notes == ("duplicate_names",)


def test_members_that_share_bytes_are_unpacked_once(path: Path) -> None:
    found = look(path, overlapping(50))
    assert (len(found.members), len(found.left_out), found.notes[-1]) == (1, 49, "overlapping_members")


@pytest.mark.parametrize("how", ["gz", "bz2", "xz"])
def test_a_compressed_bomb_is_refused(path: Path, how: str) -> None:
    with pytest.raises(Undecodable) as caught:
        look(path, compressed(bytes(30_000_000), how))
    assert caught.value.reason is Reason.TOO_LARGE


def test_a_bomb_among_others_is_left_out_and_the_others_are_kept(path: Path) -> None:
    found = look(path, zipped({"bomb": bytes(30_000_000), "leaf": b"leaf"}))
    assert names(found) == [("leaf",)]
    assert [(left.names, left.reason) for left in found.left_out] == [(("bomb",), Reason.TOO_LARGE)]


def test_what_is_unpacked_together_is_limited(path: Path) -> None:
    rng = np.random.default_rng(1)
    files = {str(n): rng.bytes(1000) for n in range(10)}
    found = look(path, zipped(files), ArchiveLimits(max_unpacked=5500))
    assert (len(found.members), {left.reason for left in found.left_out}) == (5, {Reason.TOO_LARGE})


def test_the_number_of_members_is_limited(path: Path) -> None:
    for make in (zipped, tarred):
        found = look(path, make({str(n): b"x" for n in range(30)}), ArchiveLimits(max_members=20))
        assert (len(found.members), found.notes) == (20, ("more_members_than_read",))


def test_links_devices_and_passwords_are_left_out_with_the_reason(path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo("link" + kind.decode())
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
    assert {left.reason for left in look(path, out.getvalue()).left_out} == {Reason.UNSUPPORTED}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert [left.reason for left in look(path, out.getvalue()).left_out] == [Reason.UNSUPPORTED]
    locked = bytearray(zipped({"a": b"secret"}))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        locked[locked.index(mark) + at] |= 1
    assert [left.reason for left in look(path, bytes(locked)).left_out] == [Reason.ENCRYPTED]


def test_a_tar_that_is_cut_off_gives_what_came_before(path: Path) -> None:
    whole = tarred({"a": b"a" * 600, "b": b"b" * 600})
    found = look(path, whole[:2200])
    assert names(found) == [("a",)]
    assert found.left_out or found.notes


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"Rar!\x1a\x07\0", Reason.UNSUPPORTED),
        (b"words", Reason.UNSUPPORTED),
        (b"PK\3\4" + bytes(50), Reason.DECODER_ERROR),
        (compressed(b"x" * 1000, "gz")[:-12], Reason.TRUNCATED),
    ],
)
def test_what_is_no_archive_has_a_reason(path: Path, content: bytes, reason: Reason) -> None:
    with pytest.raises(Undecodable) as caught:
        look(path, content)
    assert caught.value.reason is reason


def test_an_office_file_gives_its_words_links_and_pictures(path: Path) -> None:
    found = look(path, document([WORDS, "حديقة"], {"image1.png": b"\x89PNG"}, link="https://example.org/x"))
    assert "\n".join(text.text for text in found.texts) == f"{WORDS}\nحديقة\n https://example.org/x "
    assert names(found) == [("word/media/image1.png",)]


def test_an_open_document_gives_its_words(path: Path) -> None:
    assert [text.text for text in look(path, open_document([WORDS, "second"])).texts][-1] == f"{WORDS}\nsecond"


def test_entities_are_never_expanded(path: Path) -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x xmlns="w"><t>&b;</t></x>'
    found = look(path, zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": laughs.encode()}))
    assert [(left.names, left.reason) for left in found.left_out] == [(("word/document.xml",), Reason.UNSUPPORTED)]
    assert found.texts == ()


def test_macros_are_noted(path: Path) -> None:
    files = {"[Content_Types].xml": b"<Types/>", "word/vbaProject.bin": b"\xd0\xcf\x11\xe0"}
    assert look(path, zipped(files)).notes == ("macros",)


def test_a_pdf_gives_words_pictures_pages_files_and_links(path: Path) -> None:
    height, width = PIXELS.shape
    made = pdf(WORDS, pixels=PIXELS.tobytes(), size=(width, height), attached={"a.txt": b"inside"}, page=LINK, pages=2)
    found = look_pdf(path, made)
    assert (found.pages, found.texts, found.links) == (2, (WORDS, WORDS), ("https://example.org/leaflet",))
    assert [(file.name, file.content) for file in found.files] == [("a.txt", b"inside")]
    picture = found.pictures[0]
    assert (picture.page, picture.width, picture.height, len(found.pictures)) == (1, width, height, 1)
    assert picture.pdq is not None
    assert hamming(picture.pdq.value, pdq.hash_pixels(PIXELS).hash) == 0
    assert picture.plane is not None
    assert np.abs(picture.plane.astype(int) - PIXELS).max() <= 1
    assert [(page.page, page.plane.shape) for page in found.drawn if page.plane is not None] == [
        (1, (512, 396)),
        (2, (512, 396)),
    ]
    assert found.notes == ()


def test_javascript_is_noted_and_not_run(path: Path) -> None:
    assert "javascript" in look_pdf(path, pdf(WORDS, catalog=SCRIPT)).notes


def test_the_limits_of_a_pdf_are_notes(path: Path) -> None:
    limits = PdfLimits(max_pages=3, max_drawn=1, max_characters=30, max_file_bytes=3)
    found = look_pdf(path, pdf(WORDS, pages=5, attached={"a": b"four"}), limits)
    assert (found.pages, [len(text) for text in found.texts], len(found.drawn)) == (5, [26, 4, 0], 1)
    assert found.notes == ("files_left_out", "text_cut_off", "more_pages_than_read", "more_pages_than_drawn")


def test_a_picture_that_says_it_is_huge_is_left_out(path: Path) -> None:
    found = look_pdf(path, pdf(WORDS, pixels=bytes(1000), size=(60_000, 60_000)), PdfLimits(max_drawn=0))
    assert (found.pictures, found.notes) == ((), ("pictures_left_out", "more_pages_than_drawn"))


@pytest.mark.parametrize("box", [b"0 0 1e30 1e30", b"0 0 0 0", b"-9 -9 -9 -9", b"0 0 1000000 1", b"nan inf 1 1"])
def test_any_page_box_is_read(path: Path, box: bytes) -> None:
    found = look_pdf(path, pdf(WORDS, box=box))
    assert found.pages == 1
    assert all(max(page.width, page.height) <= 513 for page in found.drawn)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"words", Reason.UNSUPPORTED),
        (b"%PDF-1.7\n", Reason.DECODER_ERROR),
        (pdf(WORDS)[:300], Reason.DECODER_ERROR),
        (pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 0 /Kids [] >>"]), Reason.DECODER_ERROR),
    ],
)
def test_what_is_no_pdf_has_a_reason(path: Path, content: bytes, reason: Reason) -> None:
    with pytest.raises(Undecodable) as caught:
        look_pdf(path, content)
    assert caught.value.reason is reason


def test_a_pdf_with_a_password_is_encrypted(path: Path) -> None:
    lock = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O (%s) /U (%s) /P -4 >> /ID [(a) (a)]" % (b"o" * 32, b"u" * 32)
    one = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", one]
    with pytest.raises(Undecodable) as caught:
        look_pdf(path, pdf_of(objects, trailer=lock))
    assert caught.value.reason is Reason.ENCRYPTED


def arabic(*runs: tuple[int, str]) -> bytes:
    """Letters a to g of the words "abcd efg": each run is placed from a point to the right, or back to the left."""
    draw = b""
    for place, letters in runs:
        back = " 1200 ".join(f"({letter})" for letter in letters.removeprefix("<"))
        show = f"[{back}] TJ" if letters.startswith("<") else f"({letters}) Tj"
        draw += f"BT /F1 20 Tf {place} 400 Td {show} ET\n".encode()
    meaning = dict(zip("abcdefg", "مكتبةبيت"[:4] + "بيت", strict=True))
    chars = b"".join(b"<%02x> <%04x>\n" % (ord(code), ord(letter)) for code, letter in meaning.items())
    cmap = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <00> <ff> "
        b"endcodespacerange 7 beginbfchar\n" + chars + b"endbfchar endcmap end end"
    )
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            (
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 600] /Contents 4 0 R "
                b"/Resources << /Font << /F1 5 0 R >> >> >>"
            ),
            stream(draw),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /ToUnicode 6 0 R >>",
            stream(cmap),
        ]
    )


@pytest.mark.parametrize(
    "runs",
    [
        [(300, "d"), (312, "c"), (324, "b"), (336, "a"), (250, "g"), (262, "f"), (274, "e")],
        [(336, "a"), (324, "b"), (312, "c"), (300, "d"), (274, "e"), (262, "f"), (250, "g")],
        [(300, "dcba"), (250, "gfe")],
        [(250, "gfe"), (300, "dcba")],
        [(250, "gfe dcba")],
        [(336, "<abcd"), (274, "<efg")],
        [(336, "<abcd efg")],
    ],
)
def test_arabic_letters_are_put_in_the_order_in_which_they_are_read(path: Path, runs: list[tuple[int, str]]) -> None:
    words = look_pdf(path, arabic(*runs)).texts[0].split()
    assert words == ["مكتب", "بيت"]
