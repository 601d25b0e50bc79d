"""Takes off what people say around a command: the rest of a wake phrase, courtesies, hesitations."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MAX_CHARS = 2000
_STUTTER = re.compile(r"^(\w+)(?:[\s,.]+\1\b)+", re.IGNORECASE)
_BETWEEN = r"[\s,.;:!?…—–-]"


class Hearing:
    """What one language puts around a command."""

    def __init__(
        self,
        *,
        hesitations: Sequence[str],
        lead_ins: Sequence[str],
        tails: Sequence[str],
        repairs: Sequence[Mapping[str, str]],
        gerunds: Mapping[str, Any] | None = None,
        weak: Sequence[str] = (),
    ) -> None:
        """Take regular expressions: what may come anywhere, before a command, and after it.

        `gerunds`: after the words `after`, each of `words` is an order: "would you mind turning".

        Each of `repairs` has `heard`, an expression for the beginning of a command, and `meant`, what to read instead.
        `weak`: words between others that change nothing.
        """
        self._hesitation = _pattern(rf"{_BETWEEN}*\b(?:{_any(hesitations)})\b{_BETWEEN}*")
        self._lead_in = _pattern(rf"^{_BETWEEN}*(?:{_any(lead_ins)})(?={_BETWEEN}|$){_BETWEEN}*")
        self._tail = _pattern(rf"(?:^|{_BETWEEN}+)(?:{_any(tails)}){_BETWEEN}*$")
        after, self._orders = (gerunds["after"], gerunds["words"]) if gerunds else ("(?!)", {})
        self._gerund = _pattern(rf"^{_BETWEEN}*(?:{after})\s+({'|'.join(self._orders)})\b")
        self._weak = _pattern(rf"(?<!\w)(?:{_any(weak)})(?!\w)") if weak else None
        self._repairs = [(_pattern(f"^(?:{repair['heard']})"), repair["meant"]) for repair in repairs]

    def command(self, text: str) -> str:
        """The command in what was heard, in its own case; "" when there is none. Reads at most MAX_CHARS characters.

        A sentence that is courtesy from end to end ("okay thanks") is none.
        """
        text = self._hesitation.sub(" ", " ".join(text[:MAX_CHARS].replace("’", "'").split()))
        text = self._gerund.sub(lambda found: self._orders[found[found.lastindex or 0].lower()], text)
        text = _strip(_STUTTER.sub(r"\1", text), self._lead_in)
        text = self._gerund.sub(lambda found: self._orders[found[found.lastindex or 0].lower()], text)
        return _trimmed(_strip(_STUTTER.sub(r"\1", text), self._tail))

    def without_weak(self, command: str) -> str:
        """A command without the words that change nothing in it."""
        return " ".join(self._weak.sub(" ", command).split()) if self._weak else command

    def repaired(self, text: str) -> Iterator[str]:
        """What the person may have said when a recogniser wrote `text`; guesses, to be believed with care."""
        text = _trimmed(text)
        for heard, meant in self._repairs:
            read, times = heard.subn(meant, text)
            if times:
                yield read


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


def _any(expressions: Sequence[str]) -> str:
    return "|".join(f"(?:{expression})" for expression in expressions)


def _trimmed(text: str) -> str:
    return text.strip(" ,.;:!?…—–-\"'“”")


def _strip(text: str, pattern: re.Pattern[str]) -> str:
    while text and (found := pattern.search(text)) and found.group():
        text = text[: found.start()] + text[found.end() :]
    return text
