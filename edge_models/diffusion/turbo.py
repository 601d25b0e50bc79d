"""Draws with an exported picture model: words, a few steps, a picture.

::

    prompt ──▶ tokens ──▶ text encoder ──▶ what the denoiser is told ─┐
    seed ──▶ noise ──────────────────────────────▶ one to four steps ─┴▶ decoder ──▶ picture
              (words.py)                             (schedule.py)

Compared with diffusers' own pipelines on small random weights, part by part on ONNX Runtime; the published weights, and
any GPU, were never run with it.
"""

import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np
from PIL import Image

from edge_models.diffusion.card import MAX_STEPS, checked_card
from edge_models.diffusion.parts import OpenPart, Parts, Run
from edge_models.diffusion.plan import Need, plan
from edge_models.diffusion.schedule import Going, denoised, schedule_for
from edge_models.diffusion.wiring import PartName
from edge_models.diffusion.words import Words
from edge_models.image.filters import Floats
from edge_models.image.noise import generator
from edge_models.network import Arrays

_REMEMBERED = 16
"""Prompts whose encoding is kept: some MB together."""


class TurboPicture:
    """One model that is ready to draw; it takes turns where several threads ask."""

    def __init__(self, folder: Path, open_part: OpenPart, may_use_bytes: int) -> None:
        """Check all files, which reads them once, and plan the memory; networks are opened when they are needed.

        `open_part` loads a network by whatever runs it here; it takes and gives float32 and int64, whatever its bits.
        Raises ModelCorrupt, or TooLittleMemory.
        """
        self.card = card = checked_card(folder)
        needs: dict[PartName, Need] = {
            name: Need(part.size_bytes, part.working_bytes) for name, part in card.parts.items()
        }
        self.plan = plan(needs, may_use_bytes)
        self._words = Words(folder, card)
        self._parts = Parts(folder, card, open_part, kept=self.plan.kept)
        self._told: OrderedDict[str, Arrays] = OrderedDict()
        self._turn = threading.Lock()

    @property
    def peak_bytes(self) -> int:
        """The most memory that it takes at one time."""
        return self.plan.peak_bytes

    def draw(
        self, prompt: str, *, seed: int, steps: int | None = None, going: Going = lambda _done, _of: True
    ) -> Image.Image | None:
        """Return an RGB picture of the card's size, the same for the same prompt, seed and steps on the same machine.

        `steps`: 1 to 4, by default the card's. `going` is asked before each part is loaded and before
        each step; when it answers False, nothing is drawn and None returned. Raises ModelError.
        """
        steps = self.card.steps if steps is None else steps
        if not 1 <= steps <= MAX_STEPS:
            raise ValueError(f"a picture is drawn in 1 to {MAX_STEPS} steps, not in {steps}")
        with self._turn:
            if not going(0, steps):
                return None
            told = self._told_of(prompt)
            if not going(0, steps):
                return None
            with self._parts.using("denoiser") as run:
                latents = self._denoised(run, told, seed, steps, going)
            if latents is None:
                return None
            with self._parts.using("decoder") as run:
                return _picture(run({"latents": latents})["picture"])

    def free(self) -> None:
        """Free the networks, after the drawing that goes on; the next drawing loads them again."""
        with self._turn:
            self._parts.free()

    def _told_of(self, prompt: str) -> Arrays:
        told = self._told.pop(prompt, None) or self._words.told(prompt, self._parts)
        self._told[prompt] = told
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        return told

    def _denoised(self, run: Run, told: Arrays, seed: int, steps: int, going: Going) -> Floats | None:
        shape = self.card.parts["denoiser"].inputs["latents"]
        random = generator(seed, "noise")

        def denoise(latents: Floats, time: float) -> Floats:
            return run({"latents": latents, "timestep": np.array([time], np.float32), **told})["prediction"]

        def noise() -> Floats:
            return random.standard_normal(shape, np.float32)

        return denoised(schedule_for(self.card.schedule, steps), denoise, noise, going)


def _picture(pixels: Floats) -> Image.Image:
    """From (1, 3, height, width) in about -1 to 1."""
    levels = np.round(np.clip(pixels[0] / 2 + 0.5, 0, 1) * 255).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(levels.transpose(1, 2, 0)))
