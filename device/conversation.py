"""The one state machine of the device.

::

    idle ──wake──▶ listening ──end of turn──▶ thinking ──first word──▶ speaking ──▶ idle, or thinking
      ▲               │  ▲                        │  │                    │         while a turn is open
      └─nothing said──┘  └──── wake word, in every state ─────────────────┘
"""

from collections.abc import Callable
from enum import StrEnum

from device.events import Attention


class State(StrEnum):
    """What the device is doing."""

    IDLE = "idle"
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"


ALLOWED: dict[State, frozenset[State]] = {
    State.IDLE: frozenset({State.LISTENING, State.THINKING, State.SPEAKING}),
    State.LISTENING: frozenset({State.IDLE, State.THINKING, State.LISTENING}),
    State.THINKING: frozenset({State.SPEAKING, State.IDLE, State.LISTENING}),
    State.SPEAKING: frozenset({State.IDLE, State.LISTENING, State.THINKING}),
}
"""From each state, those that may follow. Idle to thinking is a typed command; idle to speaking, news of a job."""


class Conversation:
    """Holds the state and knows which turns are open; everything else asks."""

    def __init__(self, changed: Callable[[State], None] = lambda _: None) -> None:
        self.state = State.IDLE
        self.reason: Attention | None = None
        """Why it is in this state; None where the state says it all."""
        self._changed = changed
        self._open: set[str] = set()

    @property
    def quiet(self) -> bool:
        """Nobody speaks, nothing is being done, and nothing waits to be."""
        return self.state is State.IDLE and not self._open

    def begin(self, turn: str) -> None:
        """Note that `turn` is open: somebody speaks in it, or it waits, or is being carried out."""
        self._open.add(turn)

    def finish(self, turn: str) -> None:
        """Note that `turn` is over."""
        self._open.discard(turn)
        if self.state is State.THINKING:
            self.rest()

    def rest(self) -> None:
        """Leave a state whose work is done: for thinking while any turn is open, else for idle."""
        self.go(State.THINKING if self._open else State.IDLE)

    def go(self, state: State, reason: Attention | None = None) -> bool:
        """Change to `state` and return True, or return False and stay when the table forbids it."""
        if state not in ALLOWED[self.state]:
            return False
        if (state, reason) != (self.state, self.reason):
            self.state, self.reason = state, reason
            self._changed(state)
        return True
