"""The signal types of this release and the register that names them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ischia.core.signals.address import UrlError, canonical
from ischia.core.signals.base import Example, Search, Signal, SignalError, SignalType

_HEX = re.compile(r"[0-9a-f]*\Z")


def _parse_hex(name: str, value: str, digits: int) -> str:
    lowered = value.strip().lower()
    if len(lowered) != digits:
        raise SignalError(f"{name}: {len(lowered)} characters, need {digits} hexadecimal digits")
    if not _HEX.match(lowered):
        wrong = next(i for i, character in enumerate(lowered) if character not in "0123456789abcdef")
        raise SignalError(f"{name}: {lowered[wrong]!r} at position {wrong + 1} is not one of 0-9 and a-f")
    return lowered


def hamming(a: str | bytes, b: str | bytes) -> int:
    """Return the number of bits in which two values of equal length differ (hexadecimal text or raw bytes)."""
    first = bytes.fromhex(a) if isinstance(a, str) else a
    second = bytes.fromhex(b) if isinstance(b, str) else b
    if len(first) != len(second):
        raise SignalError(f"cannot compare {8 * len(first)} bits with {8 * len(second)} bits")
    return (int.from_bytes(first) ^ int.from_bytes(second)).bit_count()


@dataclass(frozen=True, slots=True)
class ExactHash:
    """A cryptographic digest: two values are the same or they are not."""

    name: str
    digits: int
    pairs: tuple[Example, ...]
    version: int = 1
    default_threshold: int = 0
    search: Search = "equal"
    largest_quality: int | None = None

    def parse(self, value: str) -> str:
        """Return the digest in lower case; raise `SignalError` unless it has exactly the digits of this type."""
        return _parse_hex(self.name, value, self.digits)

    def compare(self, a: str, b: str) -> int:
        """Return 0 for equal digests, else 1."""
        return int(a != b)

    def examples(self) -> tuple[Example, ...]:
        """Return published digests."""
        return self.pairs


@dataclass(frozen=True, slots=True)
class PerceptualHash:
    """PDQ, 256 bits of which near-identical pictures share all but 31.

    Meta, "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm", 2019: match at a distance of 31
    or less, and set hashes of quality 49 or less aside.
    """

    name: str = "pdq"
    version: int = 1
    default_threshold: int = 31
    search: Search = "radius"
    largest_quality: int | None = 100

    def parse(self, value: str) -> str:
        """Return the 64 hexadecimal digits in lower case; raise `SignalError` for anything else."""
        return _parse_hex(self.name, value, 64)

    def compare(self, a: str, b: str) -> int:
        """Return the Hamming distance, 0 to 256."""
        return hamming(a, b)

    def examples(self) -> tuple[Example, ...]:
        """Return hashes of one photograph and its edits, and of two that have nothing in common.

        From the needles and haystack that facebook/ThreatExchange publishes with PDQ (BSD).
        """
        photograph = "f162eb9daab170c0567fe3632d9a5548c5612982dd5e374a7424ebbc8a835c95"
        edited = "b062eb9d2ab170c0567fcb672d9a5568c5612982dd5e374a7424ebbc8b135cb5"
        other = "98736629670cc19fc9f23862f66cce1f599e32c78e236c78619d202e9e66c157"
        inverted = f"{int(photograph, 16) ^ (1 << 256) - 1:064x}"
        return (
            Example(photograph, photograph, 0, same_thing=True),
            Example(photograph, edited, 11, same_thing=True),
            Example(photograph, other, 142, same_thing=False),
            Example(photograph, inverted, 256, same_thing=False),
        )


@dataclass(frozen=True, slots=True)
class Address:
    """A web address in canonical form: see `canonical` for what is dropped and what is kept."""

    name: str = "url"
    version: int = 1
    default_threshold: int = 0
    search: Search = "equal"
    largest_quality: int | None = None

    def parse(self, value: str) -> str:
        """Return the canonical address; raise `SignalError` when it is no http or https address."""
        try:
            return canonical(value)
        except UrlError as error:
            raise SignalError(f"url: {error}") from error

    def compare(self, a: str, b: str) -> int:
        """Return 0 for equal canonical addresses, else 1."""
        return int(a != b)

    def examples(self) -> tuple[Example, ...]:
        """Return one address in two spellings, and two that differ in what identifies the content."""
        return (
            Example("https://example.com/watch?v=1", "HTTPS://user@example.com.:443/watch?utm_source=a&v=1#t", 0, True),
            Example("https://example.com/watch?v=1", "https://example.com/watch?v=2", 1, False),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where content lies, in a form that `core.links` makes of addresses; two values are the same or they are not."""

    name: str
    form: re.Pattern[str]
    pair: tuple[str, str]
    version: int = 1
    default_threshold: int = 0
    search: Search = "equal"
    largest_quality: int | None = None

    def parse(self, value: str) -> str:
        """Return the value as it is; raise `SignalError` when it has another form or more than 2,048 characters."""
        if len(value) > 2048 or not self.form.match(value):
            raise SignalError(f"{self.name}: {value[:100]!a} is none; one looks like {self.pair[0]}")
        return value

    def compare(self, a: str, b: str) -> int:
        """Return 0 for equal values, else 1."""
        return int(a != b)

    def examples(self) -> tuple[Example, ...]:
        """Return a value with itself and with another one."""
        first, second = self.pair
        return (Example(first, first, 0, same_thing=True), Example(first, second, 1, same_thing=False))


