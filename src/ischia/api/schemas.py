"""The forms of requests and answers, as the OpenAPI document shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from ischia.base.config import config
from ischia.core.signals import SignalError, UrlError, canonical, make

_EXACT = 2**53 - 1
"""The largest number that every reader of JSON, and with it the ledger, holds exactly (RFC 8785)."""


class Form(BaseModel):
    """A request body; a field that the route does not know is an error, not silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _plain(value: str) -> str:
    if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 for c in value):
        raise ValueError("control characters and lone surrogates are not allowed here")
    return value


def _readable_back(value: str) -> str:
    if "\ufffd" in value:
        raise ValueError("U+FFFD stands for bytes that could not be read, and cannot be part of an address")
    return value


def _storable(value: datetime) -> datetime:
    try:
        year = value.astimezone(UTC).year
    except OverflowError:
        year = 0
    if not 1970 <= year <= 9998:
        raise ValueError("expected a time between the years 1970 and 9998")
    return value


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("NUL characters are not allowed here")
    return value


def _within_limit(value: str) -> str:
    if len(value.encode("utf-8", "surrogatepass")) > config().text_limit:
        raise ValueError(f"text is longer than {config().text_limit} bytes of UTF-8 (ISCHIA_TEXT_LIMIT)")
    return value


Text = Annotated[str, AfterValidator(_within_limit)]
Identifier = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_plain)]
ItemId = Annotated[Identifier, AfterValidator(_readable_back)]
Instant = Annotated[AwareDatetime, AfterValidator(_storable)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w][\w .:-]*$")]
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
Prose = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_no_nul)]


class NewSurface(Form):
    """A place on the platform where content appears."""

    name: Name
    audience: Literal["public", "auto_admit", "selected", "private"]
    when_silent: Literal["publish", "hold"]


class SurfaceOut(BaseModel):
    """A surface."""

    name: str
    audience: str
    when_silent: str
    screened: bool


class NewBank(Form):
    """A collection of known content."""

    name: Name
    purpose: Prose
    acting: bool = False
    sources_required: int = Field(1, ge=1, le=100)
    protects: bool = False
    hunt_finds: Literal["preview", "act"] = "preview"


class BankOut(BaseModel):
    """A bank and how many of its entries can match."""

    id: UUID
    name: str
    purpose: str
    acting: bool
    sources_required: int
    protects: bool
    hunt_finds: str
    entries: int


class SignalIn(Form):
    """A signal that the caller computed."""

    algorithm: Annotated[str, Field(max_length=64)]
    value: Annotated[str, Field(max_length=4096)]
    quality: int | None = Field(None, ge=0, le=2**31 - 1)

    @model_validator(mode="after")
    def _valid(self) -> SignalIn:
        try:
            make(self.algorithm, self.value)
        except SignalError as error:
            raise ValueError(str(error)) from None
        return self


class SignalOut(BaseModel):
    """A signal of an entry."""

    algorithm: str
    value: str
    variant: str
    quality: int | None


class NewEntry(Form):
    """One known piece of content; signals come from `text`, `url`, `signals` and the files that are sent along."""

    label: Line
    source: Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_plain)]
    context: Literal["any", "dependent"] = "dependent"
    text: Text | None = None
    url: str | None = Field(None, max_length=4096)
    signals: list[SignalIn] = Field(default_factory=list, max_length=100)


class EntryOut(BaseModel):
    """An entry, its standing and its signals."""

    id: UUID
    bank: str
    label: str
    context: str
    status: str
    held_back: str
    sources: list[str]
    signals: list[SignalOut]


class EntryAddedOut(EntryOut):
    """A new entry, and why some of it was left out or held back."""

    told: list[str]


class RestoredOut(BaseModel):
    """How many decisions ended."""

    restored: int


class TextIn(Form):
    """Text as the platform shows it."""

    id: Identifier
    type: Literal["text"]
    text: Text


class FileIn(Form):
    """A file, sent in the form field that `file` names."""

    id: Identifier
    type: Literal["image", "video", "audio", "file"]
    file: Annotated[str, Field(min_length=1, max_length=255)]


class LinkIn(Form):
    """A link."""

    id: Identifier
    type: Literal["link"]
    url: Annotated[str, Field(max_length=4096)]

    @model_validator(mode="after")
    def _parses(self) -> LinkIn:
        try:
            canonical(self.url)
        except UrlError as error:
            raise ValueError(str(error)) from None
        return self


