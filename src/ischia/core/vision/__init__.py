"""Vision: known pictures that come back cropped, framed, turned, captioned or inside others.

Everything is computed from one plane of luma of at most 512 pixels (`core.media.ImageSignals.plane`).

Stored: `probe_signals(plane, pdq)` of what is screened, `entry_signals(plane, pdq)` of what a bank holds. A signal's
variant is `Variant.name` and read by `variant_of`: what was done before hashing, and to which part of the picture.

Searched: `of = probe(plane)`. Ask the radius index for each `variant in of.hashes` (sound ones: see `signals.hygiene`);
`by_hash(entry, of, variant, stored, distance, gates)` says what a hit is worth, given the variant and the gates that
are stored of the entry. If nothing `near` came of that and the bank has corners, ask every `FeatureIndex` for
`candidates(of.local)` and `by_corners(of, candidate, corners, gate)` for each of them: None is no match. Corners are
computed when `of.local` is first read.

Protected: `rests_on(match, quads)` says whether nothing is left of a match without regions of the probe that are no
evidence: `where` of its matches with entries that protect.
"""

from ischia.core.vision.borders import Rectangle, trim, trim_blur, trim_captions
from ischia.core.vision.features import Features, entry_features, probe_features
from ischia.core.vision.gate import GateFeatures, GateResult, gate, gate_features
from ischia.core.vision.geometry import Placement
from ischia.core.vision.plane import SIDE, SMALLEST, Reducer, reduced
from ischia.core.vision.protected import rests_on
from ischia.core.vision.results import Box, Kind, PictureMatch, Quad, Strength, quad_of
from ischia.core.vision.search import Known, Probe, by_corners, by_hash, compare, convincing, known, match_of, probe
from ischia.core.vision.stored import entry_signals, gate_of, probe_signals
from ischia.core.vision.variants import COMPLEMENT, Variant, bank_hashes, name_of, probe_hashes, variant_of
from ischia.core.vision.votes import Candidate, FeatureIndex

__all__ = [
    "COMPLEMENT",
    "SIDE",
    "SMALLEST",
    "Box",
    "Candidate",
    "FeatureIndex",
    "Features",
    "GateFeatures",
    "GateResult",
    "Kind",
    "Known",
    "PictureMatch",
    "Placement",
    "Probe",
    "Quad",
    "Rectangle",
    "Reducer",
    "Strength",
    "Variant",
    "bank_hashes",
    "by_corners",
    "by_hash",
    "compare",
    "convincing",
    "entry_features",
    "entry_signals",
    "gate",
    "gate_features",
    "gate_of",
    "known",
    "match_of",
    "name_of",
    "probe",
    "probe_features",
    "probe_hashes",
    "probe_signals",
    "quad_of",
    "reduced",
    "rests_on",
    "trim",
    "trim_blur",
    "trim_captions",
    "variant_of",
    "warm",
]


def warm() -> None:
    """Compile every kernel, or load it from numba's cache."""
    import numpy as np

    picture = np.random.default_rng(1).integers(0, 256, (96, 128)).astype(np.uint8)
    reduced(np.repeat(np.repeat(picture, 6, axis=0), 6, axis=1))
    smoothed = reduced(np.repeat(np.repeat(picture[::8, ::8], 32, axis=0), 32, axis=1))
    entry, of = known(smoothed), probe(smoothed)
    FeatureIndex.build([(1, entry.local.to_bytes())]).candidates(of.local)
    compare(of, entry.local, entry.gate.thumb, flip=False)
