"""Whether anybody is there, by what a device can notice."""

from device.bus import NO_TURN, Bus
from device.events import PresenceChanged, SpeechStarted, Transcript, WakeWord
from device.presence import HERE_S, Presence


class Room:
    def __init__(self) -> None:
        self.seconds = 0.0
        self.pages = 0
        self.bus = Bus(self)
        self.told: list[bool] = []
        self.bus.observe(
            lambda happened: (
                self.told.append(happened.event.somebody) if isinstance(happened.event, PresenceChanged) else None
            )
        )
        self.presence = Presence(bus=self.bus, watched=lambda: self.pages > 0)

    def now(self) -> float:
        return self.seconds

    def passes(self, seconds: float) -> None:
        self.seconds += seconds
        self.presence.look()


def test_nobody_is_noticed_before_somebody_speaks_or_types() -> None:
    room = Room()
    room.presence.look()
    assert not room.presence.somebody
    room.bus.publish("t1", WakeWord(phrase="alexa", score=0.9))  # a television said it
    assert not room.presence.somebody
    room.bus.publish("t1", SpeechStarted())
    assert room.presence.somebody
    assert room.told == [True]


def test_who_is_not_heard_of_for_a_while_has_gone() -> None:
    room = Room()
    room.bus.publish(NO_TURN, Transcript(text="stop", language="en", confidence=1.0))
    room.passes(HERE_S - 1)
    assert room.presence.somebody
    room.passes(2)
    assert not room.presence.somebody
    assert room.told == [True, False]


def test_a_page_that_is_open_is_somebody_and_a_while_after_that() -> None:
    room = Room()
    room.pages = 1
    room.passes(10 * HERE_S)
    assert room.presence.somebody
    room.pages = 0
    room.passes(HERE_S - 1)
    assert room.presence.somebody
    room.passes(2)
    assert room.told == [True, False]
