"""The keys of one account: which is used, and which has been put aside. No clock of its own."""

from collections.abc import Sequence

ASIDE_S = 600.0
"""How long a key is not used that was refused, or whose account had no money left: somebody may have seen to it."""


class Keys:
    """In the order of the settings. `now` is always seconds of one clock that doesn't go back."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._back = dict.fromkeys(keys, 0.0)
        """When each may be used again."""

    def usable(self, now: float) -> list[str]:
        """Those to try, first to last: all that aren't aside, else the one that has been aside the longest."""
        return [key for key, back in self._back.items() if back <= now] or [min(self._back, key=self._back.__getitem__)]

    def put_aside(self, key: str, now: float) -> None:
        """The provider does not take it."""
        self._back[key] = now + ASIDE_S
