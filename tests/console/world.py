"""A small world for the console's tests: known content, items that match it, and what followed, all by the real verbs."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from ischia.banks import verbs as banks
from ischia.banks.queries import EntryView
from ischia.base.events import SYSTEM
from ischia.content import verbs as content
from ischia.decisions.models import Action
from ischia.decisions.verbs import acknowledge
from ischia.ledger import jobs as ledger
from ischia.policies.verbs import ensure_default
from ischia.screening.entries import Material, from_files, from_text, from_url
from ischia.screening.queries import ScreeningView
from ischia.screening.submission import FilePart, LinkPart, Part, Submission, TextPart
from ischia.screening.verbs import add_known
from ischia.screening.verbs.screen import screen

POEM = (
    "The lighthouse keeper wrote down every ship that passed the island that winter, its name, its flag and its "
    "cargo, and at the end of each page he drew the sea as it had been that day, so that whoever came after him "
    "would know not only what had passed but in what weather. "
)
ARABIC = (
    "دوّن حارس المنارة كل سفينة مرّت بالجزيرة في ذلك الشتاء، اسمها ورايتها وحمولتها، ورسم في آخر كل صفحة البحر كما كان "
    "في ذلك اليوم، ليعرف من يأتي بعده لا ما مرّ فحسب بل في أي طقس مرّ، وكيف كانت الريح تهبّ على الخليج عند الغسق، "
    "وكيف كان الصيادون يعودون بشباكهم قبل أن ينطفئ آخر ضوء في المرفأ القديم."
)
ADDRESS = "https://example.org/shows/lighthouse"


@dataclass(frozen=True)
class World:
    """Ids that tests need."""

    text: EntryView
    picture: EntryView
    removed: ScreeningView
    queued: ScreeningView
    arabic: ScreeningView
    linked: ScreeningView
    broken: ScreeningView
    allowed: ScreeningView


def picture(seed: int = 7, size: tuple[int, int] = (640, 420)) -> Image.Image:
    """A landscape out of noise: harmless, with enough detail for a perceptual hash."""
    noise = np.random.default_rng(seed)
    layers = sum(
        np.asarray(
            Image.fromarray(noise.integers(0, 255, (n, n), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
        )
        * (1.0 / n)
        for n in (4, 8, 16, 32)
    )
    field = (layers - layers.min()) / (layers.max() - layers.min())
    rgb = np.stack([field * 190 + 40, field * 150 + 70, (1 - field) * 170 + 60], axis=-1)
    return Image.fromarray(rgb.astype(np.uint8))


def file_of(image: Image.Image, folder: Path, name: str, quality: int = 90) -> Path:
    path = folder / name
    image.save(path, "JPEG", quality=quality)
    return path


def build(now: datetime) -> World:
    """Fill an empty installation; `now` is when the last thing happened."""
    with tempfile.TemporaryDirectory() as folder:
        return _build(Path(folder), now - timedelta(minutes=20))


def _build(folder: Path, now: datetime) -> World:
    ensure_default(now)
    content.create_surface(name="posts", audience="public", when_silent="publish", actor=SYSTEM, now=now)
    content.create_surface(name="comments", audience="auto_admit", when_silent="publish", actor=SYSTEM, now=now)
    text, pictured = _known(folder, now)
    later = now + timedelta(minutes=3)
    cropped = picture().crop((12, 6, 634, 414)).filter(ImageFilter.GaussianBlur(1))
    world = World(
        text=text,
        picture=pictured,
        removed=_post("posts", "winter/8841", later, TextPart(id="body", text=POEM)),
        queued=_post(
            "posts",
            "8842",
            later + timedelta(seconds=40),
            FilePart(id="photo", type="image", path=file_of(cropped, folder, "posted.jpg", 70)),
            TextPart(id="caption", text="Found this on my walk, what a light!"),
        ),
        arabic=_post("comments", "c-77", later + timedelta(minutes=1), TextPart(id="body", text=ARABIC), language="ar"),
        linked=_post("comments", "c-78", later + timedelta(minutes=2), LinkPart(id="link", url=ADDRESS)),
        broken=_post(
            "posts", "8843", later + timedelta(minutes=3), FilePart(id="photo", type="image", path=_broken(folder))
        ),
        allowed=_post("posts", "8844", later + timedelta(minutes=4), TextPart(id="body", text="Good morning, island.")),
    )
    for action in Action.objects.filter(decision__item__external_id="winter/8841"):
        acknowledge(action=action.pk, outcome="done", detail="hidden", actor=SYSTEM, now=later + timedelta(seconds=2))
    return world


def _known(folder: Path, now: datetime) -> tuple[EntryView, EntryView]:
    banks.create_bank(
        name="stand-ins", purpose="Harmless content that stands in for the real thing.", acting=True,
        sources_required=1, actor=SYSTEM, now=now,
    )  # fmt: skip
    banks.create_bank(
        name="صور للمراجعة", purpose="صور لا يُتخذ بشأنها إجراء دون مراجعة بشرية.", acting=False, sources_required=2,
        actor=SYSTEM, now=now,
    )  # fmt: skip
    text = _entry("stand-ins", "Keeper’s diary, page 3", "any", from_text(POEM), now)
    _entry("stand-ins", "دفتر حارس المنارة", "any", from_text(ARABIC), now)
    _entry("stand-ins", "Page of the show", "dependent", from_url(ADDRESS), now)
    path = file_of(picture(), folder, "known.jpg")
    pictured = _entry("صور للمراجعة", "Bay at dusk", "dependent", from_files([path]), now)
    banks.add_source(bank="صور للمراجعة", entry=pictured.id, source="Second archive", actor=SYSTEM, now=now)
    return text, pictured


def _entry(bank: str, label: str, context: str, material: Material, now: datetime) -> EntryView:
    return add_known(
        bank=bank, label=label, source="Island archive", context=context, material=material, actor=SYSTEM, now=now
    ).entry


def _post(surface: str, item: str, now: datetime, *parts: Part, language: str = "en") -> ScreeningView:
    submission = Submission(
        surface=surface,
        id=item,
        author="visitor-17",
        url=f"https://platform.example.org/{surface}/{item}",
        language=language,
        published_at=now - timedelta(seconds=3),
        views=41,
        parts=parts,
    )
    return screen(submission, now=now)


def screen_text(surface: str, item: str, now: datetime) -> ScreeningView:
    """One more item, which matches nothing."""
    return _post(surface, item, now, TextPart(id="body", text="A quiet day."))


def _broken(folder: Path) -> Path:
    path = folder / "broken.jpg"
    buffer = io.BytesIO()
    picture(3).save(buffer, "JPEG")
    path.write_bytes(buffer.getvalue()[:200])
    return path


def seal(now: datetime) -> None:
    """Give every event its place and sign a checkpoint."""
    ledger.tick(now=now, holder="tests")
