"""What every wake engine says: that a phrase was heard; and what it refuses: phrases that it doesn't know."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class WakeHit:
    """A wake phrase was heard."""

    phrase: str
    """In lower case with spaces: `hey jarvis`."""
    score: float
    """0 to 1."""


LOW_MS = 500
"""A phrase can be hit again after its score was low for so long."""


class Rearm:
    """Whether a phrase may be hit: not again before its score was low for half a second."""

    def __init__(self, low: float, *, score_ms: int) -> None:
        """`low`: below it a score is low. `score_ms`: how much time a score stands for."""
        self._low = low
        self._needed = LOW_MS // score_ms
        self._lows = self._needed

    def armed(self, score: float) -> bool:
        """Take the next score; return whether it may be a hit."""
        armed = self._lows >= self._needed
        if not armed:
            self._lows = self._lows + 1 if score < self._low else 0
        return armed

    def hit(self) -> None:
        """Say that the last score was one."""
        self._lows = 0


def check_phrases(phrases: Iterable[str], *, known: Iterable[str]) -> None:
    """Raise ValueError for the first phrase that isn't known."""
    names = tuple(known)
    for phrase in phrases:
        if phrase not in names:
            raise ValueError(f"The wake phrase {phrase!r} is not known; known are: {', '.join(names)}.")
