"""Text to speech for languages without a voice in the catalogue: eSpeak NG, a program of its own (GPL-3.0-or-later).

It builds the sound by rule, so it sounds like a machine, but starts in 20 ms and speaks some hundred languages. Written
Arabic leaves the short vowels out; they are put back first by libtashkeel (https://github.com/mush42/libtashkeel, MIT),
whose model comes with Piper.
"""

import io
import shutil
import subprocess
import wave
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

PROGRAM = "espeak-ng"
ENGINE = "espeak-ng"
"""What it is called in the settings, where another voice has a name of the catalogue."""
_WORDS_A_MINUTE = {"ar": 140}
"""Where its usual 175 are hard to follow."""
_LONGEST_S = 20.0
_MAX_CHARS = 2_000


class EspeakVoice:
    """One language's voice."""

    rate_hz: int = 22_050
    """Samples a second of what `speak` yields."""

    def __init__(self, language: str) -> None:
        """`language`: ISO 639-1. Raises ValueError where the program isn't installed, or doesn't speak the language."""
        program = shutil.which(PROGRAM)
        if program is None:
            raise ValueError(f"Speaking {language!r} needs eSpeak NG: apt-get install {PROGRAM}.")
        self._command = [program, "-v", language, "-s", str(_WORDS_A_MINUTE.get(language, 175)), "--stdin", "--stdout"]
        self._as_read: Callable[[str], str] = str
        if language == "ar":
            from piper.tashkeel import TashkeelDiacritizer

            self._as_read = TashkeelDiacritizer()
        if not any(piece.size for piece in self.speak("1")):
            raise ValueError(f"eSpeak NG doesn't speak {language!r}.")

    def speak(self, sentence: str) -> Iterator[NDArray[np.float32]]:
        """Yield the speech for `sentence`: (n,) float32 in [-1, 1] at `rate_hz`.

        Nothing is yielded where there is nothing to say.
        """
        words = sentence[:_MAX_CHARS]
        if not any(letter.isalnum() for letter in words):
            return
        spoken = subprocess.run(
            self._command, input=self._as_read(words).encode(), capture_output=True, timeout=_LONGEST_S, check=False
        )
        sound = _samples(spoken.stdout)
        if sound.size:
            yield sound


def _samples(wav: bytes) -> NDArray[np.float32]:
    if not wav:
        return np.zeros(0, np.float32)
    with wave.open(io.BytesIO(wav)) as file:
        # Written to a pipe, its header says that it has two billion samples: read what is there.
        data = file.readframes(min(file.getnframes(), len(wav) // 2))
    return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float32) / np.float32(32_768)
