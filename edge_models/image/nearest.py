"""What comes nearest to a thing that there is no drawing of (`nearest.toml`); it is offered, never drawn unasked.

A list, not a model: of the 50 words that a sentence encoder was asked about, it was right for some ten, and where it
was wrong ("a turkey" for "an ottoman") it was as sure as where it was right.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from edge_models.image.vocabulary import plural


def nearest_subject(noun: str) -> str | None:
    """The key of the subject that comes nearest to an English noun, singular or plural; None where none is near."""
    return _nearest().get(noun.lower())


@cache
def _nearest() -> Mapping[str, str]:
    rows: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("nearest.toml").read_text("utf-8"))
    found: dict[str, str] = {}
    for key, words in rows.items():
        for word in words:
            if word in found:
                raise ValueError(f"{word!r} stands twice in nearest.toml")
            found[word] = found[plural(word, irregular=_IRREGULAR)] = key
    return found


_IRREGULAR = {"werewolf": "werewolves"}
