"""Where the time of a draft by the trained model goes, by precision, steps and threads."""

import statistics
import time
from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from edge_models.image.draft_model import CODEC, FOLDER
from edge_models.image.enlarge import MODEL, Enlarger
from edge_models.image.few_steps import STEPS, Feed, draw
from edge_models.image.filters import Floats
from edge_models.image.layout import lay_out
from edge_models.image.parse import parse_prompt
from edge_models.image.patches import Codec, load_codec
from edge_models.image.told import tell
from edge_models.models import ModelStore
from tools.bench import spread
from tools.bench.draft_steps import open_network

THREADS = (1, 2)
PARTS = ("layout", "network", "enlarging")


def parts_by_variant(models_root: Path, prompts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """For each variant the milliseconds of a draft (median, p95) and the medians of its parts.

    `threads` are the network's and the enlarger's. Precisions and steps take turns, so that whatever else the machine
    does falls on all of them.
    """
    codec = load_codec(FOLDER / CODEC)
    folder = ModelStore(models_root).path(MODEL)
    times: dict[str, list[tuple[float, ...]]] = {}
    # One number of threads after the other: idle threads of a pool wait busily for a while, in everybody's way.
    for threads in THREADS:
        enlarger = Enlarger(folder, threads=threads)
        networks = {"int8": open_network(wide=False, threads=threads), "fp32": open_network(wide=True, threads=threads)}
        for prompt in (prompts[0], *prompts):
            for (precision, session), steps in product(networks.items(), STEPS):
                name = f"{precision} {steps} steps {threads} threads"
                times.setdefault(name, []).append(_draft(prompt, session, codec, enlarger, steps=steps))
    # The first draft of each loads what the others find.
    return {name: _figures(taken[1:]) for name, taken in times.items()}


def _draft(
    prompt: str, session: onnxruntime.InferenceSession, codec: Codec, enlarger: Enlarger, *, steps: int
) -> tuple[float, ...]:
    """Draw one as `DraftModel` does, with a look at the clock between its parts."""

    def network(feed: Feed) -> Floats:
        return np.asarray(session.run(None, dict(feed))[0], np.float32)

    clock = [time.perf_counter()]
    told = tell(lay_out(parse_prompt(prompt), seed=0))
    clock.append(time.perf_counter())
    tokens = draw(network, told, dims=codec.dims, steps=steps, seed=0)
    clock.append(time.perf_counter())
    enlarger.enlarge(codec.decode(tokens)[0])
    clock.append(time.perf_counter())
    return tuple((after - before) * 1000 for before, after in pairwise(clock))


def _figures(taken: Sequence[tuple[float, ...]]) -> dict[str, Any]:
    medians = (round(statistics.median(values), 1) for values in zip(*taken, strict=True))
    return spread([sum(parts) for parts in taken]) | dict(zip(PARTS, medians, strict=True))
