"""How long the device takes for a draft picture, by engine, how much memory, and how good it is (`tools/gate`).

Each engine is timed in a process of its own: eight prompts with three seeds, words to 512² picture, on one thread; the
first picture, which loads the art, apart; `cpu_ms` is the processor time of one, whatever else the machine does. The
gate is held in this process on prompts that nothing was learnt from.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import onnxruntime

from device.config import Pictures
from device.drafting import load_drafter
from edge_models.image.compositor import Compositor
from edge_models.image.draft_model import FOLDER, NETWORK, DraftModel
from edge_models.image.drafter import Drafter
from edge_models.image.enlarge import MODEL, Enlarger
from edge_models.image.few_steps import STEPS, Feed, draw
from edge_models.image.layout import lay_out
from edge_models.image.parse import parse_prompt
from edge_models.image.told import tell
from edge_models.models import ModelStore
from tools.bench import result, spread
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
    judge = Judge()
    engines: dict[str, dict[str, Any]] = {}
    for name in ("compositor", "model"):
        engines[name] = await _timed_alone(name, models_root) | {"gate": _gate(_engine(name, store), judge)}
    default = "compositor" if isinstance(load_drafter(Pictures(), store), Compositor) else "model"
    count = engines["compositor"].pop("n")
    del engines["model"]["n"]
    return result("draft", count, default=default, engines=engines, int8_over_fp32=_int8_over_fp32())


def _engine(name: str, store: ModelStore, steps: int | None = None) -> Drafter:
    return Compositor() if name == "compositor" else DraftModel(Enlarger(store.path(MODEL)), steps=steps)


async def _timed_alone(name: str, models_root: Path) -> dict[str, Any]:
    command = (sys.executable, "-m", "tools.bench.draft", name, str(models_root))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return json.loads(output)


def _timed(name: str, models_root: Path) -> dict[str, Any]:
    """In the process of its own."""
    before_mb = _peak_mb()
    store = ModelStore(models_root)
    engine = _engine(name, store)
    first = _ms(engine, PROMPTS[0], 0)
    busy = time.process_time()
    times = [_ms(engine, prompt, seed) for seed in range(3) for prompt in PROMPTS]
    busy = (time.process_time() - busy) / len(times) * 1000
    figures: dict[str, Any] = {"n": len(times), "ms": spread(times), "cpu_ms": round(busy, 1)}
    figures["first_ms"] = round(first, 1)
    figures["peak_mb"] = round(_peak_mb() - before_mb, 1)
    if isinstance(engine, DraftModel):
        figures["steps"] = engine.steps
        for steps in STEPS:
            other = _engine(name, store, steps=steps)
            _ms(other, PROMPTS[0], 0)
            figures[f"ms_in_{steps}_steps"] = spread([_ms(other, prompt, 0) for prompt in PROMPTS])
    return figures


def _gate(engine: Drafter, judge: Judge) -> dict[str, float]:
    single = singles(engine, judge, claims(), count=GATED, seed=70_000)
    shown = composed(engine, judge, claims(), count=GATED, seed=80_000)
    return {
        "subject": round(sum(right for _, right in single) / len(single), 3),
        "composed": round(sum(one.composed for one in shown) / len(shown), 3),
    }


def _int8_over_fp32() -> float:
    """How many times quicker the network is in bytes than the same file, widened by ONNX Runtime."""
    feeds: list[Feed] = []

    def note(feed: Feed) -> Any:
        feeds.append(feed)
        return feed["x"]

    draw(note, tell(lay_out(parse_prompt(PROMPTS[0]), seed=0)), dims=96, steps=4, seed=0)
    sessions = [_session(wide=wide) for wide in (False, True)]
    times: list[list[float]] = [[], []]
    for _ in range(8):
        for session, taken in zip(sessions, times, strict=True):
            for feed in feeds:
                began = time.perf_counter()
                session.run(None, dict(feed))
                taken.append(time.perf_counter() - began)
    quick, slow = (sorted(taken)[len(taken) // 2] for taken in times)
    return round(slow / quick, 2)


def _session(*, wide: bool) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if wide:
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        options.add_session_config_entry("session.enable_quant_qdq_cleanup", "1")
    return onnxruntime.InferenceSession(str(FOLDER / NETWORK), options, providers=["CPUExecutionProvider"])


def _ms(engine: Drafter, prompt: str, seed: int) -> float:
    began = time.perf_counter()
    engine.draft(parse_prompt(prompt), seed=seed)
    return (time.perf_counter() - began) * 1000


def _peak_mb() -> float:
    # Not getrusage: what this process took over from the one that started it would count.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


if __name__ == "__main__":
    print(json.dumps(_timed(sys.argv[1], Path(sys.argv[2]))))
