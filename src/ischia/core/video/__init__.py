"""Video: known films that come back cut, re-encoded, framed, mirrored, with logos, faster or slower.

`hashes_of` makes the hashes of one frame, `match` lines the frames of two films up in time.
"""

from ischia.core.video.alignment import LEAST_FRAMES, Pair, VideoMatch, match
from ischia.core.video.hashing import BANK, PROBE, FrameHashes, hashes_of

__all__ = ["BANK", "LEAST_FRAMES", "PROBE", "FrameHashes", "Pair", "VideoMatch", "hashes_of", "match"]
