"""Prints what happens in a turn so that a person can read it."""

import sys
from collections.abc import Callable
from typing import Any

from device import events as e
from device.events import Happened

TOLD: dict[type[e.Event], tuple[str, Callable[[Any], str]]] = {
    e.WakeWord: ("wake word", lambda event: f'"{event.phrase}" ({event.score:.2f})'),
    e.SpeechStarted: ("speech", lambda _: "begins"),
    e.EndOfTurn: ("end of turn", lambda event: event.reason.replace("_", " ")),
    e.Transcript: ("transcript", lambda event: f'"{event.text}"'),
    e.Understood: ("understood", lambda event: f"{event.intent} {dict(event.slots)} ({event.route})"),
    e.Reply: ("reply", lambda event: f'"{event.text}"'),
    e.ReplyAudioStarted: ("reply audio", lambda _: "first sample"),
    e.Draft: ("draft", lambda event: f"{event.engine}, {event.ms:.0f} ms of work"),
    e.JobQueued: ("job", lambda event: f"{event.kind} queued"),
    e.Artifact: ("picture", lambda event: f"{event.stage}, {event.width}×{event.height}, by {event.engine}"),
    e.Failed: ("failed", lambda event: event.text),
    e.TurnFinished: ("turn finished", lambda _: "reply spoken, jobs queued"),
}
"""What is worth a line, its name, and what is said about it."""


class Timeline:
    """An observer of the bus that prints one line an event."""

    def __init__(self, stream: Any = None) -> None:
        self._stream = stream or sys.stdout
        self._heading = False

    def __call__(self, happened: Happened) -> None:
        """Print one event, when it is worth a line."""
        told = TOLD.get(type(happened.event))
        if told is None:
            return
        if not self._heading:
            print("   since start  since end of speech", file=self._stream)
            self._heading = True
        name, describe = told
        after = "" if happened.after_speech_ms is None else f"{happened.after_speech_ms:+,.0f} ms"
        print(
            f"{happened.at_ms:11,.0f} ms  {after:>19}  {name:<13} {describe(happened.event)}",
            file=self._stream,
            flush=True,
        )
