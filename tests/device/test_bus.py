"""Events are stamped with turn and time, and no observer stands in another's way."""

from device.bus import Bus
from device.events import Reply, WakeWord


class DrivenClock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def now(self) -> float:
        return self.seconds


def test_an_event_says_how_long_after_the_turn_began_and_after_the_end_of_speech_it_came():
    clock = DrivenClock()
    bus = Bus(clock)
    turn = bus.begin_turn()
    clock.seconds += 1.5
    early = bus.publish(turn, WakeWord("hey jarvis", 0.9))
    bus.speech_ended(turn, 102.0)
    clock.seconds = 102.25
    late = bus.publish(turn, Reply("Yes."))
    assert (early.at_ms, early.after_speech_ms) == (1500.0, None)
    assert (late.at_ms, late.after_speech_ms) == (2250.0, 250.0)


def test_a_turn_can_have_begun_before_it_was_noticed():
    clock = DrivenClock()
    bus = Bus(clock)
    turn = bus.begin_turn(99.0)
    assert bus.publish(turn, Reply("Yes.")).at_ms == 1000.0


def test_numbers_go_on_where_the_last_run_of_the_device_ended():
    bus = Bus(DrivenClock(), next_seq=41)
    assert [bus.publish("", Reply("a")).seq, bus.publish("", Reply("b")).seq, bus.last_seq] == [41, 42, 42]


def test_an_observer_that_raises_does_not_keep_the_others_from_hearing():
    bus = Bus(DrivenClock())
    heard = []

    def broken(happened):
        raise RuntimeError("broken")

    bus.observe(broken)
    forget = bus.observe(heard.append)
    bus.publish("", Reply("a"))
    forget()
    bus.publish("", Reply("b"))
    assert [happened.event.text for happened in heard] == ["a"]


def test_json_has_the_promised_fields_and_leaves_out_what_is_not_known():
    bus = Bus(DrivenClock())
    turn = bus.begin_turn()
    assert bus.publish(turn, WakeWord("alexa", 0.5)).as_json() == {
        "event": "wake_word",
        "turn": turn,
        "at_ms": 0.0,
        "phrase": "alexa",
        "score": 0.5,
    }
