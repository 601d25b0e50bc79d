"""When is the person done? A decision about time, without a clock: feed it frames, ask it.

::

    wake                                     ask_after_s   longest_pause_s
      │                                           │              │
      ▼      ┌──── speech ────┐   ┌── speech ──┐  ▼              ▼
    ──┴──────┘                └───┘            └──┬──────────────┬────────▶ time
      │                       short pauses        │ "complete"   │ "silence": it never
      │                       are nothing         │ when Smart   │ sounded finished
      │                                           │ Turn says so │
      ├──────── nothing_said_s without speech ────▶ "nothing_said"
      └──────────── longest_turn_s, whatever is said ────────────────────▶ "too_long"

A pause is measured from the VAD's own end of speech. The model that knows whether a sentence sounds finished is asked
once a pause (`pause` counts them), by whoever feeds the frames; its answer comes when it comes.
"""

from dataclasses import dataclass
from typing import Literal

Reason = Literal["complete", "silence", "nothing_said", "too_long", "end_of_audio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The thresholds."""

    speech: float = 0.5
    """A frame is speech from this probability on."""
    still_speech: float = 0.35
    """And goes on being speech down to this one."""
    shortest_speech_s: float = 0.09
    """Shorter sounds are clicks: they neither begin a turn nor end a pause."""
    ask_after_s: float = 0.2
    """A pause of this length is worth asking whether the turn sounds complete: Smart Turn is trained on it."""
    complete: float = 0.5
    """The answer from which on it does."""
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
        self.pause = 0
        """The number of the present pause, or of the last one; 0 before the first."""
        self._run_s = 0.0
        self._speaking = False
        self._complete = 0.0

    def hear(self, probability: float, seconds: float) -> None:
        """Take the next frame: the VAD's probability of speech in it, and its length."""
        self.elapsed_s += seconds
        if probability >= (self.limits.still_speech if self._run_s else self.limits.speech):
            self._run_s += seconds
            if self._run_s >= self.limits.shortest_speech_s:
                self._speaking = True
                self.said = True
                self.speech_ended_s = self.elapsed_s
            return
        self._run_s = 0.0
        if self._speaking:
            self._speaking = False
            self._complete = 0.0
            self.pause += 1

    def answer(self, pause: int, complete: float) -> None:
        """Take the answer, 0 to 1: did the turn sound complete in that pause? A late one counts for nothing."""
        if pause == self.pause and not self._speaking:
            self._complete = complete

    def forget_speech(self) -> None:
        """What was heard were no words: wait for the person to begin."""
        self.said = False
        self._complete = 0.0

    @property
    def pause_s(self) -> float:
        """How long nothing has been said since something was; 0 while the person speaks or before that."""
        return 0.0 if self._speaking or not self.said else self.elapsed_s - self.speech_ended_s

    @property
    def worth_asking(self) -> bool:
        """Whether this pause is long enough to ask if the turn sounds complete."""
        return self.pause_s >= self.limits.ask_after_s

    def ended(self) -> Reason | None:
        """Return why the turn is over, or None while it isn't."""
        limits = self.limits
        if self.worth_asking and self._complete >= limits.complete:
            return "complete"
        if self.pause_s >= limits.longest_pause_s:
            return "silence"
        if self.elapsed_s >= limits.longest_turn_s:
            return "too_long" if self.said else "nothing_said"
        if not self.said and not self._run_s and self.elapsed_s >= limits.nothing_said_s:
            return "nothing_said"
        return None
