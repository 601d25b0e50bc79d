"""Recordings of a wake phrase for `nightjar wake enroll`: from files, or from a person at the microphone."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nightjar.errors import UserError

if TYPE_CHECKING:
    from edge_models.vad import SileroVad
    from hw.audio import Duplex
    from hw.audio.duplex import Block

Floats = NDArray[np.float32]

WANTED = 5
LEAST = 3
MOST = 20
_ATTEMPTS = 15
_LONGEST_S = 30


def from_files(clips: list[Path], vad: "SileroVad") -> list[Floats]:
    """Return the phrase in each of the files, (n,) float32 at 16 kHz. Raises UserError for one that can't be used."""
    from device.ears.phrase_recording import SayAgain, phrase_in

    if not LEAST <= len(clips) <= MOST:
        raise UserError(f"It takes {LEAST} to {MOST} recordings of the phrase; {WANTED} are a good number.")
    phrases: list[Floats] = []
    for clip in clips:
        samples = _decoded(clip)
        try:
            phrases.append(phrase_in(samples, list(_probabilities(vad, samples))))
        except SayAgain as reason:
            raise UserError(f"{clip} can't be used. {reason}") from None
    return phrases


async def from_microphone(
    duplex: "Duplex", vad: "SileroVad", phrase: str, *, count: int = WANTED, tell: Callable[[str], None]
) -> list[Floats]:
    """Let a person say `phrase` until `count` recordings can be used. Raises UserError after 15 attempts."""
    from device.ears.phrase_recording import SayAgain, phrase_in

    phrases: list[Floats] = []
    blocks = duplex.blocks()
    await anext(blocks)  # nobody is asked to speak to a card that doesn't open
    for _ in range(_ATTEMPTS):
        tell(f'({len(phrases) + 1} of {count}) Say "{phrase}" now.')
        try:
            phrases.append(phrase_in(*await _one(blocks, vad)))
        except SayAgain as reason:
            tell(str(reason))
            continue
        if len(phrases) == count:
            return phrases
    raise UserError("That didn't work: look with `nightjar doctor` whether the microphone hears you, and try again.")


async def _one(blocks: "AsyncIterator[Block]", vad: "SileroVad") -> tuple[Floats, list[float]]:
    """Record until somebody has spoken and is quiet again."""
    from device.ears.phrase_recording import is_over
    from edge_models.vad import FRAME_SAMPLES

    vad.reset()
    samples = np.zeros(0, np.float32)
    probabilities: list[float] = []
    async for block in blocks:
        samples = np.concatenate((samples, block.microphone))
        while samples.size >= (len(probabilities) + 1) * FRAME_SAMPLES:
            at = len(probabilities) * FRAME_SAMPLES
            frame = samples[at : at + FRAME_SAMPLES]
            probabilities.append(await asyncio.to_thread(vad.probability, frame))
        if is_over(probabilities):
            break
    return samples, probabilities


def _decoded(clip: Path) -> Floats:
    from hw.audio.files import decode

    samples = np.zeros(0, np.float32)
    for piece in decode(clip):
        samples = np.concatenate((samples, piece))
        if samples.size > _LONGEST_S * 16_000:
            raise UserError(
                f"{clip} is longer than {_LONGEST_S} s: a recording holds the phrase once and nothing else."
            )
    return samples


def _probabilities(vad: "SileroVad", samples: Floats) -> Iterator[float]:
    from edge_models.vad import FRAME_SAMPLES

    vad.reset()
    padded = np.pad(samples, (0, -samples.size % FRAME_SAMPLES))
    for at in range(0, padded.size, FRAME_SAMPLES):
        yield vad.probability(padded[at : at + FRAME_SAMPLES])


def tell(sentence: str) -> None:
    """Say something to the person at the terminal; results alone go to stdout."""
    print(sentence, file=sys.stderr, flush=True)
