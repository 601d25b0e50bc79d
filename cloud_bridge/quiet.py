"""Telling in the log where something broke, without the words of those who use it."""

import traceback


def where(error: BaseException) -> str:
    """The error's type and the way to it; not its message, which could quote a prompt."""
    return f"{type(error).__name__}:\n{''.join(traceback.format_tb(error.__traceback__))}"
