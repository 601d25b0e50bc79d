"""Somebody speaks while the device does: when is that worth being silent for? Feed it frames, it has no clock.

::

    reply   ════════════╗ silent      ╔═══════════════      ════════════╗ silent: what was said
    person   (cough) ▄▄_▄▄▄▄__________║                     "stop" ▄▄▄▄▄▄▄▄▄▄________║ is a command
                       ▲ onset_s      └ resumed: no words               ▲ onset_s    └ turn

A room that is never quiet (a television) must not silence the device for good: nobody barges in before it was quiet
for a moment, and after a few interruptions that were none the rest of the reply is spoken through. What is said is
still listened to.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """The thresholds."""

    speech: float = 0.6
    """A frame is speech from this probability on: higher than in a turn, for what is left of the device's own voice."""
    onset_s: float = 0.09
    """So much speech in a row is somebody speaking; a knock or a click is shorter. Three VAD frames: what is left of
    the 150 ms goes to the sound card."""
    quiet_s: float = 0.2
    """How long it must have been quiet before."""
    mistakes: int = 3
    """Interruptions that were none, after which a reply is interrupted no more."""


class BargeIn:
    """One reply, and the people who may talk over it."""

    def __init__(self, onset: Onset | None = None) -> None:
        self._onset = onset or Onset()
        self._run: list[float] = []
        self._quiet_s = 0.0
        self._quiet = False
        self._mistakes = 0

    @property
    def silences(self) -> bool:
        """Whether an onset is worth being silent for."""
        return self._mistakes < self._onset.mistakes

    def hear(self, probability: float, seconds: float) -> list[float]:
        """Take the next frame: the VAD's probability of speech and its length.

        Return the probabilities of the frames so far of somebody who now counts as speaking; [] in all other frames.
        """
        if probability < self._onset.speech:
            self._run = []
            self._quiet_s += seconds
            self._quiet = self._quiet or self._quiet_s >= self._onset.quiet_s
            return []
        self._quiet_s = 0.0
        self._run.append(probability)
        if not self._quiet or len(self._run) * seconds < self._onset.onset_s:
            return []
        self._quiet = False
        return self._run

    def mistaken(self, *, echo: bool = False) -> None:
        """The last onset was no interruption: a cough, other people; `echo`: the device's own voice, which goes on."""
        self._mistakes += self._onset.mistakes if echo else 1
