"""What a command prints about turns: a readable timeline, or with `--json` one object a line on stdout."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from device.events import Happened, Muted, StateChanged
from nightjar.timeline import Timeline


def print_line(text: str) -> None:
    """One line on stdout, at once. Once nobody reads any more (`| head`), nothing is printed and nothing breaks."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Onto the descriptor itself: the interpreter flushes stdout once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_json(value: dict[str, Any]) -> None:
    """One object on stdout."""
    print_line(json.dumps(value, ensure_ascii=False))


def turn_printer(as_json: bool, *, states: bool = False) -> Callable[[Happened], None]:
    """An observer of the bus that prints the events of turns, and whether the microphone is muted.

    As JSON also what state the device is in, where `states` are wanted.
    """
    if not as_json:
        return Timeline(print_line)

    of_no_turn = (Muted, StateChanged) if states else (Muted,)

    def tell(happened: Happened) -> None:
        if happened.turn or isinstance(happened.event, of_no_turn):
            print_json(happened.as_json())

    return tell
