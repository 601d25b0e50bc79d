"""What a recogniser may expect to hear, and which of it sounds like what it wrote.

The text is taken as a row of sounds (`sounds.py`), and the commands' words are laid over it, one behind the other, as
the word graph allows. A way through costs what its words differ from the sounds below them. What the rest of a way will
cost at least is known from a first pass from the end (Viterbi), so that the cheapest ways are found one by one (A*).
"""

import heapq
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from edge_models.sounds import SOUNDS, costs, sound_of

Floats = NDArray[np.float32]

EDGE = ""
"""In a word graph: before the first word of a sentence, and after its last."""
NUMBER = "#"
"""In a word graph: every number, in digits or words."""

_LEFT_OUT = 0.7
"""What it costs when a sound has no counterpart."""
_FAR = 0.25
"""A command may differ by this much a sound, on average."""
_LONGEST = 40
"""Sounds; no command that leaves nothing open is longer."""
_REACH = 3
"""A word may lie over this many sounds more than it has."""
_STEPS = 400
_TRIED = 12
"""How far the search goes: words laid, sentences tried. Beyond, nothing near is missed (2026-11)."""
_WORD = re.compile(r"\d[\d.,:]*\d|\d|[A-Za-z']+|[\u0621-\u064a]+")
_NUMBERS = frozenset(
    (
        *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
        *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty"),
        *("forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand"),
    )
)


class Expected:
    """The commands that a device knows, and the names in its household: in English, or in Arabic as `arabic` has it."""

    def __init__(
        self,
        follows: Mapping[str, frozenset[str]],
        *,
        command: Callable[[str], str] = str,
        is_command: Callable[[str], bool],
        is_understood: Callable[[str], bool] | None = None,
        names: tuple[str, ...] = (),
    ) -> None:
        """`follows`: for each word of the commands, in small letters, those that may come next (`EDGE`, `NUMBER`).

        `command` takes off what is said around a command; `is_command` says whether a sentence is one from end to end,
        `is_understood` whether it is one with something left open. All are called in the recogniser's thread. `names`:
        of people, rooms and things, as the household writes them.
        """
        self.is_command = is_command
        self._is_understood = is_understood or is_command
        self._command = command
        self._names = {name: sound for name in names if (sound := _sound(name))}
        known = {word for after in follows.values() for word in after} - {EDGE, NUMBER}
        spoken = {word: sound for word in sorted(known) if (sound := sound_of(word))}
        self._words = [*spoken, NUMBER]
        self._lengths = np.array([*map(len, spoken.values()), 0])
        self._longest = int(self._lengths.max())
        self._sounds = np.zeros((len(self._words), self._longest), np.intp)
        for row, sound in zip(self._sounds, spoken.values(), strict=False):
            row[: len(sound)] = [SOUNDS.index(letter) for letter in sound]
        self._follows = np.array(
            [[after in follows.get(word, ()) for after in self._words] for word in [*self._words, EDGE]]
        )
        """(words + 1, words) bool; the last row is what a sentence may begin with."""
        self._ends = np.array([EDGE in follows.get(word, ()) for word in [*self._words, EDGE]])

    def commands(self, text: str, limit: int) -> list[str]:
        """Return `text` with at most `limit` commands in the place of its own, the nearest in sound first.

        `text` alone where it is a command as it stands; none where it is too long to be one.
        """
        command = self._command(text).strip(" .,;:!?…—–-")
        if not command:
            return []
        if self.is_command(text):
            return [text]
        return [_replaced(text, command, near) for near in self._near(command, limit)]

    def nearest(self, texts: Sequence[str]) -> str | None:
        """Return the first of `texts` that is understood, else the command that sounds most like one of them.

        `texts` are what may have been said, the likeliest first. None where nothing is near.
        """
        found: list[tuple[float, int, str]] = []
        for number, text in enumerate(texts):
            command = self._command(text).strip(" .,;:!?…—–-")
            if command and self._is_understood(text):
                return text
            found += [(_far(_sound(command), _sound(near)), number, near) for near in self._near(command, 1)]
        return min(found)[2] if found else None

    def named(self, text: str, limit: int) -> list[str]:
        """Return `text` with a household's name in the place of one or two words that sound like it, nearest first."""
        found: list[tuple[float, str]] = []
        spoken = list(_WORD.finditer(text))
        for first, name in itertools.product(range(len(spoken)), self._names):
            for last in range(first, min(first + 2, len(spoken))):
                begin, end = spoken[first].start(), spoken[last].end()
                far = _far(_sound(text[begin:end]), self._names[name])
                if far <= _FAR and text[begin:end].lower() != name.lower():
                    found.append((far, text[:begin] + name + text[end:]))
        return [text for _, text in sorted(found)[:limit]]

    def _near(self, text: str, limit: int) -> list[str]:
        heard = _Heard.of(text)
        if not 0 < len(heard.sounds) <= _LONGEST:
            return []
        found: list[str] = []
        tried: set[str] = set()
        for words in self._ways(heard):
            said = " ".join(heard.numbered(words))
            if said not in tried and self.is_command(said):
                found.append(said)
            tried.add(said)
            if len(found) == limit or len(tried) == _TRIED:
                break
        return found

    def _ways(self, heard: "_Heard") -> Iterator[list[str]]:
        """Yield the ways through the whole of `heard`, the cheapest first."""
        budget = _FAR * len(heard.sounds)
        laid = self._laid(heard)
        rest = self._rest(laid, budget)
        order = itertools.count()
        begin = len(self._words)
        waiting: list[tuple[float, int, float, int, int, tuple[int, ...]]] = [
            (float(rest[0, begin]), next(order), 0.0, 0, begin, ())
        ]
        for _ in range(_STEPS):
            if not waiting or waiting[0][0] > budget:
                return
            _, _, cost, at, last, words = heapq.heappop(waiting)
            if at == len(heard.sounds):
                yield [self._words[word] for word in words]
                continue
            reach = min(laid.shape[2], len(heard.sounds) - at + 1)
            after = np.flatnonzero(self._follows[last])
            totals = cost + laid[after, at, :reach] + rest[at : at + reach, after].T
            for word, length in zip(*np.nonzero(totals <= budget), strict=True):
                to, index = at + int(length), int(after[word])
                here = cost + float(laid[index, at, length])
                heapq.heappush(waiting, (float(totals[word, length]), next(order), here, to, index, (*words, index)))

    def _rest(self, laid: Floats, budget: float) -> Floats:
        """Return (n + 1, words + 1) float32: what the rest from a place on costs at least, behind a word there."""
        size, reach = laid.shape[1], laid.shape[2]
        rest = np.full((size + 1, len(self._words) + 1), np.inf, np.float32)
        rest[size, self._ends] = 0
        for at in range(size - 1, -1, -1):
            lengths = min(reach, size - at + 1)
            begun = (laid[:, at, :lengths] + rest[at : at + lengths, :-1].T).min(axis=1)
            near = np.flatnonzero(begun <= budget)
            if near.size:
                rest[at] = np.where(self._follows[:, near], begun[near], np.inf).min(axis=1)
        return rest

    def _laid(self, heard: "_Heard") -> Floats:
        """Return (words, n, lengths) float32: what it costs to lay a word over `length` of the n sounds from a place.

        Levenshtein's table, for all words and places at once.
        """
        size, reach = heard.array.size, self._longest + _REACH
        lengths = np.arange(reach + 1, dtype=np.float32) * _LEFT_OUT
        table = np.broadcast_to(lengths, (len(self._words), size, reach + 1)).copy()
        there = np.minimum(np.arange(size)[:, None] + np.arange(reach), size - 1)
        pairs = costs()[:, heard.array]
        for k in range(self._longest):
            longer = np.flatnonzero(self._lengths > k)
            before = table[longer]
            step = before + np.float32(_LEFT_OUT)
            np.minimum(step[..., 1:], before[..., :-1] + pairs[self._sounds[longer, k]][:, there], out=step[..., 1:])
            table[longer] = np.minimum.accumulate(step - lengths, axis=-1) + lengths
        table[..., 0] = np.inf
        table[-1] = np.inf
        for begin, end in heard.numbers:
            table[-1, begin, end - begin] = 0
        return table


