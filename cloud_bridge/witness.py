"""Who looks on while jobs are done. Told of ids, kinds, states, counts and times; whatever it keeps holds no words."""

from collections.abc import Callable
from typing import Any

from cloud_bridge.entry import Entry


class Witness:
    """Called in the event loop, but for `committed`, once what it is told of is on the disk. This one takes no note.

    `now`: Unix seconds, as the ledger has it. Nothing here may raise or wait: the job is what counts.
    """

    def accepted(self, entry: Entry, *, now: float) -> None:
        """A new job is in the ledger."""

    def claimed(self, entry: Entry, *, now: float) -> None:
        """A provider is about to be called for it."""

    def put_back(self, entry: Entry) -> None:
        """It waits again."""

    def ended(self, entry: Entry, *, now: float) -> None:
        """It is over: `entry.state` says how, `entry.result` is what its device will hear."""

    def delivered(self, entry: Entry, *, began: float, now: float) -> None:
        """The broker has its end; that took from `began` to `now`."""

    def acknowledged(self, device: str, job: str, *, now: float) -> None:
        """The device has its end. Told again when it says so again."""

    def committed(self, orders: int, took_s: float) -> None:
        """The ledger has written so many orders at once; called in its writer's thread."""

    def refused(self, why: str) -> None:
        """A message was not taken: `why` is one word of a fixed few."""

    def called(self, provider: str, outcome: str, status: int, took_s: float) -> None:
        """A provider was called. `outcome`: `ok`, a FailureCode, or `cancelled`; `status`: HTTP's, 0 without one."""

    def stored(self, size_bytes: int) -> None:
        """A picture was written."""

    def sent(self, size_bytes: int) -> None:
        """A picture was fetched."""


NOBODY = Witness()


def both(one: Witness, other: Witness) -> Witness:
    """A witness that tells two, and neither of them what it takes no note of."""

    class Both(Witness):
        pass

    def telling(first: Callable[..., None], second: Callable[..., None]) -> Callable[..., None]:
        def tell(*details: Any, **more: Any) -> None:
            first(*details, **more)
            second(*details, **more)

        return tell

    for name, what in vars(Witness).items():
        if callable(what) and not name.startswith("_"):
            heard = [getattr(each, name) for each in (one, other) if getattr(type(each), name) is not what]
            if heard:
                setattr(Both, name, staticmethod(telling(*heard) if len(heard) == 2 else heard[0]))
    return Both()
