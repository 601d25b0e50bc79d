"""`nightjar enrol SITE CODE`: has this device let in by a bridge, with the code that `nightjar bridge enrol` shows."""

import argparse
import asyncio

from nightjar.errors import UserError
from nightjar.home import home


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = subparsers.add_parser("enrol", help="have this device let in by a bridge, with a one-time code")
    parser.add_argument("site", metavar="SITE", help="the bridge's address, or all of what its QR code says")
    parser.add_argument("code", metavar="CODE", nargs="?", help="as nightjar bridge enrol shows it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Ask the bridge, and keep what it says."""
    from device.enrolment import EnrolmentError, enrol, read_address, read_typed_code
    from nightjar.output import print_line

    try:
        site, code = (args.site, read_typed_code(args.code)) if args.code else read_address(args.site)
        enrolled = asyncio.run(enrol(home(), site, code))
    except EnrolmentError as error:
        raise UserError(str(error)) from None
    print_line(f"The bridge {enrolled.bridge} knows this device as {enrolled.device}. nightjar run connects to it.")
    if _has_own_broker():
        print_line("But config.toml has a [broker] section, which goes before this: delete it there.")
    return 0


def _has_own_broker() -> bool:
    import tomllib

    try:
        return "broker" in tomllib.loads((home() / "config.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