def _replaced(text: str, command: str, near: str) -> str:
    """`near` for `command` in `text`, written with capitals and a full stop as `command` was."""
    if command[:1].isupper():
        near = near[:1].upper() + near[1:]
    at = text.find(command)
    if at >= 0:
        return text[:at] + near + text[at + len(command) :]
    return near + text[len(text.rstrip(".!?…")) :]


def _sound(text: str) -> str:
    return "".join(sound_of(word) for word in _WORD.findall(text.lower()))


def _far(one: str, other: str) -> float:
    """How far two rows of sounds are from each other, for each sound of the longer one."""
    table, alike = [_LEFT_OUT * j for j in range(len(other) + 1)], costs()
    for i, a in enumerate(one, 1):
        before, table[0] = table[0], _LEFT_OUT * i
        for j, b in enumerate(other, 1):
            pair = before + float(alike[SOUNDS.index(a), SOUNDS.index(b)])
            before, table[j] = table[j], min(table[j] + _LEFT_OUT, table[j - 1] + _LEFT_OUT, pair)
    return table[-1] / max(1, len(one), len(other))


@dataclass(frozen=True)
class _Heard:
    """A text as sounds."""

    sounds: str
    numbers: tuple[tuple[int, int], ...]
    """Where in `sounds` there is a number, from and to."""
    written: tuple[str, ...]
    """The numbers as they were written."""

    @classmethod
    def of(cls, text: str) -> "_Heard":
        sounds, numbers, written = "", [], []
        for word in _WORD.findall(text.lower().replace("%", " percent")):
            sound = sound_of(word) or ("wan" if word[0].isdigit() else "")
            number = word[0].isdigit() or word in _NUMBERS
            if number:
                numbers.append((len(sounds), len(sounds) + len(sound)))
                written.append(word)
            sounds += sound
        return cls(sounds, tuple(numbers), tuple(written))

    @cached_property
    def array(self) -> NDArray[np.intp]:
        return np.array([SOUNDS.index(sound) for sound in self.sounds], np.intp)

    def numbered(self, words: list[str]) -> Iterator[str]:
        """Yield `words` with the numbers of the text in their places."""
        numbers = iter(self.written)
        for word in words:
            yield next(numbers, word) if word == NUMBER else word
