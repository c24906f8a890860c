"""Everything about one item, laid out for its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from ischia.banks.models import Entry
from ischia.base.jobs.queries import progress_of
from ischia.console.addresses import case_address, entry_address
from ischia.console.evidence import Exhibit, Fact, Frame, Pair, Step, outline, sentence
from ischia.console.languages import in_words
from ischia.console.reads import items as reads
from ischia.console.spans import duration
from ischia.console.tracks import Track, track
from ischia.console.words import isolated, word
from ischia.content.models import Item, PartContent
from ischia.core.media.instants import clock
from ischia.core.text import fold
from ischia.decisions import queries as decisions
from ischia.decisions.queries import ActionView, DecisionView
from ischia.review.models import CaseItem
from ischia.screening.models import Match, Screening
from ischia.screening.queries import job_key, picture_of_words, reads_like_reporting

Kept = Mapping[str, Sequence[PartContent]]
_OF_WORDS = frozenset({"text", "shingles", "phrase"})


def dossier(item: Item, *, may_look: bool) -> dict[str, Any]:
    """The page's context. Without `may_look` the content itself stays out of it."""
    revisions = list(item.revisions.select_related("screening").order_by("-number"))
    revision = revisions[0] if revisions else None
    screening = getattr(revision, "screening", None)
    decided = decisions.of_item(item.pk)
    member = reads.case_of(item)
    kept = reads.contents(revision) if revision else {}
    matched = reads.matches(revision) if revision else []
    parts = list(revision.parts) if revision else []
    return {
        "item": item,
        "screening": screening,
        "revisions": revisions,
        "parts": parts,
        "unread": any(part.get("state") == "undecodable" for part in parts),
        "pairs": [pair(each, kept, parts, may_look=may_look) for each in matched],
        "unmatched": _unmatched(parts, matched, kept, may_look=may_look),
        "more_matches": max(0, screening.match_count - len(matched)) if screening else 0,
        "reasons": reads.reasons(screening, "reasons") if screening else [],
        "misses": reads.reasons(screening, "misses") if screening else [],
        "decisions": decided,
        "steps": steps(item, screening, decided, member),
        "facts": facts(item, screening, member),
        "records": reads.records(item, screening, decided, member),
    }


def pair(found: reads.MatchedEntry, kept: Kept, parts: Sequence[Mapping[str, Any]], *, may_look: bool) -> Pair:
    """Probe beside match."""
    match = found.match
    part = next((part for part in parts if part["id"] == match.part), {"id": match.part, "type": "signal"})
    return Pair(
        probe=_probe(part, kept.get(match.part, ()), may_look=may_look, match=match),
        match=_known(match.entry, found, str(part["type"]), may_look=may_look),
        sentence=sentence(match.algorithm, match.distance, match.threshold, len(found.sources)),
        tracks=_tracks(match, float(part.get("seconds", 0))),
        reminder=_reminder(match, kept.get(match.part, ())) if may_look else "",
        facts=_match_facts(found),
        more=_more_facts(found),
    )


def _reminder(match: Match, contents: Sequence[PartContent]) -> str:
    """What to bear in mind of a text that reads like reporting, before anything else is said of it."""
    text = next((content.text for content in contents if content.text and content.inside == match.inside), "")
    if match.algorithm not in _OF_WORDS or not text or not reads_like_reporting(text):
        return ""
    return _(
        "It reads like reporting, law or prayer. Journalism, teaching, research and worship are protected: "
        "Article 1(3)."
    )


def _tracks(match: Match, seconds: float) -> list[Track]:
    """Where in the posted and in the known recording the match lies."""
    spans = match.where.get("seconds")
    if not spans:
        return []
    known = float(match.where.get("entry_seconds", 0))
    bidi = get_language_bidi()
    return [
        track(_("Posted"), seconds, [(span[0], span[1]) for span in spans], bidi=bidi),
        track(_("Known"), known, [(span[2], span[3]) for span in spans], bidi=bidi),
    ]


def _probe(
    part: Mapping[str, Any], contents: Sequence[PartContent], *, may_look: bool, match: Match | None = None
) -> Exhibit:
    kind, inside = str(part["type"]), match.inside if match else ""
    words: Mapping[str, Any] = next((text for text in part.get("texts", ()) if text["inside"] == inside), {})
    caption = _caption(part, inside, words)
    title = _("Posted")
    if not contents:
        why = _("The platform sent only the signal.") if kind == "signal" else _("The content is not kept here.")
        return Exhibit(title=title, caption=caption, kind="none", why=why)
    if not may_look:
        return Exhibit(title=title, caption=caption, kind="none", why=_("Your roles do not include content."))
    chosen = [content for content in contents if inside in {"", content.inside}] or list(contents)
    if match and inside and chosen[0].text and ("spans" in match.where or match.algorithm in _OF_WORDS):
        exhibit = _words(title, caption, chosen[0].text, match)
        if words.get("machine_read"):
            return _as_read(exhibit, contents, picture_of_words(inside))
        return _beside(exhibit, chosen[0]) if chosen[0].file else exhibit
    return _shown(title, caption, kind, chosen, match)


