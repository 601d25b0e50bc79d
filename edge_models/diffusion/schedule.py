"""From noise to latents in one to four steps: at which times the denoiser is asked, and what becomes of its answers.

SD-Turbo and SDXL-Turbo: Euler's method over the noise levels that they were taught (https://arxiv.org/abs/2206.00364),
with times that begin at the very end (https://arxiv.org/abs/2305.08891); SDXL-Turbo adds fresh noise between two steps.
SANA-Sprint: a consistency model whose times are angles, 0 for the picture and a right angle for noise
(https://arxiv.org/abs/2410.11081, https://arxiv.org/abs/2503.09641).
FLUX.1 schnell: straight lines from noise to picture (https://arxiv.org/abs/2403.03206).
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from edge_models.diffusion.card import Constants, EulerConstants, FlowConstants, TrigFlowConstants
from edge_models.image.filters import Floats

Going = Callable[[int, int], bool]
"""Told how many steps are done, of how many; False calls the drawing off."""
Denoise = Callable[[Floats, float], Floats]
"""From scaled latents and a time to the denoiser's prediction."""


class Schedule(Protocol):
    """A number of steps; all arrays are latents, (1, channels, rows, columns) float32."""

    steps: int

    def begin(self, noise: Floats) -> Floats:
        """Return what the first step begins with, for standard normal noise."""
        ...

    def asked(self, x: Floats, nth: int) -> tuple[Floats, float]:
        """Return the latents and the time that the denoiser is given in a step."""
        ...

    def after(self, x: Floats, nth: int, prediction: Floats, noise: Callable[[], Floats]) -> Floats:
        """Return what the step leaves; after the last one, the picture's latents."""
        ...


class Euler:
    """Steps over noise levels."""

    def __init__(self, constants: EulerConstants, steps: int) -> None:
        """`steps`: at least 1."""
        self.steps = steps
        roots = np.linspace(constants.beta_start**0.5, constants.beta_end**0.5, constants.train_steps)
        clean = np.cumprod(1 - roots**2)
        levels = np.sqrt((1 - clean) / clean)
        # The last of the taught times, and back from there in even strides.
        times = np.round(np.arange(constants.train_steps, 0, -constants.train_steps / steps)) - 1
        self.times = times[:steps]
        self.levels = np.append(levels[self.times.astype(np.int64)], 0.0)
        """One more than steps: the last is that of the picture."""
        self._highest = levels.max()
        self._ancestral = constants.kind == "euler_ancestral"

    def begin(self, noise: Floats) -> Floats:
        """Noise of the highest level."""
        return noise * np.float32(self._highest)

    def asked(self, x: Floats, nth: int) -> tuple[Floats, float]:
        """Latents as if they varied by 1."""
        return x * np.float32(1 / np.hypot(self.levels[nth], 1)), float(self.times[nth])

    def after(self, x: Floats, nth: int, prediction: Floats, noise: Callable[[], Floats]) -> Floats:
        """As much less of the predicted noise as the level falls; with fresh noise, it falls further first."""
        here, there = self.levels[nth], self.levels[nth + 1]
        fresh = there * np.sqrt(1 - (there / here) ** 2) if self._ancestral else 0.0
        down = np.sqrt(there**2 - fresh**2)
        x = x + prediction * np.float32(down - here)
        return x + noise() * np.float32(fresh) if fresh else x


class TrigFlow:
    """Steps over angles: each goes to the picture and, but for the last, back to a smaller angle with fresh noise."""

    def __init__(self, constants: TrigFlowConstants, steps: int) -> None:
        """`steps`: at least 1."""
        self.steps = steps
        if steps == 2:  # as it was taught: https://arxiv.org/abs/2503.09641, table 3
            self.angles = np.array([constants.start, constants.middle, 0.0])
        else:
            self.angles = np.linspace(constants.start, 0.0, steps + 1)
        self._sigma = constants.sigma_data

    def begin(self, noise: Floats) -> Floats:
        """Noise that varies as the data do."""
        return noise * np.float32(self._sigma)

    def asked(self, x: Floats, nth: int) -> tuple[Floats, float]:
        """As the flow on straight lines that the denoiser was before it was taught angles."""
        share, scale = self._straight(nth)
        return x * np.float32(scale / self._sigma), share

    def after(self, x: Floats, nth: int, prediction: Floats, noise: Callable[[], Floats]) -> Floats:
        """Turn the straight flow's prediction into the angle's, and that into the picture."""
        share, scale = self._straight(nth)
        given = self.asked(x, nth)[0]
        back, turned = np.float32(1 - 2 * share), np.float32(1 - 2 * share + 2 * share**2)
        velocity = (back * given + turned * prediction) * np.float32(self._sigma / scale)
        here, there = self.angles[nth], self.angles[nth + 1]
        clean = np.float32(np.cos(here)) * x - np.float32(np.sin(here)) * velocity
        if nth + 1 < self.steps:
            return np.float32(np.cos(there)) * clean + np.float32(np.sin(there) * self._sigma) * noise()
        return clean * np.float32(1 / self._sigma)

    def _straight(self, nth: int) -> tuple[float, float]:
        """The share of noise on a straight line that an angle stands for, and the length of that mixture."""
        sine, cosine = np.sin(self.angles[nth]), np.cos(self.angles[nth])
        share = float(sine / (sine + cosine))
        return share, float(np.hypot(share, 1 - share))


class Flow:
    """Euler's steps on a straight line, whose times are the shares of noise in the mixture."""

    def __init__(self, constants: FlowConstants, steps: int) -> None:
        """`steps`: at least 1."""
        self.steps = steps
        even = np.linspace(1, 1 / steps, steps)
        shifted = constants.shift * even / (1 + (constants.shift - 1) * even)
        self.shares = np.append(shifted, 0.0)
        """One more than steps: the last is that of the picture."""

    def begin(self, noise: Floats) -> Floats:
        """Nothing but noise."""
        return noise

    def asked(self, x: Floats, nth: int) -> tuple[Floats, float]:
        """Latents as they are."""
        return x, float(self.shares[nth])

    def after(self, x: Floats, nth: int, prediction: Floats, noise: Callable[[], Floats]) -> Floats:
        """As far along the predicted line as the share of noise falls."""
        del noise
        return x + prediction * np.float32(self.shares[nth + 1] - self.shares[nth])


def schedule_for(constants: Constants, steps: int) -> Schedule:
    """Return the schedule that a card's constants are for."""
    match constants:
        case EulerConstants():
            return Euler(constants, steps)
        case TrigFlowConstants():
            return TrigFlow(constants, steps)
        case FlowConstants():
            return Flow(constants, steps)


def denoised(schedule: Schedule, denoise: Denoise, noise: Callable[[], Floats], going: Going) -> Floats | None:
    """Return the picture's latents; None when `going`, asked before and after each step, calls it off.

    `noise` gives standard normal latents, new ones each time.
    """
    x = schedule.begin(noise())
    for nth in range(schedule.steps):
        if not going(nth, schedule.steps):
            return None
        x = schedule.after(x, nth, denoise(*schedule.asked(x, nth)), noise)
    return x if going(schedule.steps, schedule.steps) else None
