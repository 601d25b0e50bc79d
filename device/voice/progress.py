"""How far a reply has come: which of its words were heard, and what is left to say."""

import re
from collections.abc import Sequence

from device.voice.synthesis import PAUSE_S

_WORD = re.compile(r"\S+")
_CLAUSE_END = re.compile(r"[,;:،؛–—]\s+")


class Progress:
    """The parts of a reply and how long each of them sounds. Without a clock: it is told what still waits.

    ::

        parts    | "Here it is."  | "A fox, a very small one." | "Shall I go on?"
        queued   |=== 0.9 s ===|==== 1.8 s ====|
        sounded  |==================|                            heard "Here it is. A fox,"
                                    ▲ waiting_s left of 2.7 s    left  "a very small one. Shall I go on?"
    """

    def __init__(self, parts: Sequence[str] = ()) -> None:
        self._parts = list(parts)
        self._seconds: list[float] = []

    @property
    def queued_s(self) -> float:
        """Seconds that went to the loudspeaker."""
        return sum(self._seconds)

    def queued(self, seconds: float) -> None:
        """Note that the next part goes to the loudspeaker; it sounds for so long, its pause included."""
        self._seconds.append(seconds)

    def heard(self, waiting_s: float) -> str:
        """Return the text up to the last whole word, when `waiting_s` of what was queued have not sounded."""
        whole, reached = self._reached(waiting_s)
        words = [word.group() for word in _WORD.finditer(self._current(whole)) if word.end() <= reached]
        return " ".join([*self._parts[:whole], *words])

    def left(self, waiting_s: float) -> str:
        """Return the text that is left to say, from the beginning of the clause that was cut off."""
        whole, reached = self._reached(waiting_s)
        current = self._current(whole)
        begins = [end.end() for end in _CLAUSE_END.finditer(current) if end.end() <= reached]
        return " ".join([current[begins[-1] if begins else 0 :], *self._parts[whole + 1 :]]).strip()

    def _current(self, whole: int) -> str:
        return self._parts[whole] if whole < len(self._parts) else ""

    def _reached(self, waiting_s: float) -> tuple[int, int]:
        """Return how many parts were heard whole, and how many characters of the next, told by its duration."""
        sounded_s = self.queued_s - waiting_s
        for whole, seconds in enumerate(self._seconds):
            spoken_s = seconds - PAUSE_S
            if sounded_s < spoken_s:
                return whole, int(len(self._parts[whole]) * max(0.0, sounded_s) / spoken_s)
            sounded_s -= seconds
        return len(self._seconds), 0
