"""Export a picture model for boards."""

import argparse
import sys
from pathlib import Path

import tools.export as about
from edge_models.catalogue import HubFile, load_catalogue
from edge_models.diffusion.card import Weights
from edge_models.models import ModelError
from tools.export import ExportError


def main() -> int:
    """Export; 0 when it is done, 1 with one sentence when it can't be."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.export", description=about.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("out", type=Path, metavar="OUT")
    known = "default: what the catalogue says of the model that FOLDER is named after"
    parser.add_argument("--hub", help=f"the repository that the weights are from; {known}")
    parser.add_argument("--revision", help=f"of the repository; {known}")
    parser.add_argument("--licence", help=f"of the weights; {known}")
    args = parser.parse_args()
    try:
        from tools.export.exporting import export
    except ImportError as error:
        print(f"Exporting needs {error.name}: `pip install nightjar[export]`.", file=sys.stderr)
        return 1
    try:
        weights, licence = origin(args.folder.resolve().name, args.hub, args.revision, args.licence)
        export(args.folder, args.out, weights=weights, licence=licence, says=lambda part: print(part, file=sys.stderr))
    except (ExportError, ModelError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def origin(name: str, hub: str | None, revision: str | None, licence: str | None) -> tuple[Weights, str]:
    """Where the weights are from and their licence: as said, else as the catalogue has it. Raises ExportError."""
    model = load_catalogue().models.get(name)
    if model is not None:
        source = model.files[0].sources[0]
        licence = licence or model.licence
        if isinstance(source, HubFile):
            hub, revision = hub or source.hub, revision or source.revision
    if not hub or not revision or not licence:
        raise ExportError(f"The catalogue has no {name}: say --hub, --revision and --licence.")
    return Weights(hub=hub, revision=revision), licence


if __name__ == "__main__":
    sys.exit(main())
