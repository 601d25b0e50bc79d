"""Arguments that several commands take, with their bounds; a value outside them is wrong usage."""

import re
from argparse import ArgumentTypeError
from collections.abc import Callable

MAX_WAIT_S = 3600.0
MAX_TEXT = 2000
MAX_NAME = 60


def wait_seconds(text: str) -> float:
    """Seconds to wait, 0 to 3600."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_WAIT_S:
        raise ArgumentTypeError("takes 0 to 3600 seconds")
    return seconds


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A number without a point, from `least` to `most`."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text[:20]) <= most):
            raise ArgumentTypeError(f"takes a number from {least} to {most}")
        return int(text)

    return parse


def command_text(text: str) -> str:
    """A command as a person types it."""
    if not 0 < len(text.strip()) <= MAX_TEXT:
        raise ArgumentTypeError("takes a command of 1 to 2,000 characters")
    return text.strip()


def port(text: str) -> int:
    """A TCP port, 0 for any free one."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise ArgumentTypeError("takes a port from 0 to 65535")
    return int(text)


def wake_name(text: str) -> str:
    """What a person calls a wake phrase, or a voice to forget: up to 60 characters with a letter among them."""
    name = " ".join(text.split())
    if not (0 < len(name) <= MAX_NAME and any(letter.isalpha() for letter in name)):
        raise ArgumentTypeError("takes a name of 1 to 60 characters with a letter in it")
    return name


def voice_name(text: str) -> str:
    """What a person calls a voice, as `only_voices` in config.toml takes it."""
    from device.config import PERSON

    name = " ".join(text.split())
    if not (re.fullmatch(PERSON, name) and any(letter.isalpha() for letter in name)):
        raise ArgumentTypeError("takes a name of 2 to 40 letters, digits, spaces and . ' - with a letter in it")
    return name