@dataclass(frozen=True, slots=True)
class Large:
    """A signal of kilobytes, whose value is the SHA-256 of its bytes; an index says what two of them share."""

    name: str
    search: Search
    version: int = 1
    default_threshold: int = 0
    largest_quality: int | None = None

    def parse(self, value: str) -> str:
        """Return the SHA-256 of the bytes in lower case; raise `SignalError` for anything else."""
        return _parse_hex(self.name, value, 64)

    def compare(self, a: str, b: str) -> int:
        """Return 0 for equal bytes, else 1."""
        return int(a != b)

    def examples(self) -> tuple[Example, ...]:
        """Return published digests."""
        return _SHA256_PAIRS


_EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_ABC_SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
_EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"
_ABC_MD5 = "900150983cd24fb0d6963f7d28e17f72"

_SHA256_PAIRS = (
    Example(_ABC_SHA256, _ABC_SHA256.upper(), 0, same_thing=True),
    Example(_ABC_SHA256, _EMPTY_SHA256, 1, same_thing=False),
)
_MD5_PAIRS = (
    Example(_ABC_MD5, _ABC_MD5.upper(), 0, same_thing=True),
    Example(_ABC_MD5, _EMPTY_MD5, 1, same_thing=False),
)

SHA256: SignalType = ExactHash("sha256", 64, _SHA256_PAIRS)
MD5: SignalType = ExactHash("md5", 32, _MD5_PAIRS)
TEXT: SignalType = ExactHash("text", 64, _SHA256_PAIRS)
PDQ: SignalType = PerceptualHash()
URL: SignalType = Address()
SITE: SignalType = Place(
    "site", re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?(/[!-~]+)*\Z"), ("example.com/channel", "example.com")
)
"""A host, or a host and the beginning of a path: what lies under it."""
CONTENT_ID: SignalType = Place(
    "content_id", re.compile(r"[a-z0-9.-]+:[!-~]+\Z"), ("youtube:aqz-KE-bpKQ", "youtube:dQw4w9WgXcQ")
)
"""A service's own name for a piece of content, whatever the address that leads to it."""


CORNERS: SignalType = Large("corners", "votes")
"""Described corners of a picture: `core.vision`."""
GATE: SignalType = Large("gate", "none")
"""What the second gate compares before a near picture may act: `core.vision.gate`."""
FRAMES: SignalType = Large("frames", "radius")
"""PDQ of a video's frames with their instants; each frame is searched by radius: `core.video`."""
SOUND: SignalType = Large("sound", "votes")
"""Chromaprint of a sound, 8 words a second: `core.sound`."""
SHINGLES: SignalType = Large("shingles", "votes")
"""Shingles of a text's letters: `core.text`."""
PHRASE: SignalType = Large("phrase", "none")
"""A phrase with its weight and contexts, looked up with all others by hashes of letters and words: `core.text`."""

TYPES: Mapping[str, SignalType] = MappingProxyType(
    {
        kind.name: kind
        for kind in (SHA256, MD5, PDQ, TEXT, URL, SITE, CONTENT_ID, CORNERS, GATE, FRAMES, SOUND, SHINGLES, PHRASE)
    }
)

SMALL = tuple(sorted(name for name, kind in TYPES.items() if not isinstance(kind, Large)))
"""The kinds whose signals are their values, so that somebody else can have computed them."""


def get(name: str) -> SignalType:
    """Return the signal type of that name; raise `SignalError` that lists the names there are."""
    try:
        return TYPES[name]
    except KeyError:
        raise SignalError(f"there is no signal type {name!r}; there are {', '.join(sorted(TYPES))}") from None


def make(algorithm: str, value: str, quality: int | None = None) -> Signal:
    """Return a checked signal in canonical form; raise `SignalError` for an unknown type, a bad value or quality.

    Large signals are not made of a value: `large` makes them of their bytes.
    """
    kind = get(algorithm)
    if isinstance(kind, Large):
        raise SignalError(
            f"{algorithm}: such a signal is computed from the content; send that, or one of {', '.join(SMALL)}"
        )
    if quality is not None and (quality < 0 or quality > (kind.largest_quality or quality)):
        upper = "" if kind.largest_quality is None else f" to {kind.largest_quality}"
        raise SignalError(f"{algorithm}: quality {quality} is out of range, need 0{upper or ' or more'}")
    return Signal(kind.name, kind.version, kind.parse(value), quality)
