"""`nightjar bench`: measurements, each a table or with `--json` one object a line."""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from nightjar.arguments import wait_seconds, whole_number
from nightjar.errors import UserError
from nightjar.home import home
from nightjar.output import print_json

BENCHES = (
    "draft",
    "drawing",
    "turn",
    "context",
    "language",
    "memory",
    "coffee",
    "wake",
    "ears",
    "reply",
    "echo",
    "barge_in",
    "own",
    "bridge",
    "drill",
)
OPTIONS = {"bridge": ("rate", "seconds", "search"), "drill": ("kills", "seed", "outage_s")}
"""What can be set, by benchmark."""
NEED_SPEECH = frozenset({"coffee", "wake", "ears", "echo", "barge_in", "own"})


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser("bench", help="measure this machine")
    parser.add_argument("name", choices=(*BENCHES, "all"), help="what to measure")
    parser.add_argument("--json", action="store_true", help="one object a line on stdout")
    bridge = parser.add_argument_group("bridge alone")
    bridge.add_argument("--rate", type=float, metavar="N", help="jobs a second (1157)")
    bridge.add_argument("--seconds", type=float, metavar="S", help="for how long (60)")
    bridge.add_argument("--search", action="store_true", default=None, help="find the highest rate held, too")
    drill = parser.add_argument_group("drill alone")
    drill.add_argument("--kills", type=whole_number(2, 10_000), metavar="N", help="how many processes are killed (200)")
    drill.add_argument("--seed", type=whole_number(0, 2**31), metavar="N", help="of the schedule (1)")
    away = "seconds that the bridge is away at the end (20)"
    drill.add_argument("--outage", dest="outage_s", type=wait_seconds, metavar="S", help=away)
    parser.set_defaults(run=run, parser=parser)


def _options(args: argparse.Namespace) -> dict[str, Any]:
    """What was set for the one benchmark; wrong usage where another is meant."""
    given = {name: value for names in OPTIONS.values() for name in names if (value := getattr(args, name)) is not None}
    for bench, names in OPTIONS.items():
        if args.name != bench and any(name in given for name in names):
            options = ", ".join("--" + name.removesuffix("_s") for name in names)
            args.parser.error(f"{options} are for {bench} alone")
    return given


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    from tools.bench import NothingToMeasure
    from tools.bench.speech import speech_root

    speech, options = speech_root(), _options(args)
    for name in BENCHES if args.name == "all" else (args.name,):
        if speech is None and name in NEED_SPEECH:
            missing = (
                f"The benchmark {name} needs recordings: set NIGHTJAR_SPEECH to a directory with a manifest.jsonl."
            )
            if args.name != "all":
                raise UserError(missing)
            print(f"nightjar: {missing}", file=sys.stderr)
            continue
        print(f"Measuring {name} …", file=sys.stderr)
        try:
            figures = asyncio.run(import_module(f"tools.bench.{name}").measure(home() / "models", speech, **options))
        except NothingToMeasure as error:
            if args.name != "all":
                raise UserError(str(error)) from None
            print(f"nightjar: {error}", file=sys.stderr)
            continue
        if args.json:
            print_json(figures)
        else:
            _print_table(figures)
    return 0


def _print_table(figures: Mapping[str, Any], indent: int = 0) -> None:
    wide = max(18, *(len(key) + 2 for key in figures))
    for key, value in figures.items():
        if isinstance(value, Mapping) and any(isinstance(inner, Mapping) for inner in value.values()):
            print(" " * indent + key)
            _print_table(value, indent + 2)
        elif isinstance(value, Mapping):
            print(" " * indent + f"{key:<{wide}}" + "   ".join(f"{name} {number}" for name, number in value.items()))
        else:
            print(" " * indent + f"{key:<{wide}}{value}")
