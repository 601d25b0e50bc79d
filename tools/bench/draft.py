"""How long the device takes for a draft picture, by engine, how much memory, and how good it is (`tools/gate`).

Each engine is timed in a process of its own: eight prompts with three seeds, words to 512² picture, on one thread; the
first picture, which loads the art, apart; `cpu_ms` is the processor time of one, whatever else the machine does. What
precision, steps and threads make of the model's time is in `variants` (`draft_parts.py`), a step of its network by what
runs it in `step_cpu_ms` (`draft_steps.py`). The gate is held in this process on prompts that nothing was learnt from.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from device.config import Pictures
from device.drafting import load_drafter
from edge_models.image.compositor import Compositor
from edge_models.image.draft_model import CODEC, FOLDER, DraftModel
from edge_models.image.drafter import Drafter
from edge_models.image.enlarge import MODEL, Enlarger
from edge_models.image.parse import parse_prompt
from edge_models.image.patches import load_codec
from edge_models.models import ModelStore
from tools.bench import peak_mb, result, spread
from tools.bench.draft_parts import parts_by_variant
from tools.bench.draft_steps import steps_by_runtime
from tools.gate.judge import Judge
from tools.gate.measure import claims, composed, singles

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
GATED = 60
"""Pictures of each kind at the gate; `python -m tools.gate` takes more."""


async def measure(models_root: Path, _speech: Path | None) -> dict[str, Any]:
    """Time both engines and hold them against the gate."""
    store = ModelStore(models_root)
    store.path(MODEL)  # said at once where it is missing
    judge = Judge()
    engines: dict[str, dict[str, Any]] = {}
    for name in ("compositor", "model"):
        engines[name] = await _timed_alone(name, models_root) | {"gate": _gate(_engine(name, store), judge)}
    default = "compositor" if isinstance(load_drafter(Pictures(), store), Compositor) else "model"
    count = engines["compositor"].pop("n")
    del engines["model"]["n"]
    steps = steps_by_runtime(PROMPTS[0], dims=load_codec(FOLDER / CODEC).dims)
    return result("draft", count, default=default, engines=engines, **steps)


def _engine(name: str, store: ModelStore) -> Drafter:
    return Compositor() if name == "compositor" else DraftModel(Enlarger(store.path(MODEL)))


async def _timed_alone(name: str, models_root: Path) -> dict[str, Any]:
    command = (sys.executable, "-m", "tools.bench.draft", name, str(models_root))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return json.loads(output)


def _timed(name: str, models_root: Path) -> dict[str, Any]:
    """In the process of its own."""
    before_mb = peak_mb()
    store = ModelStore(models_root)
    engine = _engine(name, store)
    first = _ms(engine, PROMPTS[0], 0)
    busy = time.process_time()
    times = [_ms(engine, prompt, seed) for seed in range(3) for prompt in PROMPTS]
    busy = (time.process_time() - busy) / len(times) * 1000
    figures: dict[str, Any] = {"n": len(times), "ms": spread(times), "cpu_ms": round(busy, 1)}
    figures["first_ms"] = round(first, 1)
    figures["peak_mb"] = round(peak_mb() - before_mb, 1)
    if isinstance(engine, DraftModel):
        figures["steps"] = engine.steps
        figures["variants"] = parts_by_variant(models_root, PROMPTS)
    return figures


def _gate(engine: Drafter, judge: Judge) -> dict[str, float]:
    single = singles(engine, judge, claims(), count=GATED, seed=70_000)
    shown = composed(engine, judge, claims(), count=GATED, seed=80_000)
    return {
        "subject": round(sum(right for _, right in single) / len(single), 3),
        "composed": round(sum(one.composed for one in shown) / len(shown), 3),
    }


def _ms(engine: Drafter, prompt: str, seed: int) -> float:
    began = time.perf_counter()
    engine.draft(parse_prompt(prompt), seed=seed)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    print(json.dumps(_timed(sys.argv[1], Path(sys.argv[2]))))
