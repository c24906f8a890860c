"""Every write to the change log and the manifests."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Max

from ischia.base.config import config
from ischia.base.events import SYSTEM, publish
from ischia.core.matching import VALUE_BYTES, Header
from ischia.core.signals import TYPES
from ischia.core.signals.frames import unpack
from ischia.segments.compaction import Plan, plan_radius, write
from ischia.segments.events import SegmentDamaged, SegmentPublished
from ischia.segments.kinds import index_class, served
from ischia.segments.models import ACTIVE, ADD, DAMAGED, RETIRE, SUPERSEDED, Change, Manifest
from ischia.segments.queries import ManifestView
from ischia.segments.reading import (
    FRAMES,
    NOTHING,
    SOURCES,
    Kind,
    between,
    changes,
    kind_of,
    manifests_of,
    opened_votes,
    path_of,
)
from ischia.segments.votes_compaction import plan_votes

LET_GO_AT_ONCE = 500
KEPT_AFTER_USE = timedelta(minutes=10)
ORPHANED_AFTER = timedelta(hours=6)

_log = structlog.get_logger("ischia.segments")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChange:
    """A signal of the banks that becomes searchable (`add`) or stops to be (`retire`).

    `value` has 32 bytes, or is `Signal.data` where that is a large one. `version` is that of the signal if it is not
    the one that this program computes.
    """

    algorithm: str
    signal: int
    value: bytes
    quality: int | None
    op: str
    version: int | None = None

    def __post_init__(self) -> None:
        if self.op not in {ADD, RETIRE}:
            raise ValueError(f"signal {self.signal}: op is {ADD!r} or {RETIRE!r}, got {self.op!r}")
        search = TYPES[self.algorithm].search
        if search not in {"radius", "votes"}:
            raise ValueError(f"signal {self.signal}: {self.algorithm} has no index, so its changes are not logged")
        if self.algorithm == FRAMES:
            unpack(self.value)
        elif search == "votes" and not self.value:
            raise ValueError(f"signal {self.signal}: there are no bytes of {self.algorithm} to index")
        elif search == "radius" and len(self.value) != VALUE_BYTES:
            raise ValueError(f"signal {self.signal}: an indexed value has {VALUE_BYTES} bytes, got {len(self.value)}")

    @property
    def kept(self) -> bytes:
        """What the log holds: who retires something large need not say again what it was, unless it has rows."""
        return b"" if self.op == RETIRE and TYPES[self.algorithm].search == "votes" else self.value


class SupersededError(RuntimeError):
    """Another process has published meanwhile: the file that was just built is not needed."""


def append_changes(new: Sequence[NewChange], *, now: datetime) -> None:
    """Record changes in the caller's transaction. Call `queries.refresh` after its commit; other processes follow.

    The changes of one signal must be made one after the other, as they are where the signal's row is locked first.
    Raises ValueError for bytes that the index of their kind cannot read.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("changes of the index stand or fall with what caused them; append them in its transaction")
    _check_readable(new)
    Change.objects.bulk_create(
        Change(
            algorithm=each.algorithm,
            version=kind_of(each.algorithm, each.version).version,
            signal=each.signal,
            value=each.kept,
            quality=each.quality,
            op=each.op,
            created_at=now,
        )
        for each in new
    )


def _check_readable(new: Sequence[NewChange]) -> None:
    """Index what is large once, so that no later build stumbles over it."""
    for algorithm in {each.algorithm for each in new if TYPES[each.algorithm].search == "votes"}:
        if served(algorithm):
            known = {each.signal: each.value for each in new if each.algorithm == algorithm and each.op == ADD}
            index_class(algorithm).build(sorted(known.items()))


def sequence_changes(limit: int) -> int:
    """Give up to `limit` waiting changes the next positions; return how many.

    To be called by the ledger's sequencer only, inside of its fenced transaction: two callers at once would give the
    same positions, of which the unique constraint refuses the second.
    """
    waiting = list(Change.objects.filter(position=None).order_by("id").values_list("id", flat=True)[:limit])
    if not waiting:
        return 0
    newest = Change.objects.aggregate(newest=Max("position"))["newest"]
    first = 0 if newest is None else newest + 1
    table = connection.ops.quote_name(Change._meta.db_table)  # noqa: SLF001
    rows = [(first + place, change) for place, change in enumerate(waiting)]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET position = %s WHERE id = %s AND position IS NULL", rows)  # noqa: S608
    return len(waiting)


