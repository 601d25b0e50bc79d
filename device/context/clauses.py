"""Several commands in one breath, and commands that were taken back: where one ends and the next may begin.

::

    "draw a fox, make it blue and put it on the beach"
     ──────────  ────────────     ───────────────────   each begins with a word that begins a command

    "draw a fox, no wait, a cat"  ─▶  "draw a cat"
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

_SHORT = 2
"""Words of an ending that may belong to a tale."""
MOST = 20
"""Commands that are looked for in one breath, so that a text of nothing but "delete and" takes no minutes."""


class Clauses:
    """What one language puts between commands."""

    def __init__(
        self,
        *,
        joints: Sequence[str],
        openers: Sequence[str],
        corrections: Sequence[str],
        not_after: Sequence[str] = (),
        asking: Sequence[str] = (),
        named: Sequence[str],
        places: Sequence[str],
        then: Sequence[str],
        draw_for_me: Sequence[str],
        shortest: int = 3,
        told: Sequence[str] = (),
        reasons: Sequence[str] = (),
    ) -> None:
        """Take regular expressions: what joins two commands, what a command begins with, what takes one back.

        What follows a word of `not_after` is told of somebody, not asked for: "she asked me to stop"; but what
        follows one of `asking` is asked for. The last thing named begins with one of `named` or `places`; of "for ten
        minutes, no wait, five minutes" the "for" stays.
        `then`: what comes after is another command for certain. `draw_for_me`: what nobody says of himself.
        `shortest`: words that an ending has at least, as "the bus stop" ends with a command, too; what begins with one
        of `told` is a tale, whose last words are no command unless there are three. `reasons`: what comes after tells
        why.
        """
        self._told = re.compile(rf"\W*(?:\w+$|(?:{'|'.join(told)})\b)", re.IGNORECASE) if told else None
        self._shortest = shortest
        self._reason = re.compile(rf"[\s,.;]+(?:{'|'.join(reasons)})\b", re.IGNORECASE) if reasons else None
        opener = rf"(?:{'|'.join(openers)})\b"
        self._opener = re.compile(opener, re.IGNORECASE)
        self._ending = re.compile(rf"(?<=\s){opener}", re.IGNORECASE)
        self._not_after = re.compile(rf"\b(?:{'|'.join(not_after)})$", re.IGNORECASE)
        self._asking = re.compile(rf"\b(?:{'|'.join(asking) or '(?!)'})$", re.IGNORECASE)
        self._joint = re.compile(rf"\s*(?:{'|'.join(joints)})\s+(?={opener})", re.IGNORECASE)
        self._correction = re.compile(rf"[\s,.;!…-]+(?:{'|'.join(corrections)})(?:[\s,.;:!…-]+|$)", re.IGNORECASE)
        self._named = re.compile(rf"(?<=\s)(?:(?:{'|'.join(named)})|(?P<place>{'|'.join(places)}))\b", re.IGNORECASE)
        self._then = re.compile(rf"\W*(?:\w+\W+){{0,2}}(?:{'|'.join(then)})\b", re.IGNORECASE)
        self._draw_for_me = re.compile(rf"(?:{'|'.join(draw_for_me)})\s", re.IGNORECASE)

    def follows(self, piece: str) -> bool:
        """Whether a piece says that it is another command: "and then …"."""
        return self._then.match(piece) is not None

    def asks_to_draw(self, ending: str) -> bool:
        """Whether somebody asks for a picture in so many words: "draw me …"."""
        return self._draw_for_me.match(ending) is not None

    def pieces(self, text: str) -> list[str]:
        """Cut wherever a new command may begin; joined by nothing they are `text`."""
        joints = (found.start() for found in self._joint.finditer(text) if found.start())
        begins = [0, *islice(joints, MOST - 1), len(text)]
        return [text[begin:end] for begin, end in pairwise(begins)]

    def opened(self, piece: str) -> str:
        """A piece without what joins it to the one before."""
        found = self._joint.match(piece)
        return piece[found.end() :] if found else piece

    def endings(self, text: str) -> Iterator[tuple[str, bool]]:
        """The ends of `text` that may be what somebody came to at last: "I've got a flight, wake me at four".

        Each with whether the words before it ask for it: "… so could you wake me at four".
        """
        for found in islice(self._ending.finditer(text), MOST):
            ending, before = text[found.start() :], text[: found.start()].rstrip(" ,.;")
            length, asked_for = len(ending.split()), self._asking.search(before) is not None
            tale = length <= _SHORT and self._told is not None and self._told.match(before) is not None
            if length >= self._shortest and (asked_for or not (tale or self._not_after.search(before))):
                yield ending, asked_for

    def without_reason(self, text: str) -> str:
        """What comes before somebody tells why; "" where nobody does."""
        found = self._reason.search(text) if self._reason else None
        return text[: found.start()] if found else ""

    def corrected(self, text: str) -> str:
        """`text` without what was taken back in it.

        What begins a command takes the place of everything before; other words take that of the last thing named.
        """
        *before, last = self._correction.split(text)
        if not before or not last.strip():
            return text
        if self._opener.match(last):
            return last
        head = before[-1]
        named = [*self._named.finditer(head)]
        if not named:
            return text
        if last.strip(" .,!?").isdigit() and named[-1].group().isdigit():  # "5 minutes, no, 6": still minutes
            return f"{head[: named[-1].start()]}{last.strip(' .,!?')}{head[named[-1].end() :]}"
        kept = (
            named[-1].end() if named[-1].group("place") and not self._named.match(f" {last}", 1) else named[-1].start()
        )
        return f"{head[:kept].rstrip()} {last}"
