"""One step of the draft model's network by what runs it: in eight bits, in single precision, and in eager PyTorch.

All of it in one run, one after the other and again, so that whatever else the machine does falls on each; what counts
is processor time on one thread. PyTorch is never needed: where it is installed (`pip install nightjar[train]`) it runs
in a process of its own.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import numpy as np
import onnxruntime

from edge_models.image.draft_model import FOLDER, NETWORK
from edge_models.image.few_steps import Feed, draw
from edge_models.image.filters import Floats
from edge_models.image.layout import lay_out
from edge_models.image.parse import parse_prompt
from edge_models.image.told import tell

ROUNDS = 12
EAGER = {"eager_fp32": "float32", "eager_bf16": "bfloat16"}


def steps_by_runtime(prompt: str, *, dims: int) -> dict[str, Any]:
    """Milliseconds of processor time of a step (median), and how many times quicker eight bits are than the others."""
    feeds = feeds_of(prompt, dims=dims)
    sessions = {"int8": open_network(wide=False), "fp32": open_network(wide=True)}

    def stepper(session: onnxruntime.InferenceSession) -> Callable[[int], float]:
        def step(nth: int) -> float:
            began = time.process_time()
            session.run(None, dict(feeds[nth % len(feeds)]))
            return (time.process_time() - began) * 1000

        return step

    with _eager() as eager:
        runtimes = {name: stepper(session) for name, session in sessions.items()} | eager
        for step in runtimes.values():
            step(0)
        times = {name: [] for name in runtimes}
        for nth in range(ROUNDS):
            for name, step in runtimes.items():
                times[name].append(step(nth))
    took = {name: statistics.median(values) for name, values in times.items()}
    figures: dict[str, Any] = {"step_cpu_ms": {name: round(value, 1) for name, value in took.items()}}
    figures["int8_over_fp32"] = round(took["fp32"] / took["int8"], 2)
    if eager:
        figures["int8_over_eager"] = {
            precision: round(took[name] / took["int8"], 2) for name, precision in EAGER.items()
        }
    return figures


def feeds_of(prompt: str, *, dims: int) -> list[Feed]:
    """What the network is given while it draws a prompt in four steps."""
    feeds: list[Feed] = []

    def note(feed: Feed) -> Floats:
        feeds.append(feed)
        return np.asarray(feed["x"], np.float32)

    draw(note, tell(lay_out(parse_prompt(prompt), seed=0)), dims=dims, steps=4, seed=0)
    return feeds


def open_network(*, wide: bool, threads: int = 1) -> onnxruntime.InferenceSession:
    """The network as it is, or (`wide`) the same file with its bytes widened, computed in single precision."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # as on a device
    if wide:
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        options.add_session_config_entry("session.enable_quant_qdq_cleanup", "1")
    return onnxruntime.InferenceSession(str(FOLDER / NETWORK), options, providers=["CPUExecutionProvider"])


@contextmanager
def _eager() -> Iterator[dict[str, Callable[[int], float]]]:
    """Eager PyTorch in its process, by precision; nothing where it isn't installed."""
    if find_spec("torch") is None:
        yield {}
        return
    command = (sys.executable, "-m", "tools.bench.draft_eager")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        asked, told = process.stdin, process.stdout
        assert asked is not None
        assert told is not None

        def stepper(precision: str) -> Callable[[int], float]:
            def step(_nth: int) -> float:
                print(precision, file=asked, flush=True)
                return float(told.readline())

            return step

        yield {name: stepper(precision) for name, precision in EAGER.items()}
        asked.close()
