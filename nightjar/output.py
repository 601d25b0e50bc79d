"""What a command prints about turns: a readable timeline, or with `--json` one object a line on stdout."""

import json
import sys
from collections.abc import Callable
from typing import Any

from device.events import Happened
from nightjar.timeline import Timeline


def print_json(value: dict[str, Any]) -> None:
    """One line on stdout."""
    print(json.dumps(value, ensure_ascii=False), file=sys.stdout, flush=True)


def turn_printer(as_json: bool) -> Callable[[Happened], None]:
    """An observer of the bus that prints the events of turns."""
    if not as_json:
        return Timeline()

    def tell(happened: Happened) -> None:
        if happened.turn:
            print_json(happened.as_json())

    return tell
