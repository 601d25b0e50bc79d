"""An answer as it may be passed on: words, with numbers in brackets that stand for sources that exist.

::

    "Rembrandt painted it [2]. See https://x [7]."  ──▶ "Rembrandt painted it [2]. See."
    all of it, renumbered by what is cited           ──▶ "Rembrandt painted it [1]. See.", and which one [1] is
"""

import re

_CITED = re.compile(r"\s*[\[【]\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)[^\]】\d]{0,12}[\]】]")
_LINK = re.compile(r"\[([^\[\]]{0,200})\]\(\s*\S{0,2000}?\)|\s*\(?\b(?:https?://|www\.)[^\s<>\[\]]+")
_MARKUP = re.compile(r"[*_`#]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
_LAST_WORD = re.compile(r"\S*$")
_OPENED = re.compile(r"[\[【(][^\]】)]{0,200}$")


def cited(text: str, sources: int) -> str:
    """`text` as words in single spaces, with citations of the first so many sources alone."""

    def existing(found: re.Match[str]) -> str:
        numbers = dict.fromkeys(int(number) for number in re.findall(r"\d+", found.group(1)))
        kept = "".join(f"[{number}]" for number in numbers if 1 <= number <= sources)
        return f" {kept}" if kept else ""

    words = _LINK.sub(lambda found: found.group(1) or "", text)
    return " ".join(_MARKUP.sub("", _CITED.sub(existing, words)).split())


def so_far(text: str, sources: int) -> str:
    """Of an answer that still grows, what won't change any more, as `cited` has it."""
    return cited(_OPENED.sub("", _LAST_WORD.sub("", text)), sources)


def renumbered(text: str) -> tuple[str, list[int]]:
    """`text` as `cited` gave it, with its citations counted up from 1, and the old number of each."""
    order = list(dict.fromkeys(int(number) for number in re.findall(r"\[(\d{1,3})\]", text)))
    return re.sub(r"\[(\d{1,3})\]", lambda found: f"[{order.index(int(found.group(1))) + 1}]", text), order