def _shown(title: str, caption: str, kind: str, contents: Sequence[PartContent], match: Match | None) -> Exhibit:
    """What is kept of a place: several pictures, one, an address, or words."""
    pictures = [content for content in contents if content.file]
    if len(pictures) > 1:
        frames = [Frame(reverse("console:part-picture", args=[each.pk]), each.inside) for each in pictures]
        return Exhibit(title=title, caption=caption, kind="strip", frames=frames)
    if pictures:
        src = reverse("console:part-picture", args=[pictures[0].pk])
        drawn = outline(match.where["quad"]) if match and "quad" in match.where else ""
        return Exhibit(title=title, caption=caption, kind="image", src=src, alt=_("The posted picture"), outline=drawn)
    if kind == "link":
        return Exhibit(title=title, caption=caption, kind="address", text=contents[0].text)
    return _words(title, caption, contents[0].text, match)


def _caption(part: Mapping[str, Any], inside: str, words: Mapping[str, Any]) -> str:
    """What is shown, and of text its language, and that a machine read it."""
    read = _("read by machine") if words.get("machine_read") else ""
    place = picture_of_words(inside) if read else inside
    languages = in_words(words.get("languages", ()))
    named = (word(str(part["type"])), isolated(part["id"]), place and isolated(place), languages, read)
    return " · ".join(filter(None, named))


def _as_read(exhibit: Exhibit, contents: Sequence[PartContent], place: str) -> Exhibit:
    """Words beside the picture in which a machine read them, because it misreads."""
    picture = next((content for content in contents if content.file and content.inside == place), None)
    noted = replace(exhibit, note=_("A machine read these words in the picture; look whether they are there."))
    return _beside(noted, picture) if picture else noted


def _beside(exhibit: Exhibit, picture: PartContent) -> Exhibit:
    src = reverse("console:part-picture", args=[picture.pk])
    return replace(exhibit, src=src, alt=_("The posted picture"))


def _words(title: str, caption: str, text: str, match: Match | None) -> Exhibit:
    spans = [(int(start), int(end)) for start, end, *_ in match.where.get("spans", ())] if match else []
    folded = fold(text).text if match and match.algorithm in _OF_WORDS else ""
    return Exhibit(title=title, caption=caption, kind="text", text=text, spans=spans, folded=folded)


def _known(entry: Entry, found: reads.MatchedEntry, kind: str, *, may_look: bool) -> Exhibit:
    caption = f"{isolated(entry.label)} · {isolated(entry.bank.name)}"
    title = _("Known")
    if not may_look:
        return Exhibit(title=title, caption=caption, kind="none", why=_("Your roles do not include content."))
    if len(found.pictures) > 1:
        frames = [Frame(reverse("console:entry-picture", args=[pk]), inside) for pk, inside in found.pictures]
        return Exhibit(title=title, caption=caption, kind="strip", frames=frames)
    if found.pictures:
        src = reverse("console:entry-picture", args=[found.pictures[0][0]])
        return Exhibit(title=title, caption=caption, kind="image", src=src, alt=_("The known picture"))
    if kind == "link":
        return Exhibit(title=title, caption=caption, kind="address", text=found.value)
    if entry.excerpt:
        spans = [(int(start), int(end)) for start, end, *_ in found.match.where.get("entry_spans", ())]
        return Exhibit(title=title, caption=caption, kind="text", text=entry.excerpt, spans=spans)
    return Exhibit(title=title, caption=caption, kind="none", why=_("Only the signal of this entry is known here."))


def _match_facts(found: reads.MatchedEntry) -> list[Fact]:
    match = found.match
    return [
        Fact(label=_("Entry"), value=match.entry.label, kind="link", href=entry_address(match.entry_id)),
        *([Fact(label=_("Meaning"), value=match.where["gloss"])] if match.where.get("gloss") else []),
        *([Fact(label=_("What was done"), value=match.kind, kind="word")] if match.kind != "same" else []),
        Fact(label=_("Strength"), value=match.strength, kind="word"),
        Fact(label=_("Sources"), value=", ".join(found.sources)),
    ]


