"""Takes off what people say around a command: the rest of a wake phrase, courtesies, hesitations."""

from collections.abc import Sequence
from re import IGNORECASE, Pattern
from re import compile as compile_pattern

MAX_CHARS = 2000
_BETWEEN = r"[\s,.;:!?…—–-]"


class Hearing:
    """What one language puts around a command."""

    def __init__(self, *, hesitations: Sequence[str], lead_ins: Sequence[str], tails: Sequence[str]) -> None:
        """Take regular expressions: what may come anywhere, before a command, and after it."""
        self._hesitation = _pattern(rf"{_BETWEEN}*\b(?:{_any(hesitations)})\b{_BETWEEN}*")
        self._lead_in = _pattern(rf"^{_BETWEEN}*(?:{_any(lead_ins)})(?={_BETWEEN}|$){_BETWEEN}*")
        self._tail = _pattern(rf"(?:^|{_BETWEEN}+)(?:{_any(tails)}){_BETWEEN}*$")

    def command(self, text: str) -> str:
        """The command in what was heard, in its own case; "" when there is none. Reads at most MAX_CHARS characters.

        A sentence that is courtesy from end to end ("okay thanks") is none.
        """
        text = " ".join(text[:MAX_CHARS].replace("’", "'").split())
        text = self._hesitation.sub(" ", text)
        return _strip(_strip(text, self._lead_in), self._tail).strip(" ,.;:!?…—–-\"'“”")


def _pattern(text: str) -> Pattern[str]:
    return compile_pattern(text, IGNORECASE)


def _any(expressions: Sequence[str]) -> str:
    return "|".join(f"(?:{expression})" for expression in expressions)


def _strip(text: str, pattern: Pattern[str]) -> str:
    while text and (found := pattern.search(text)) and found.group():
        text = text[: found.start()] + text[found.end() :]
    return text
