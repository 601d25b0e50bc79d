"""Prints what happens in a turn so that a person can read it."""

from collections.abc import Callable
from typing import Any

from device import events as e
from device.events import Happened

TOLD: dict[type[e.Event], tuple[str, Callable[[Any], str]]] = {
    e.WakeWord: ("wake word", lambda event: f'"{event.phrase}" ({event.score:.2f})'),
    e.SpeechStarted: ("speech", lambda _: "begins"),
    e.EndOfTurn: ("end of turn", lambda event: event.reason.replace("_", " ")),
    e.Stranger: ("stranger", lambda event: f"a voice that isn't obeyed ({event.score:.2f})"),
    e.Transcript: (
        "transcript",
        lambda event: f'"{event.text}"{f" ({event.speaker})" if event.speaker else ""}',
    ),
    e.Understood: ("understood", lambda event: f"{event.intent} {dict(event.slots)} ({event.route})"),
    e.Reply: ("reply", lambda event: f'"{event.text}"'),
    e.ReplyAudioStarted: ("reply audio", lambda _: "first sample"),
    e.Draft: ("draft", lambda event: f"{event.engine}, {event.ms:.0f} ms of work"),
    e.JobQueued: ("job", lambda event: f"{event.kind} queued"),
    e.Artifact: ("picture", lambda event: f"{event.stage}, {event.width}×{event.height}, by {event.engine}"),
    e.Answered: ("answered", lambda event: ", ".join(one["site"] for one in event.sources) or "without a source"),
    e.Failed: ("failed", lambda event: event.text),
    e.TurnFinished: ("turn finished", lambda _: ""),
    e.Muted: ("microphone", lambda event: "muted" if event.muted else "open"),
}
"""What is worth a line, its name, and what is said about it."""


BEGINNINGS = (e.WakeWord, e.SpeechStarted, e.Transcript, e.Reply)
"""What a turn of this run begins with: a wake word, a first word without one, typed words, a timer that is done."""


class Timeline:
    """An observer of the bus that prints one line an event."""

    def __init__(self, print_line: Callable[[str], None]) -> None:
        self._print_line = print_line
        self._heading = False
        self._turns: set[str] = set()

    def __call__(self, happened: Happened) -> None:
        """Print one event, when it is worth a line."""
        told = TOLD.get(type(happened.event))
        if told is None:
            return
        if not self._heading:
            self._print_line("   since start  since end of speech")
            self._heading = True
        name, describe = told
        if isinstance(happened.event, e.Muted):  # belongs to no turn and has no time in one
            self._print_line(f"{'':>14}  {'':>19}  {name:<13} {describe(happened.event)}")
            return
        if isinstance(happened.event, BEGINNINGS) and happened.turn:
            self._turns.add(happened.turn)
        if happened.turn not in self._turns:  # a picture that an earlier run of the device had asked for
            self._print_line(f"{'earlier':>14}  {'':>19}  {name:<13} {describe(happened.event)}".rstrip())
            return
        after = "" if happened.after_speech_ms is None else f"{happened.after_speech_ms:+,.0f} ms"
        self._print_line(f"{happened.at_ms:11,.0f} ms  {after:>19}  {name:<13} {describe(happened.event)}".rstrip())
