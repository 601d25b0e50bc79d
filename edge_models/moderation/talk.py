"""What is not talked about: help with killing, hurting and abusing people, and words that are hate themselves.

A question about something cruel is nearly always a fair one ("who invented the atomic bomb"), so that the lists of what
is not drawn would refuse far too much. These are patterns of asking: how to do it, not what it is.
"""

import tomllib
from importlib.resources import files

from edge_models.moderation.kinds import kind
from edge_models.moderation.readings import readings
from edge_models.moderation.words import MAX_CHARS, Refused


class Talk:
    """The list, compiled once."""

    def __init__(self) -> None:
        text = (files("edge_models.moderation") / "talk.toml").read_text(encoding="utf-8")
        lists = tomllib.loads(text)
        parts = lists["parts"]
        self._kinds = tuple(
            kind(name, values, parts, values["arabic"], parts) for name, values in lists["kinds"].items()
        )

    def refused(self, text: str) -> Refused | None:
        """Why this is not answered, or not said; None when it may be. Reads `MAX_CHARS` characters; never raises."""
        ways = readings(text[:MAX_CHARS])
        return next((Refused(each.name) for each in self._kinds if each.is_in(ways)), None)
