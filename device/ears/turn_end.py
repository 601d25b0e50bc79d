"""When is the person done? A decision about time, without a clock: feed it frames, ask it.

::

    wake                                       whole_s  settled_s    longest_pause_s
      │                                           │        │               │
      ▼      ┌──── speech ────┐   ┌── speech ──┐  ▼        ▼               ▼
    ──┴──────┘                └───┘            └──┬────?───┬──────?───?────┬────▶ time
      │                       short pauses        │        │ at ask_at_s   │ "silence": it never
      │                       are nothing         │        │               │ sounded finished
      │                                           │        └ "complete", as soon as Smart Turn says so
      │                                           └ "command", when it says so and the words are a whole command
      ├──────── nothing_said_s without speech ────▶ "nothing_said"
      │      └───── longest_turn_s of speech and pauses ─────────────────▶ "too_long"

A pause is measured from the VAD's own end of speech. The model that knows whether a sentence sounds finished, and the
transcript that may be a whole command, come from whoever feeds the frames, whenever they are there.
"""

from dataclasses import dataclass
from typing import Literal

Reason = Literal["command", "complete", "silence", "nothing_said", "too_long", "end_of_audio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The thresholds."""

    speech: float = 0.5
    """A frame is speech from this probability on."""
    still_speech: float = 0.25
    """And goes on being speech down to this one. At 0.35 two of 147 orders have a pause of 0.4 s that is none, and a
    word in noise is left 0.42 s before its end; at 0.2 the end of commands in noise comes 0.03 s later (2026-11)."""
    shortest_speech_s: float = 0.09
    """Shorter sounds are clicks: they neither begin a turn nor end a pause."""
    transcribe_at_s: float = 0.03
    """The length of a pause at which what was said is transcribed, in case that this was all: at once. 147 orders have
    46 pauses; and 0.03 s behind the end of speech as many words are right as after 0.1 s (2026-11)."""
    ask_at_s: tuple[float, ...] = (0.09, 0.16, 0.32, 0.5, 0.8)
    """The lengths of a pause at which it is worth asking whether the turn sounds complete. After 0.09 s Smart Turn
    knows 20 of 21 short commands as complete, after 0.16 s all; of 52 pauses in the middle of 147 orders it takes 27
    for the end after 0.09 s, and 5 of the 10 that last as long as 0.32 s (2026-11)."""
    complete: float = 0.5
    """The answer from which on it does."""
    whole_s: float = 0.16
    """No shorter pause ends a turn whose words are a whole command. Whisper is ready by then."""
    settled_s: float = 0.4
    """And no shorter one any other turn. Of 147 orders spoken with hesitations (Picovoice speech-to-intent, 2026-11), 9
    would be cut off at 0.25 s, 5 at 0.32 s and none at 0.4 s."""
    longest_pause_s: float = 1.2
    """After this the turn ends whatever it sounds like."""
    nothing_said_s: float = 5.0
    longest_turn_s: float = 15.0


class TurnEnd:
    """One turn's end. Seconds count from the first frame."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.elapsed_s = 0.0
        self.said = False
        """Something was said."""
        self.speech_ended_s = 0.0
        """When the last speech ended, as far as the VAD heard."""
        self.speech_s = 0.0
        """How much speech there was, without the pauses."""
        self.pause = 0
        """The number of the pause that was the last to begin, from 1 on."""
        self._began_s = 0.0
        self._run_s = 0.0
        self._speaking = False
        self._complete = 0.0
        self._whole = False

    def hear(self, probability: float, seconds: float) -> None:
        """Take the next frame: the VAD's probability of speech in it, and its length."""
        self.elapsed_s += seconds
        if probability >= (self.limits.still_speech if self._run_s else self.limits.speech):
            self._run_s += seconds
            if self._run_s >= self.limits.shortest_speech_s:
                if not self.said:
                    self._began_s = self.elapsed_s - self._run_s
                self.speech_s += seconds if self._speaking else self._run_s
                self._speaking = True
                self.said = True
                self.speech_ended_s = self.elapsed_s
            return
        self._run_s = 0.0
        if self._speaking:
            self._speaking = False
            self._complete = 0.0
            self._whole = False
            self.pause += 1

    @property
    def questions(self) -> int:
        """How often it was worth asking, in this pause so far, whether the turn sounds complete."""
        return sum(self.pause_s >= at_s for at_s in self.limits.ask_at_s)

    def sounds(self, pause: int, complete: float) -> None:
        """Take Smart Turn's answer, 0 to 1. One to a pause that is over counts for nothing."""
        if pause == self.pause and not self._speaking:
            self._complete = complete

    def is_whole(self, pause: int) -> None:
        """Note that what was said before this pause is a command that nothing can follow."""
        if pause == self.pause and not self._speaking:
            self._whole = True

    def forget_speech(self) -> None:
        """What was heard were no words: wait for the person to begin."""
        self.said = False
        self.speech_s = 0.0
        self._complete = 0.0

    @property
    def pause_s(self) -> float:
        """How long nothing has been said since something was; 0 while the person speaks or before that."""
        return 0.0 if self._speaking or not self.said else self.elapsed_s - self.speech_ended_s

    def ended(self) -> Reason | None:
        """Return why the turn is over, or None while it isn't."""
        limits = self.limits
        if self._complete >= limits.complete:
            if self._whole and self.pause_s >= limits.whole_s:
                return "command"
            if self.pause_s >= limits.settled_s:
                return "complete"
        if self.pause_s >= limits.longest_pause_s:
            return "silence"
        if self.said and self.elapsed_s - self._began_s >= limits.longest_turn_s:
            return "too_long"
        if not self.said and not self._run_s and self.elapsed_s >= limits.nothing_said_s:
            return "nothing_said"
        return None
