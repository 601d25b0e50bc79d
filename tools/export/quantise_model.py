"""From an exported model in single precision to the one for a board.

    python -m tools.export.quantise_model FOLDER OUT --to int8

`FOLDER` is what `python -m tools.export` made; `OUT` becomes a folder of the same form: the denoiser in eight bits
(`int8` for Orin, `fp8` for Thor) or in half precision (`fp16`), everything else in half precision. The decoder is the
part whose errors are seen at once, and the text encoders run once a picture: eight bits would save little there, and
NVIDIA's examples quantise the denoiser alone as well. What is measured with, the model draws itself, from prompts of
ours.
"""

# pyright: reportMissingImports=false

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import onnx

from edge_models.diffusion import OpenPart, Part, TurboPicture
from edge_models.diffusion.card import MAX_STEPS, Card, PartCard, file_entry, read_card
from edge_models.diffusion.wiring import PartName
from edge_models.models import ModelError
from edge_models.network import Arrays, OnnxNetwork
from edge_models.tensorrt.build import files_of
from tools.export import ExportError
from tools.export.card_file import write_card
from tools.export.loss import Loss, loss
from tools.export.quantise import Precision, Quantised, quantise, to_half
from tools.export.working import working_bytes
from tools.train.prompts import SHEET

MEASURED, UNSEEN = SHEET[::8], SHEET[4::32]
"""Prompts that ranges are measured with, and those that the loss is."""
Feeds = dict[PartName, list[Arrays]]


class _Recorded(OnnxNetwork):
    """A part that remembers what it was given."""

    def __init__(self, path: Path, feeds: list[Arrays]) -> None:
        super().__init__(path, threads=2)
        self._feeds = feeds

    def run(self, feed: Arrays) -> dict:
        self._feeds.append(dict(feed))
        return super().run(feed)


def recorded(folder: Path, prompts: Sequence[str]) -> Feeds:
    """What each part is given while the model draws, in as many steps as it may and as it should. Raises ModelError."""
    feeds: Feeds = {}
    open_part: OpenPart = lambda part: _opened(part, feeds)  # noqa: E731 - typed
    picture = TurboPicture(folder, open_part, may_use_bytes=sys.maxsize)
    for nth, prompt in enumerate(prompts):
        picture.draw(prompt, seed=nth, steps=(MAX_STEPS, picture.card.steps)[nth % 2])
    picture.free()
    return feeds


def _opened(part: Part, feeds: Feeds) -> _Recorded:
    return _Recorded(part.path, feeds.setdefault(part.name, []))


def quantise_model(
    source: Path,
    out: Path,
    precision: Precision,
    *,
    prompts: Sequence[str] = MEASURED,
    unseen: Sequence[str] = UNSEEN,
    says: Callable[[str], None] = lambda _line: None,
) -> Card:
    """Write the new folder `out`; `says` is told of each part, and what it lost on prompts that weren't measured.

    Raises ExportError or ModelError, and leaves nothing then.
    """
    if out.exists():
        raise ExportError(f"{out} exists already: name a folder that doesn't.")
    card = read_card(source)
    if card.dtype != "fp32":
        raise ExportError(f"{source} is in {card.dtype} already: begin with what was exported in single precision.")
    feeds, others = recorded(source, prompts), recorded(source, unseen)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".quantise-", dir=out.parent) as scratch:
            made = Path(scratch) / out.name
            made.mkdir(mode=0o755)
            parts: dict[PartName, PartCard] = {}
            for name, part in card.parts.items():
                path = made / f"{name}.onnx"
                done = _write(source / path.name, path, precision if name == "denoiser" else "fp16", feeds[name])
                says(f"{name}: {_told(done, loss(source / path.name, path, others[name]))}")
                parts[name] = _described(path, part)
            for file in card.text.tokenizers:
                shutil.copyfile(source / file.name, made / file.name)
            card = Card.model_validate(card.model_dump() | {"dtype": precision, "parts": parts})
            write_card(made, card)
            shutil.move(made, out)
    except OSError as error:
        raise ExportError(f"Nothing can be written to {out}: {error.strerror or error}.") from None
    return card


def _write(source: Path, target: Path, precision: Precision, feeds: list[Arrays]) -> Quantised:
    return to_half(source, target, feeds) if precision == "fp16" else quantise(source, target, precision, feeds)


def _told(done: Quantised, lost: Loss) -> str:
    return (
        f"{done.products} of {done.of} products in eight bits, {done.single} nodes in single precision, "
        f"the rest in half; against single precision cosine {lost.cosine:.5f}, {lost.psnr_db:.1f} dB"
    )


def _described(path: Path, exported: PartCard) -> PartCard:
    """The part for the card: what it takes and gives stays."""
    model = onnx.shape_inference.infer_shapes(onnx.load(path, load_external_data=False))
    files = tuple(file_entry(file) for file in files_of(path))
    return exported.model_copy(update={"files": files, "working_bytes": working_bytes(model)})


def main() -> int:
    """Quantise; 0 when it is done, 1 with one sentence when it can't be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--to", choices=("int8", "fp8", "fp16"), required=True, help="what the board computes with")
    args = parser.parse_args()
    try:
        quantise_model(args.folder, args.out, args.to, says=lambda line: print(line, file=sys.stderr))
    except (ExportError, ModelError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
