"""Stamps events with turn and time and hands them to whoever observes. None of the observers stands in the path."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from uuid_utils import uuid7

from device.clock import Clock
from device.events import Event, Happened

log = logging.getLogger(__name__)
Observer = Callable[[Happened], None]
NO_TURN = ""


@dataclass(slots=True)
class _TurnTimes:
    began_s: float
    speech_ended_s: float | None = None


class Bus:
    """One a device, used from its event loop alone."""

    def __init__(self, clock: Clock, *, next_seq: int = 1) -> None:
        self.clock = clock
        self._next_seq = next_seq
        self._observers: list[Observer] = []
        self._turns: dict[str, _TurnTimes] = {}

    @property
    def last_seq(self) -> int:
        """The number of the newest event; 0 before the first of the device's life."""
        return self._next_seq - 1

    def begin_turn(self, began_s: float | None = None) -> str:
        """Start a turn at `began_s` of the clock (default: now) and return its id, a UUIDv7."""
        turn = str(uuid7())
        self._turns[turn] = _TurnTimes(self.clock.now() if began_s is None else began_s)
        while len(self._turns) > 200:
            self._turns.pop(next(iter(self._turns)))
        return turn

    def speech_ended(self, turn: str, at_s: float) -> None:
        """Note when the person stopped speaking (seconds of the clock); later events carry the time since."""
        if turn in self._turns:
            self._turns[turn].speech_ended_s = at_s

    def publish(self, turn: str, event: Event) -> Happened:
        """Stamp the event and tell every observer. An observer that raises is logged and the others still hear it."""
        now = self.clock.now()
        times = self._turns.get(turn)
        ended = times.speech_ended_s if times else None
        happened = Happened(
            seq=self._next_seq,
            turn=turn,
            at_ms=(now - times.began_s) * 1000 if times else 0.0,
            after_speech_ms=(now - ended) * 1000 if ended is not None else None,
            event=event,
        )
        self._next_seq += 1
        for observer in tuple(self._observers):
            try:
                observer(happened)
            except Exception:
                log.exception("an observer failed on %s", event.name)
        return happened

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call `observer` with everything that happens from now on; the returned function ends that."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)