def _more_facts(found: reads.MatchedEntry) -> list[Fact]:
    match = found.match
    return [
        Fact(label=_("Algorithm"), value=match.algorithm),
        *([Fact(label=_("Distance"), value=f"{match.distance} / {match.threshold}")] if match.threshold else []),
        *([Fact(label=_("Second gate"), value=_GATE[match.gated])] if match.gated is not None else []),
        *_shares(match),
        *([Fact(label=_("Weight"), value=match.weight)] if match.weight else []),
        *([Fact(label=_("Quality"), value=match.quality)] if match.quality is not None else []),
        Fact(label=_("Context"), value=match.entry.context, kind="word"),
        Fact(label=_("Status"), value=match.entry.status, kind="word"),
        Fact(label=_("Signal"), value=found.value, kind="id"),
    ]


_GATE = {True: _lazy("passed"), False: _lazy("not passed")}


def _shares(match: Match) -> list[Fact]:
    of_probe, of_entry = match.where.get("of_probe", 100), match.where.get("of_entry", 100)
    if of_probe == of_entry == 100:
        return []
    return [
        Fact(label=_("Of what was posted"), value=f"{of_probe} %"),
        Fact(label=_("Of what is known"), value=f"{of_entry} %"),
    ]


def _unmatched(
    parts: Sequence[Mapping[str, Any]],
    matched: Sequence[reads.MatchedEntry],
    kept: Kept,
    *,
    may_look: bool,
) -> list[Exhibit]:
    """Parts that matched nothing, as far as their content is kept: the context of those that did."""
    seen = {found.match.part for found in matched}
    rest = [part for part in parts if part["id"] not in seen and part["id"] in kept]
    return [_probe(part, kept[part["id"]], may_look=may_look) for part in rest]


def facts(item: Item, screening: Screening | None, member: CaseItem | None) -> list[Fact]:
    """What is known of the item beside its content."""
    told = [
        Fact(label=_("Surface"), value=item.surface.name),
        Fact(label=_("Audience"), value=item.surface.audience, kind="word"),
        Fact(label=_("Published"), value=item.published_at, kind="instant"),
        Fact(label=_("First seen"), value=item.first_seen_at, kind="instant"),
    ]
    if item.views is not None:
        told.append(Fact(label=_("Views"), value=item.views))
    if item.author:
        told.append(Fact(label=_("Author"), value=item.author, kind="id"))
    if item.url:
        told.append(Fact(label=_("Address"), value=item.url, kind="id"))
    if screening and screening.policy:
        href = reverse("console:policy-version", args=[screening.policy])
        label = _("version %(number)d") % {"number": screening.policy}
        told.append(Fact(label=_("Policy"), value=label, kind="link", href=href))
    if screening and screening.state == "pending" and (far := progress_of(job_key(screening.pk))):
        told.append(Fact(label=_("Looked at"), value=f"{clock(far['done'])} / {clock(far['total'])}"))
    if member:
        told.append(
            Fact(label=_("Case"), value=word(member.case.state), kind="link", href=case_address(member.case_id))
        )
    return told


def steps(
    item: Item, screening: Screening | None, decided: Sequence[DecisionView], member: CaseItem | None
) -> list[Step]:
    """The item's life, oldest first."""
    told: list[tuple[datetime, Step]] = []

    def add(at: datetime | None, title: str, **more: Any) -> None:
        if at is not None:
            told.append((at, Step(title=title, at=at, **more)))

    add(item.published_at, _("Published"))
    add(item.first_seen_at, _("First seen"))
    if screening and screening.state == "done":
        add(screening.created_at, _("Screened: %(verdict)s") % {"verdict": word(screening.verdict)}, state="done")
    if member:
        add(member.added_at, _("Put before a person"))
    for each in decided:
        add(each.created_at, _("Decided: %(effect)s") % {"effect": word(each.effect)}, state="done")
        add(each.ended_at, _("Decision ended"), detail=each.ended_because)
        for act in each.actions:
            told.extend(_action_steps(act))
    add(item.gone_at, _("Deleted on the platform; its content and fingerprints were erased"))
    return [step for _at, step in sorted(told, key=lambda pair: pair[0])]


def _action_steps(act: ActionView) -> list[tuple[datetime, Step]]:
    asked = Step(title=_("Asked the platform: %(act)s") % {"act": word(act.kind)}, at=act.requested_at)
    told = [(act.requested_at, asked)]
    if act.acknowledged_at:
        after = (act.acknowledged_at - act.requested_at).total_seconds()
        if act.state == "failed":
            step = Step(
                title=_("The platform could not do it"), at=act.acknowledged_at, detail=act.detail, state="failed"
            )
        else:
            title = _("Acknowledged by the platform after %(time)s") % {"time": duration(after)}
            step = Step(title=title, at=act.acknowledged_at, detail=act.detail, state="done")
        told.append((act.acknowledged_at, step))
    return told
