"""How long the device takes for a draft picture, and how much memory."""

import resource
import time
from pathlib import Path
from typing import Any

from edge_models.image.compositor import Compositor
from edge_models.image.parse import parse_prompt
from tools.bench import result, spread

PROMPTS = (
    "a red fox under a full moon",
    "three blue cats on a beach at sunset",
    "a castle on a hill with two dragons above it at night",
    "a sailing boat on the sea in a storm",
    "a robot holding a flower in a garden",
    "a snowy village with a christmas tree",
    "a green car in the city in the rain",
    "an astronaut riding a horse in space",
)


async def measure(_models_root: Path, _speech: Path | None) -> dict[str, Any]:
    """Draw each prompt three times at 512 pixels, words included; the first picture, which loads the art, apart."""
    compositor = Compositor()
    before_mb = _peak_mb()
    first = _ms(compositor, PROMPTS[0], 0)
    times = [_ms(compositor, prompt, seed) for seed in range(3) for prompt in PROMPTS]
    figures = {"ms": spread(times), "first_ms": round(first, 1), "peak_mb": round(_peak_mb() - before_mb, 1)}
    return result("draft", len(times), default="compositor", engines={"compositor": figures})


def _ms(compositor: Compositor, prompt: str, seed: int) -> float:
    began = time.perf_counter()
    compositor.draft(parse_prompt(prompt), seed=seed)
    return (time.perf_counter() - began) * 1000


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
