"""`nightjar bridge jobs`: look at the jobs, and set right by hand what can be. Never shows what was asked for."""

import argparse
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from time import time
from typing import TYPE_CHECKING, Any

from nightjar.errors import UserError
from nightjar.output import print_json, print_line

if TYPE_CHECKING:
    from pathlib import Path

    from cloud_bridge.config import BridgeConfig
    from cloud_bridge.jobs import Seen

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600}
ANSWER_WITHIN_S = 30.0


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    settings: "Callable[[argparse.Namespace], BridgeConfig]",
) -> None:
    """Add the command to `nightjar bridge`; `settings` gives those of the bridge."""
    parser = commands.add_parser("jobs", help="look at jobs; show, requeue or cancel one")
    parser.add_argument("--state", help="those in this state alone: queued, calling, failed …")
    parser.add_argument("--device", help="those of this device alone")
    parser.add_argument("--since", type=_seconds, metavar="1h", help="those that came since then: 30m, 1h, 7d")
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.set_defaults(run=lambda args: _list(args, settings(args).state))
    actions = parser.add_subparsers(dest="jobs_command", metavar="ACTION")
    for name, help_ in (
        ("show", "all that is known of one"),
        ("requeue", "have one made after all, where its device has not heard of its end"),
        ("cancel", "end one that is not over, and tell its device"),
    ):
        action = actions.add_parser(name, help=help_)
        action.add_argument("job", metavar="JOB")
        action.add_argument("--device", help="whose, where several devices have a job of that name")
        if name == "requeue":
            action.add_argument("--yes-it-may-be-billed-again", action="store_true", help="for outcome_unknown")
        action.set_defaults(run=lambda args, name=name: _one(args, settings(args).state, name))


def _list(args: argparse.Namespace, state: "Path") -> int:
    from cloud_bridge.entry import LedgerError
    from cloud_bridge.jobs import MOST, STATES, look

    if args.state is not None and args.state not in STATES:
        raise UserError(f"There is no state {args.state}; there are {', '.join(STATES)}.")
    since = None if args.since is None else time() - args.since
    try:
        found = look(state / "ledger.sqlite", state=args.state, device=args.device, since=since)
    except LedgerError as error:
        raise UserError(str(error)) from None
    if args.json:
        for seen in found:
            print_json(_as_json(seen))
        return 0
    print_line(
        f"{'job':36}  {'device':16}  {'kind':6}  {'state':15}  {'age':>6}  calls  {'took':>6}  provider         cost"
    )
    for seen in found:
        print_line(_line(seen, time()))
    if len(found) == MOST:
        print_line(f"The newest {MOST}; --since, --device and --state choose others.")
    return 0


def _one(args: argparse.Namespace, state: "Path", what: str) -> int:
    from cloud_bridge.entry import LedgerError
    from cloud_bridge.jobs import look

    try:
        found = look(state / "ledger.sqlite", job=args.job.lower(), device=args.device)
    except LedgerError as error:
        raise UserError(str(error)) from None
    if not found:
        raise UserError("There is no such job.")
    if len(found) > 1:
        raise UserError(f"Several devices have a job of that name, say --device: {', '.join(s.device for s in found)}.")
    if what == "show":
        for name, value in _as_json(found[0]).items():
            print_line(f"{name:16} {'-' if value is None else value}")
        return 0
    again = {"may_be_billed_again": "yes"} if getattr(args, "yes_it_may_be_billed_again", False) else {}
    print_line(_ask(state, f"/jobs/{found[0].device}/{found[0].job}/{what}", again))
    return 0


def _ask(state: "Path", path: str, query: dict[str, str]) -> str:
    """What the running bridge says that it has done. Raises UserError."""
    import httpx

    from cloud_bridge.operations import OPERATIONS

    try:
        place = json.loads((state / OPERATIONS).read_text())
        answer = httpx.post(
            place["url"] + path,
            params=query,
            headers={"Authorization": f"Bearer {place['key']}"},
            timeout=ANSWER_WITHIN_S,
            trust_env=False,
            verify=False,  # noqa: S501 - this very machine, at an address that the bridge itself has written down
        )
        said = answer.json()
    except (OSError, httpx.HTTPError, ValueError, KeyError):
        raise UserError("The bridge does not run here, so its jobs can be looked at but not changed.") from None
    if "done" in said:
        return said["done"]
    raise UserError(said.get("refused") or "The bridge does not take this.")


def _as_json(seen: "Seen") -> dict[str, Any]:
    return {
        "job": seen.job,
        "device": seen.device,
        "kind": seen.kind,
        "state": seen.state,
        "code": seen.code,
        "calls": seen.calls,
        "provider": seen.provider,
        "tokens": seen.tokens,
        "cost_usd": seen.cost_usd,
        "accepted": _time(seen.accepted_at),
        "ended": _time(seen.ended_at),
        "delivered": _time(seen.delivered_at),
        "acknowledged": _time(seen.acknowledged_at),
    }


def _line(seen: "Seen", now: float) -> str:
    took = "" if seen.ended_at is None else _long(seen.ended_at - seen.accepted_at)
    cost = "" if seen.cost_usd is None else f"${seen.cost_usd:.4f}"
    state = seen.state if seen.code in (None, seen.state) else f"{seen.state}: {seen.code}"
    age = _long(now - seen.accepted_at)
    return (
        f"{seen.job:36}  {seen.device:16}  {seen.kind:6}  {state:15}  {age:>6}  {seen.calls:5}"
        f"  {took:>6}  {seen.provider or '':15}  {cost}"
    ).rstrip()


def _time(unix: float | None) -> str | None:
    return None if unix is None else datetime.fromtimestamp(unix, UTC).isoformat(timespec="milliseconds")


def _long(seconds: float) -> str:
    for unit, most in (("s", 100), ("m", 6000), ("h", 100 * 3600)):
        if seconds < most:
            return f"{max(0.0, seconds) / UNITS_S[unit]:.0f} {unit}"
    return f"{seconds / UNITS_S['d']:.0f} d"


def _seconds(words: str) -> float:
    found = re.fullmatch(r"(\d{1,6})([smhd])", words)
    if found is None:
        raise argparse.ArgumentTypeError("is a number and s, m, h or d, as 30m")
    return int(found[1]) * UNITS_S[found[2]]
