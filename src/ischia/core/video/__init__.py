"""Video: known films that come back cut, re-encoded, framed, mirrored, with logos, faster or slower.

`inside` finds a film that is shown inside of another picture, `hashes_of` makes the hashes of one frame, `match` lines
the frames of two films up in time, `closer` says where keyframes alone were too few for that.
"""

from ischia.core.video.alignment import LEAST_FRAMES, Pair, VideoMatch, match
from ischia.core.video.closer import closer
from ischia.core.video.hashing import BANK, INSIDE, PROBE, FrameHashes, hashes_of
from ischia.core.video.inside import BLOCK, inside

__all__ = [
    "BANK",
    "BLOCK",
    "INSIDE",
    "LEAST_FRAMES",
    "PROBE",
    "FrameHashes",
    "Pair",
    "VideoMatch",
    "closer",
    "hashes_of",
    "inside",
    "match",
]
