"""The contact sheet: 64 prompts, each engine's draft beside the other.

python -m tools.gate.sheet MODELS_DIR docs/drafts.webp [--side 128]
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from edge_models.image.compositor import Compositor
from edge_models.image.draft_model import DraftModel
from edge_models.image.drafter import Drafter
from edge_models.image.enlarge import MODEL, Enlarger
from edge_models.image.parse import parse_prompt
from edge_models.models import ModelStore
from tools.train.prompts import SHEET

GAP = 6


def contact_sheet(engines: Sequence[Drafter], prompts: Sequence[str], *, side: int, across: int) -> Image.Image:
    """Each prompt's drafts side by side, `across` prompts in a row."""
    width = len(engines) * side + GAP
    page = Image.new("RGB", (across * width - GAP, -(-len(prompts) // across) * (side + GAP) - GAP), "white")
    for nth, prompt in enumerate(prompts):
        for column, engine in enumerate(engines):
            picture = engine.draft(parse_prompt(prompt), seed=nth).resize((side, side), Image.Resampling.LANCZOS)
            page.paste(picture, (nth % across * width + column * side, nth // across * (side + GAP)))
    return page


def main() -> None:
    """Draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, help="the folder that `nightjar models pull` fills")
    parser.add_argument("out", type=Path)
    parser.add_argument("--side", type=int, default=128)
    args = parser.parse_args()
    model = DraftModel(Enlarger(ModelStore(args.models).path(MODEL)))
    contact_sheet((Compositor(), model), SHEET, side=args.side, across=4).save(args.out, quality=82, method=6)


if __name__ == "__main__":
    main()
