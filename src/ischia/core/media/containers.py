"""Opening a container of sound or film that nobody vouches for: one demuxer, listed decoders, and no other file.

FFmpeg's demuxers can name further files and addresses (playlists, data references). The caller's first look at the
bytes chooses the only demuxer, and whatever asks for more is refused.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NoReturn, cast

from ischia.core.media.errors import Reason, Undecodable
from ischia.core.media.sniff import HEAD, sniff

if TYPE_CHECKING:
    from av.container import InputContainer

DEMUXERS: Final = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/3gpp": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/x-flv": "flv",
    "video/mpeg": "mpeg",
    "video/mp2t": "mpegts",
    "video/ogg": "ogg",
    "audio/ogg": "ogg",
    "audio/mp4": "mov",
}
"""The media types of containers that may hold pictures and sound, and the only demuxer that each may reach.

The last two say that they hold sound alone, which is not believed.
"""


def library() -> Any:
    """Return PyAV; raise `RuntimeError` that names the extra where it is not installed."""
    try:
        import av
    except ImportError:
        raise RuntimeError("films and sound are decoded by PyAV: pip install 'ischia[media]'") from None
    return av


def first_look(file: BinaryIO, max_bytes: int) -> str | None:
    """Return the media type that a file begins like; raise `Undecodable` when it is empty or too large."""
    size = file.seek(0, io.SEEK_END)
    if not size:
        raise Undecodable(Reason.EMPTY, "the file has no bytes")
    if size > max_bytes:
        raise Undecodable(Reason.TOO_LARGE, f"the file has {size} bytes, at most {max_bytes} are decoded")
    file.seek(0)
    media_type = sniff(file.read(HEAD))
    file.seek(0)
    return media_type


@contextmanager
def container(file: BinaryIO, demuxer: str, codecs: Sequence[str]) -> Iterator[InputContainer]:
    """Open a file with one demuxer and listed decoders; raises what PyAV raises."""
    options = {"codec_whitelist": ",".join(codecs), "enable_drefs": "0", "protocol_whitelist": "none"}
    opened = library().open(file, format=demuxer, io_open=_refuse, options=options, metadata_errors="replace")
    with opened as found:
        yield cast("InputContainer", found)


def one_thread(stream: Any) -> None:
    """Keep a stream's decoder in this thread: a confined process cannot start others."""
    stream.codec_context.thread_type = "NONE"
    stream.codec_context.thread_count = 1


def _refuse(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise PermissionError(f"a container may not open another file: {url[:100]!a}")