class SignalPartIn(SignalIn):
    """A signal that the platform computed itself, so that the content need not leave it."""

    id: Identifier
    type: Literal["signal"]


PartIn = Annotated[TextIn | FileIn | LinkIn | SignalPartIn, Field(discriminator="type")]


class SubmissionIn(Form):
    """One revision of one item."""

    surface: Name
    id: ItemId
    author: Annotated[str, Field(max_length=255), AfterValidator(_plain)] = ""
    url: Annotated[str, Field(max_length=4096), AfterValidator(_plain)] = ""
    language: str = Field("", max_length=35, pattern=r"^[A-Za-z0-9-]*$")
    published_at: Instant | None = None
    views: int | None = Field(None, ge=0, le=_EXACT)
    mode: Literal["sync", "async"] = "sync"
    parts: list[PartIn] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _distinct(self) -> SubmissionIn:
        ids = [part.id for part in self.parts]
        if len(set(ids)) < len(ids):
            raise ValueError("two parts have the same id; each part of an item needs its own")
        return self


class ItemRef(BaseModel):
    """The platform's own name of an item."""

    surface: str
    id: str


class ReasonOut(BaseModel):
    """A rule that held."""

    rule: str
    verdict: str
    text: str


class MatchOut(BaseModel):
    """A match of a part with an entry; `distance` is at most `threshold`.

    `kind` says what was done to the known content, `where` in the part and in the entry it is.
    """

    part: str
    inside: str = ""
    bank: str
    entry: UUID
    algorithm: str
    distance: int
    threshold: int
    strength: str
    kind: str
    gated: bool | None
    where: dict[str, Any] = Field(default_factory=dict)


class ActionOut(BaseModel):
    """An action that the platform was asked for."""

    id: UUID
    kind: str


class VerdictOut(BaseModel):
    """The answer to a screened submission; `matches` only with the scope `matches:read`."""

    item: ItemRef
    revision: int
    verdict: Literal["allow", "queue", "restrict", "remove"]
    reasons: list[ReasonOut]
    parts: list[dict[str, Any]]
    match_count: int
    matches: list[MatchOut] | None = None
    decision: UUID | None = None
    actions: list[ActionOut]
    case: UUID | None = None
    took_ms: float


class ProgressOut(BaseModel):
    """How many seconds of a long film were looked at, and of how many."""

    done: int
    total: int


class PendingOut(BaseModel):
    """The answer to a submission that is screened later; `item.screened` tells its verdict."""

    item: ItemRef
    revision: int
    state: Literal["pending"]
    progress: ProgressOut | None = None


class ActionState(BaseModel):
    """An action and how far it got."""

    id: UUID
    kind: str
    territory: list[str]
    except_in: list[str]
    state: str
    requested_at: datetime
    acknowledged_at: datetime | None
    detail: str


class DecisionOut(BaseModel):
    """A decision with its actions."""

    id: UUID
    item: ItemRef
    revision: int
    effect: str
    ground: str
    ground_ref: str
    author: dict[str, str]
    territory: list[str]
    state: str
    created_at: datetime
    ended_at: datetime | None
    ended_because: str
    evidence: dict[str, Any] | None = None
    record: UUID | None
    actions: list[ActionState]


class ItemOut(BaseModel):
    """What is known of an item: its present revision's verdict and every decision about it."""

    item: ItemRef
    revision: int
    state: Literal["pending", "done", "gone"]
    progress: ProgressOut | None = None
    verdict: str | None
    parts: list[dict[str, Any]]
    match_count: int
    matches: list[MatchOut] | None = None
    case: UUID | None = None
    decisions: list[DecisionOut]
    first_seen_at: datetime
    published_at: datetime | None
    views: int | None


class Acknowledgement(Form):
    """What became of an action on the platform."""

    outcome: Literal["done", "failed"]
    detail: Annotated[str, Field(max_length=2000), AfterValidator(_no_nul)] = ""


class LookupOut(BaseModel):
    """What a signal matches."""

    matches: list[dict[str, Any]]


class NewWebhook(Form):
    """Where to send which events."""

    url: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_plain)]
    events: list[Literal["action.requested", "item.screened", "item.wanted"]] = Field(min_length=1, max_length=16)


class WebhookOut(BaseModel):
    """A webhook; deliveries are signed with the private half of `public_key` (Standard Webhooks, `v1a`)."""

    id: UUID
    public_key: str
