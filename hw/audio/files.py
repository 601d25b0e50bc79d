"""Audio files of any kind as 16 kHz mono samples."""

from collections.abc import Generator, Iterator
from pathlib import Path

import av
import av.container
import av.error
import numpy as np
from numpy.typing import NDArray

from hw.audio.duplex import RATE_HZ, AudioFault

# The door: only formats that carry their sound inside. FFmpeg's playlists (concat, HLS) open other files and
# addresses named in the text, whatever the file itself is called.
_OPTIONS = {
    "format_whitelist": "wav,w64,flac,ogg,mp3,aac,mov,matroska,aiff,au,caf,amr,asf,ac3",
    "protocol_whitelist": "none",
}
_MAX_CHANNELS = 64


def decode(path: Path) -> Generator[NDArray[np.float32], None, None]:
    """Yield the sound of `path` in pieces, (n,) float32 in [-1, 1] at 16 kHz, all channels mixed to one.

    Any container, rate and channel count that FFmpeg reads; memory stays at a few seconds of sound however long the
    file is. A file that breaks off in the middle gives what can be read of it. Raises AudioFault with one sentence
    when nothing can.
    """
    anything = False
    try:
        with path.open("rb") as file, av.open(file, mode="r", options=_OPTIONS) as container:
            for piece in _pieces(path, container):
                anything = anything or piece.size > 0
                yield piece
    except FileNotFoundError:
        raise AudioFault(f"{path} doesn't exist.") from None
    except IsADirectoryError:
        raise AudioFault(f"{path} is a directory, not an audio file.") from None
    except PermissionError:
        raise AudioFault(f"{path} may not be read: permission denied.") from None
    except (av.error.FFmpegError, ValueError, OSError):
        if not anything and path.stat().st_size == 0:
            raise AudioFault(f"{path} is empty.") from None
        if not anything:
            raise AudioFault(f"{path} is not an audio file that can be read.") from None
    if not anything:
        raise AudioFault(f"{path} holds no sound.")


def _pieces(path: Path, container: av.container.InputContainer) -> Iterator[NDArray[np.float32]]:
    if not container.streams.audio:
        raise AudioFault(f"{path} has no audio in it.")
    stream = container.streams.audio[0]
    if stream.codec_context.channels > _MAX_CHANNELS:
        raise AudioFault(f"{path} has more than {_MAX_CHANNELS} channels.")
    # 16-bit on purpose: only for integers does FFmpeg scale the mix of many channels so that it can't overflow.
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
    for frame in container.decode(stream):
        for resampled in resampler.resample(frame):
            yield _samples(resampled)
    for resampled in resampler.resample(None):
        yield _samples(resampled)


def _samples(frame: av.AudioFrame) -> NDArray[np.float32]:
    return frame.to_ndarray()[0].astype(np.float32) / 32768
