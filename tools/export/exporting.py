"""Exports one folder: aside first, then moved into place as a whole."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from edge_models.diffusion.card import Card, Weights
from tools.export import ExportError
from tools.export.card_file import write_card
from tools.export.families import recipe_for
from tools.export.folder import WeightsFolder
from tools.export.onnx_part import write_part


def export(
    source: Path, out: Path, *, weights: Weights, licence: str, says: Callable[[str], None] = lambda _part: None
) -> Card:
    """Write the parts of the model in `source`, in single precision, and their card to the new folder `out`.

    `says` is told the name of each part before it is loaded. Raises ExportError, and leaves nothing then.
    """
    if out.exists():
        raise ExportError(f"{out} exists already: name a folder that doesn't.")
    folder = WeightsFolder(source)
    recipe = recipe_for(folder)
    schedule = recipe.schedule(folder)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=out.parent) as scratch:
            made = Path(scratch) / out.name
            made.mkdir(mode=0o755)
            text, parts = recipe.text(folder, made), {}
            for name, load in recipe.networks.items():
                says(name)
                parts[name] = write_part(made, name, load(folder, text))
            width, height = recipe.size(folder)
            card = Card(
                family=recipe.family,
                width=width,
                height=height,
                steps=recipe.steps,
                dtype="fp32",
                licence=licence,
                weights=weights,
                schedule=schedule,
                text=text,
                parts=parts,
            )
            write_card(made, card)
            shutil.move(made, out)
    except OSError as error:
        raise ExportError(f"Nothing can be exported to {out}: {error.strerror or error}.") from None
    return card
