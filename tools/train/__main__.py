"""Train the draft model, distil it to a few steps, and leave its weights and sheets of samples; needs torch.

    python -m tools.train --preset cpu|gpu --deadline SECONDS --out DIR [--codec FILE] [--resume STATE] [--state STATE]

All of it ends before the deadline, whatever the speed turns out to be: 72 % of the time goes into learning from the
compositor's pictures, the rest into distillation. Weights and samples are written as it goes; `tools.train.export`
makes the ONNX files of them. What `--state` kept of the learning, every 90 s and at its end, is gone on from with
`--resume`, on new pictures and with the optimisers from their beginning.
"""

# Torch types a layer as "Tensor | Module", and diffusers exports nothing: what they say of themselves is not checked.
# pyright: reportMissingImports=false, reportPrivateImportUsage=false, reportArgumentType=false, reportCallIssue=false
# Torch and onnx are for training alone and needn't be there where this is checked.

import argparse
import copy
import json
import os
import threading
import time
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from edge_models.image.parse import parse_prompt
from edge_models.image.patches import Codec, load_codec
from tools.train.flow import distillation_loss, draw, loss_of
from tools.train.muon import Muon
from tools.train.network import Network, Size
from tools.train.pictures import Painters, empty, write
from tools.train.pool import Pool
from tools.train.prompts import SHEET

LEARNING = 0.72
"""Of the time; the rest is distillation."""
PART_BYTES = 15 * 2**20
"""Weights are written in parts of at most this size."""
SAVE_EVERY_S = 90


@dataclass(frozen=True, slots=True)
class Preset:
    """How a machine of one kind trains."""

    width: int
    depth: int
    heads: int
    batch: int
    distil_batch: int
    muon_lr: float
    adam_lr: float
    ema: float
    pool: int
    least: int
    """Pictures that must be there before the first step."""
    forget: float = 0.1
    guidance: float = 1.3


PRESETS = {
    # 24 M parameters, one accelerator with 40 GB or more, 8 cores or more that paint.
    "gpu": Preset(384, 12, 6, 512, 256, 0.012, 1.5e-3, 0.998, 300_000, 6_000),
    # 9 M parameters, two cores.
    "cpu": Preset(256, 10, 4, 32, 16, 0.012, 1.5e-3, 0.995, 30_000, 500),
    # Only to see whether everything runs.
    "toy": Preset(64, 2, 2, 8, 8, 0.012, 1.5e-3, 0.9, 500, 40),
}


