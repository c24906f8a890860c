"""Text: folding and readings, phrases, known texts, protected texts, and the canonical form of addresses."""

from ischia.core.text.fold import CHARACTER_STEPS, STEPS, Folded, Step, fold, text_signal
from ischia.core.text.known import Overlap, compare, shingles
from ischia.core.text.lists import NAMES_MOST, QUEUES_AT, Weighed, read_list, starter, weigh
from ischia.core.text.passages import Candidate, PassageIndex
from ischia.core.text.phrases import Finds, Phrase, PhraseList, PhraseMatch
from ischia.core.text.protected import ProtectedSpan, ProtectedTexts, mostly_protected, protected_share, protected_spans
from ischia.core.text.readings import LOOSE_STEPS, Reading, explain, readings
from ischia.core.text.warm import warm

__all__ = [
    "CHARACTER_STEPS",
    "LOOSE_STEPS",
    "NAMES_MOST",
    "QUEUES_AT",
    "STEPS",
    "Candidate",
    "Finds",
    "Folded",
    "Overlap",
    "PassageIndex",
    "Phrase",
    "PhraseList",
    "PhraseMatch",
    "ProtectedSpan",
    "ProtectedTexts",
    "Reading",
    "Step",
    "Weighed",
    "compare",
    "explain",
    "fold",
    "mostly_protected",
    "protected_share",
    "protected_spans",
    "read_list",
    "readings",
    "shingles",
    "starter",
    "text_signal",
    "warm",
    "weigh",
]
