"""`nightjar models bench`: how long each installed model takes on this machine, and how much memory."""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from nightjar.errors import UserError
from nightjar.home import home
from nightjar.output import print_json, print_line


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `bench` to the commands of `nightjar models`."""
    parser = commands.add_parser("bench", help="time the installed models on this machine")
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all; `draft` is the model that draws drafts")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=_bench)


def _bench(args: argparse.Namespace) -> int:
    from edge_models.models import ModelStore
    from tools.bench import NothingToMeasure
    from tools.bench.models import measured, spoken_sound, subjects

    store = ModelStore(home() / "models")
    failed = 0
    try:
        chosen = subjects(store, args.names)
    except NothingToMeasure as error:
        raise UserError(str(error)) from None
    if not chosen:
        raise UserError("No model is installed: run `nightjar models pull`.")
    with tempfile.TemporaryDirectory(prefix="nightjar-bench-") as folder:
        sound = spoken_sound(store, Path(folder))
        for subject in chosen:
            print(f"Timing {subject.title} …", file=sys.stderr)
            try:
                figures = measured(store, subject, sound)
            except NothingToMeasure as error:
                failed += 1
                print(f"nightjar: {error}", file=sys.stderr)
                continue
            if args.json:
                print_json(figures)
            else:
                print_line(_timings(figures))
    return 1 if failed else 0


def _timings(figures: dict[str, Any]) -> str:
    times, factor = figures["ms"], figures.get("real_time_factor")
    return (
        f"{figures['model']:<24}{figures['unit']:<28}{times['median']:>10.2f} ms, 95 %: {times['p95']:>8.2f}"
        f"{'' if factor is None else f', {factor:.3f} of real time':<26}{figures['peak_mb']:>8.0f} MB  "
        f"{figures['precision']}, {figures['engine']}"
    )
