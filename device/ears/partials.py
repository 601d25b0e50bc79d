"""Partial transcripts that don't take back what they have said.

A recogniser that is asked again and again about a growing piece of speech changes its mind, mostly about the last
words. What two answers in a row agree on is taken as settled (LocalAgreement-2, Liu et al. 2020,
https://arxiv.org/abs/2005.11185)::

    heard                        shown (settled | open)
    "Draw a red"                             | Draw a red
    "draw a red box"             draw a red  | box
    "Draw a red fox, under"      draw a red  | fox, under
    "Drop the red fox under a"   draw a red fox under | a       what is settled stays
"""

import re

_WORD = re.compile(r"\S+")


class Agreement:
    """One turn's partial transcripts."""

    def __init__(self) -> None:
        self.text = ""
        """What is shown: the settled words and the latest answer's words behind them."""
        self.stable = 0
        """How many of its first characters will not change any more in this turn."""
        self._before: list[str] = []

    def add(self, text: str) -> tuple[str, int]:
        """Take what the speech so far was transcribed to; return `text` and `stable`.

        Case and punctuation don't matter for the agreement; settled words keep theirs. An answer without words counts
        for nothing.
        """
        words = _WORD.findall(text)
        if not any(map(_plain, words)):
            return self.text, self.stable
        settled = _WORD.findall(self.text[: self.stable])
        rest = words[_behind(settled, words) :]
        before = self._before[_behind(settled, self._before) :]
        agreed = 0
        # The last word heard may be half a word.
        while agreed < min(len(rest) - 1, len(before)) and _plain(rest[agreed]) == _plain(before[agreed]):
            agreed += 1
        self._before = words
        kept = self.text[: self.stable]
        newly = " ".join([*([kept] if kept else []), *rest[:agreed]])
        self.text = " ".join([*([newly] if newly else []), *rest[agreed:]])
        self.stable = len(newly)
        return self.text, self.stable


def _plain(word: str) -> str:
    return re.sub(r"[\W_]+", "", word.casefold())


def _behind(settled: list[str], words: list[str]) -> int:
    """Return how many of `words` correspond to `settled`: as many as make the edit distance smallest."""
    row = list(range(len(words) + 1))
    for i, mine in enumerate(map(_plain, settled), 1):
        above, row[0] = row[0], i
        for j, word in enumerate(words, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (mine != _plain(word)))
    return min(range(len(words) + 1), key=lambda end: (row[end], abs(end - len(settled))))
