"""`nightjar bridge spending`: what devices and households have spent."""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from nightjar.errors import UserError
from nightjar.output import print_json, print_line

if TYPE_CHECKING:
    from cloud_bridge.config import BridgeConfig


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    settings: "Callable[[argparse.Namespace], BridgeConfig]",
) -> None:
    """Add the command to `nightjar bridge`; `settings` gives those of the bridge."""
    parser = commands.add_parser("spending", help="what devices have spent by the day, and households by the month")
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.set_defaults(run=lambda args: run(args, settings(args)))


def run(args: argparse.Namespace, config: "BridgeConfig") -> int:
    """Print a table, the newest first."""
    from cloud_bridge.entry import LedgerError
    from cloud_bridge.jobs import spent

    try:
        found = spent(config.state / "ledger.sqlite")
    except LedgerError as error:
        raise UserError(str(error)) from None
    if args.json:
        for each in found:
            print_json(asdict(each))
        return 0
    print_line(f"{'period':10}  {'who':32}  {'jobs':>8}  {'tokens':>12}  {'cost':>12}")
    for each in found:
        cost = f"${each.usd:.4f}"
        print_line(f"{each.period:10}  {each.who:32}  {each.jobs:8}  {each.tokens:12}  {cost:>12}")
    return 0