def publish_segment(
    *,
    algorithm: str,
    now: datetime,
    fenced: Callable[[], None],
    after: int | None = None,
    version: int | None = None,
) -> ManifestView | None:
    """Build and publish a segment if the log has grown by `after` changes (default: the setting), or a file is bad.

    `fenced` is called in the transaction that publishes and raises if another process has taken the work over. A file
    is named by its manifest only once it is complete on disk. Returns None if there was nothing to do; what is large
    is built in steps, so call until then.
    """
    kind = kind_of(algorithm, version)
    manifests = manifests_of(kind)
    newest = changes(kind).aggregate(newest=Max("position"))["newest"]
    if newest is None:
        return None
    plan_next = plan_votes if kind.votes else plan_radius
    plan = plan_next(kind, manifests, newest=newest, after=config().segment_after if after is None else after)
    if plan is None:
        return None
    file = f"{algorithm}-{plan.upto:012d}-{secrets.token_hex(4)}.segment"
    header = write(plan, path_of(file))
    try:
        return _publish(plan, file, header, kind, now=now, fenced=fenced, seen=manifests)
    except BaseException:
        path_of(file).unlink(missing_ok=True)
        raise


def _publish(
    plan: Plan,
    file: str,
    header: Header,
    kind: Kind,
    *,
    now: datetime,
    fenced: Callable[[], None],
    seen: list[Manifest],
) -> ManifestView:
    with transaction.atomic():
        fenced()
        if [row.pk for row in manifests_of(kind)] != [row.pk for row in seen]:
            raise SupersededError(f"{file}: another segment of {kind.algorithm} was published meanwhile")
        Manifest.objects.filter(pk__in=[row.pk for row in plan.replaced]).update(state=SUPERSEDED, superseded_at=now)
        row = Manifest.objects.create(
            algorithm=kind.algorithm,
            version=kind.version,
            file=file,
            digest=header.digest,
            count=header.count,
            upto=plan.upto,
            created_at=now,
        )
        event = SegmentPublished(
            algorithm=kind.algorithm,
            signal_version=kind.version,
            file=file,
            digest=header.digest.hex(),
            count=header.count,
            upto=plan.upto,
            rebuilt=plan.rebuilt,
        )
        publish(event, actor=SYSTEM, now=now)
    _log.info("segments.published", file=file, entries=header.count, upto=plan.upto, rebuilt=plan.rebuilt)
    return ManifestView(row.algorithm, row.version, row.file, row.count, row.upto, row.created_at)


def let_go(*, algorithm: str, version: int | None = None) -> int:
    """Let the log forget the bytes of large signals that files hold; return how many changes that was.

    Only where `SOURCES` says from where a file that is damaged later could be built again. The files in question are
    verified first: `SegmentError` if one is not whole.
    """
    kind = kind_of(algorithm, version)
    manifests = manifests_of(kind)
    if algorithm not in SOURCES or not kind.votes or not manifests:
        return 0
    held = between(kind, NOTHING, manifests[-1].upto).exclude(value=b"")
    first = held.values_list("position", flat=True).first()
    if first is None:
        return 0
    for manifest in manifests:
        if manifest.upto >= first:
            opened_votes(manifest).verify()
    done = 0
    while rows := list(held.values_list("id", flat=True)[:LET_GO_AT_ONCE]):
        done += Change.objects.filter(pk__in=rows).update(value=b"")
    return done


def report_damage(*, file: str, now: datetime) -> None:
    """Make every process leave a file aside whose content failed its checksum; the next publication replaces it."""
    with transaction.atomic():
        if Manifest.objects.filter(file=file, state=ACTIVE).update(state=DAMAGED):
            publish(SegmentDamaged(file=file), actor=SYSTEM, now=now)


def delete_superseded(*, now: datetime) -> int:
    """Delete files that nobody needs: superseded for ten minutes, or left behind by a build that died; return how many.

    Processes that still have such a file mapped keep it until they let go.
    """
    old = Manifest.objects.filter(state=SUPERSEDED, superseded_at__lt=now - KEPT_AFTER_USE)
    files = list(old.values_list("file", flat=True))
    for file in files:
        path_of(file).unlink(missing_ok=True)
    with transaction.atomic():
        Manifest.objects.filter(file__in=files).delete()
    return len(files) + _delete_orphans(now)


def _delete_orphans(now: datetime) -> int:
    known = set(Manifest.objects.values_list("file", flat=True))
    orphans = [path for path in config().folder("segments").iterdir() if path.name not in known]
    old = [path for path in orphans if path.stat().st_mtime < (now - ORPHANED_AFTER).timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