class Run:
    """One call of this tool."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.began = args.began
        self.deadline: float = args.deadline
        self.out: Path = args.out
        self.preset = PRESETS[args.preset]
        self.cuda = torch.cuda.is_available()
        self.device = torch.device("cuda" if self.cuda else "cpu")
        self.codec: Codec = load_codec(args.codec)
        self.out.mkdir(parents=True, exist_ok=True)
        kept = None if args.resume is None else _read_state(args.resume)
        self.step: int = 0 if kept is None else kept["step"]
        # Before torch touches the card: the painters are forks of this process. What is gone on with sees new pictures.
        self.painters = Painters(args.workers, slots=512 if self.cuda else 64, seed=args.seed + self.step)
        torch.set_float32_matmul_precision("high")
        torch.manual_seed(args.seed)
        self.size = Size(self.codec.dims, self.preset.width, self.preset.depth, self.preset.heads, not self.cuda)
        self.network = Network(self.size).to(self.device)
        self.ema = copy.deepcopy(self.network).requires_grad_(requires_grad=False)
        self.pool = Pool(self.codec, capacity=self.preset.pool, device=self.device)
        self.state: Path | None = args.state
        if kept is not None:
            self._go_on(kept, args)
        self.compiles = self.cuda and args.compile
        self._compile(self.network)
        self.prompts = SHEET if self.cuda else SHEET[:16]
        self.sheet = Pool(self.codec, capacity=len(self.prompts), device=self.device)
        rows = empty(len(self.prompts))
        for row, prompt in enumerate(self.prompts):
            write(rows, row, parse_prompt(prompt), seed=row)
        self.sheet.add(rows)
        self.rows = rows
        self._saved_s = 0.0
        self._save_takes_s = 0.0
        self._feeding = threading.Thread(target=self._feed, name="feed", daemon=True)
        self._full = threading.Event()
        self._feeding.start()

    @property
    def spent(self) -> float:
        """Seconds since the process began."""
        return time.time() - self.began

    def say(self, **figures: Any) -> None:
        """One line of the log."""
        line = json.dumps({"s": round(self.spent, 1), **figures})
        print(line, flush=True)
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(line + "\n")

    def close(self) -> None:
        """End what runs beside this."""
        self._full.set()
        self._feeding.join(10)
        self.painters.close()

    def _feed(self) -> None:
        """Put what has been painted into the pool, beside the learning: a stream of its own on the card."""
        stream = torch.cuda.Stream() if self.cuda else None
        while not self._full.wait(0.05):
            batch = self.painters.take()
            if batch is not None:
                with torch.cuda.stream(stream):
                    self.pool.add(batch)

    def _compile(self, network: Network) -> None:
        # Block by block: all blocks share one compiled function, so that compiling takes seconds, not minutes.
        if self.compiles:
            for block in network.blocks:
                block.compile(dynamic=False)

    def learn(self) -> None:
        """Learn from pictures until it is time to distil."""
        end = self.deadline * LEARNING
        while self.pool.size < self.preset.least and self.spent < end:
            time.sleep(0.05)
        self.say(stage="learning", pool=self.pool.size, parameters=sum(p.numel() for p in self.network.parameters()))
        begin = self.spent

        def loss() -> Tensor:
            return loss_of(self.network, self.pool.sample(self.preset.batch), forget=self.preset.forget)

        self._descend(self.network, loss, begin=begin, end=end, stage="learning", rate=1.0, ema=self.preset.ema)

    def distil(self) -> None:
        """Turn the network into one that needs few steps."""
        # A little is left for the last samples and for writing.
        end = self.deadline - max(min(25.0, 0.06 * self.deadline), 1.5 * self._save_takes_s)
        teacher = copy.deepcopy(self.ema)
        self._compile(teacher)
        self.network.load_state_dict(self.ema.state_dict())

        def loss() -> Tensor:
            sample = self.pool.sample(self.preset.distil_batch)
            return distillation_loss(self.network, teacher, sample, guidance=self.preset.guidance)

        self._descend(self.network, loss, begin=self.spent, end=end, stage="distilling", rate=0.35, ema=0.99)

    def _descend(
        self, network: Network, loss_now: Any, *, begin: float, end: float, stage: str, rate: float, ema: float
    ) -> None:
        optimisers = _optimisers(network, self.preset)
        rates = [[group["lr"] * rate for group in optimiser.param_groups] for optimiser in optimisers]
        first, total, said, fed = self.step, torch.zeros((), device=self.device), self.spent, 0
        slow = 0.0
        weights, averages = list(network.parameters()), list(self.ema.parameters())
        while True:
            now = time.time()
            done = (self.spent - begin) / max(1e-9, end - begin)
            # A step that may not end in time isn't begun.
            if done >= 1 or self.spent + 1.5 * slow >= end:
                break
            share = min(1.0, (self.step - first + 1) / 60) * min(1.0, max(0.02, (1 - done) / 0.4))
            for optimiser, its in zip(optimisers, rates, strict=True):
                for group, lr in zip(optimiser.param_groups, its, strict=True):
                    group["lr"] = lr * share
            with torch.autocast(self.device.type, torch.bfloat16):
                loss = loss_now()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 2.0)
            for optimiser in optimisers:
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
            with torch.no_grad():
                torch._foreach_lerp_(
                    averages, weights, 1 - min(ema, (self.step - first + 1) / (self.step - first + 10))
                )
            total += loss.detach()
            self.step += 1
            fed += 1
            if self.cuda and self.step % 8 == 0:
                torch.cuda.synchronize()  # or the clock would run ahead of the card
            slow = max(slow * 0.95, time.time() - now)
            if self.spent - said > (5 if self.deadline < 700 else 30):
                figures = {"loss": round(float(total) / fed, 4), "steps_per_s": round(fed / (self.spent - said), 2)}
                self.say(step=self.step, **figures, pool=self.pool.size, made=self.painters.made)
                total.zero_()
                said, fed = self.spent, 0
            if self.spent - self._saved_s > SAVE_EVERY_S:
                self.save(stage)
        self.say(stage=f"{stage} done", step=self.step)
        self.save(stage)

    def save(self, stage: str) -> None:
        """Write weights and a sheet of samples."""
        self._saved_s = self.spent
        distilled = stage == "distilling"
        weights = {name: value.half().cpu() for name, value in self.ema.state_dict().items()}
        kept = BytesIO()
        torch.save({"size": asdict(self.size), "stage": stage, "weights": weights, "step": self.step}, kept)
        content = kept.getvalue()
        for nth in range(-(-len(content) // PART_BYTES)):
            (self.out / f"weights.{nth}").write_bytes(content[nth * PART_BYTES : (nth + 1) * PART_BYTES])
        if self.state is not None and not distilled:
            # Aside first: a run that is killed while it writes keeps the state before.
            beside = self.state.with_name(f"{self.state.name}.new")
            torch.save({"network": self.network.state_dict(), "ema": self.ema.state_dict(), "step": self.step}, beside)
            beside.replace(self.state)
        if self.spent + 1.2 * self._save_takes_s < self.deadline:
            self._samples("student" if distilled else "teacher", distilled=distilled)
        self._save_takes_s = self.spent - self._saved_s
        self.say(saved=stage, took_s=round(self._save_takes_s, 1))

    def _samples(self, name: str, *, distilled: bool) -> None:
        everything = self.sheet.seen(torch.arange(len(self.prompts), device=self.device))
        steps = (4, 2) if distilled else (16 if self.cuda else 8,)
        guidance = 1.0 if distilled else self.preset.guidance
        columns = [self.rows.picture]
        with torch.autocast(self.device.type, torch.bfloat16):
            for count in steps:
                tokens = draw(self.ema, everything, steps=count, distilled=distilled, guidance=guidance)
                columns.append(self.codec.decode(tokens.float().cpu().numpy()))
        side, across = 128, 8
        tall = len(columns) * side
        sheet = Image.new("RGB", (across * side, -(-len(self.prompts) // across) * (tall + 4)))
        for nth in range(len(self.prompts)):
            for row, column in enumerate(columns):
                sheet.paste(
                    Image.fromarray(column[nth]), (nth % across * side, nth // across * (tall + 4) + row * side)
                )
        sheet.save(self.out / f"{name}.png")

    def _go_on(self, kept: dict[str, Any], args: argparse.Namespace) -> None:
        try:
            self.network.load_state_dict(kept["network"])
            self.ema.load_state_dict(kept["ema"])
        except RuntimeError:
            self.painters.close()
            raise SystemExit(f"{args.resume} is the state of another network than the preset {args.preset}.") from None


def _read_state(path: Path) -> dict[str, Any]:
    """What `--state` kept, onto the processor."""
    try:
        kept = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # noqa: BLE001 - whatever the file makes the unpickler stumble over
        kept = None
    if not isinstance(kept, dict) or kept.keys() != {"network", "ema", "step"}:
        raise SystemExit(f"{path} is no state that --state has kept.")
    return kept


def _optimisers(network: Network, preset: Preset) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    inner = [p for block in network.blocks for p in block.parameters() if p.ndim == 2 and min(p.shape) > 6]
    ids = {id(p) for p in inner}
    rest = [p for p in network.parameters() if id(p) not in ids]
    adam = torch.optim.AdamW(rest, lr=preset.adam_lr, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
    return Muon(inner, lr=preset.muon_lr), adam


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=PRESETS, required=True)
    parser.add_argument("--deadline", type=float, required=True, help="seconds until everything has ended")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--codec", type=Path, default=Path("edge_models/image/draft/codec.npz"))
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-compile", dest="compile", action="store_false")
    parser.add_argument("--state", type=Path, help="where to keep the state that --resume goes on from")
    parser.add_argument("--resume", type=Path)
    args = parser.parse_args()
    args.began = time.time()
    run = Run(args)
    try:
        run.learn()
        run.distil()
    finally:
        run.close()
    run.say(stage="done")


if __name__ == "__main__":
    main()
