"""Vision: known pictures that come back cropped, framed, turned, captioned or inside others.

Everything is computed from one plane of luma of at most 512 pixels (`Reducer`, `reduced`). `known(plane)` is what a
bank stores, `probe(plane)` what a picture is searched with; `FeatureIndex.candidates` names known pictures whose
corners are in the probe, `compare` says where, `convincing` whether that is a match, `match_of` what it is called.
`gate` is asked before a near match may act alone.
"""

from ischia.core.vision.borders import Rectangle, trim, trim_blur, trim_captions
from ischia.core.vision.features import Features, entry_features, probe_features
from ischia.core.vision.gate import GateFeatures, GateResult, gate, gate_features
from ischia.core.vision.geometry import Placement
from ischia.core.vision.plane import SIDE, SMALLEST, Reducer, reduced
from ischia.core.vision.results import Box, Kind, PictureMatch, Quad, Strength, quad_of
from ischia.core.vision.search import Known, Probe, compare, convincing, known, match_of, probe
from ischia.core.vision.variants import COMPLEMENT, Variant, bank_hashes, probe_hashes
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
    "compare",
    "convincing",
    "entry_features",
    "gate",
    "gate_features",
    "known",
    "match_of",
    "probe",
    "probe_features",
    "probe_hashes",
    "quad_of",
    "reduced",
    "trim",
    "trim_blur",
    "trim_captions",
    "warm",
]


def warm() -> None:
    """Compile every kernel, or load it from numba's cache."""
    import numpy as np

    picture = np.random.default_rng(1).integers(0, 256, (96, 128)).astype(np.uint8)
    reduced(np.repeat(np.repeat(picture, 6, axis=0), 6, axis=1))
    smoothed = reduced(np.repeat(np.repeat(picture[::8, ::8], 32, axis=0), 32, axis=1))
    entry, of = known(smoothed), probe(smoothed)
    FeatureIndex.build([(1, entry.local)]).candidates(of.local)
    compare(of, entry.local, entry.gate.thumb, flip=False)
