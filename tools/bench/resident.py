"""What each model takes in memory when it has worked: for `resident_mb` in the catalogue.

`python -m tools.bench.resident MODELS` loads one model after the other, each in a process of its own, lets it work
once, and prints by how many megabytes the process has grown since its libraries were loaded.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from device.config import Wake
from device.ears.wake_engine import wake_engine
from edge_models.models import ModelStore
from edge_models.sentence_embedding import SentenceEncoder
from edge_models.speaker import VoiceEncoder
from edge_models.stt import Whisper
from edge_models.tts import PiperVoice
from edge_models.turn import SmartTurn
from edge_models.vad import FRAME_SAMPLES, SileroVad
from tools.bench import resident_mb

_SOUND = np.random.default_rng(0).uniform(-0.3, 0.3, 5 * 16_000).astype(np.float32)


def _work(models: ModelStore) -> Mapping[str, Callable[[], object]]:
    """Load it, work once, and return all that must stay."""

    def whisper(name: str) -> Callable[[], object]:
        def work() -> object:
            stt = Whisper(models.path(name), "en")
            return stt, stt.transcribe(_SOUND)

        return work

    def wake(**settings: object) -> Callable[[], object]:
        def work() -> object:
            engine = wake_engine(Wake.model_validate(settings), models)
            return engine, engine.process(_SOUND)

        return work

    def piper() -> object:
        voice = PiperVoice(models.path("piper-en-us-joe"))
        return voice, list(voice.speak("Drawing a red fox under a full moon."))

    def vad() -> object:
        silero = SileroVad(models.path("silero-vad"))
        return silero, silero.probability(_SOUND[:FRAME_SAMPLES])

    def turn() -> object:
        smart = SmartTurn(models.path("smart-turn-v3"))
        return smart, smart.complete(_SOUND)

    def sentences() -> object:
        encoder = SentenceEncoder(models.path("all-minilm-l6-v2"))
        return encoder, encoder.embed("Draw a red fox.")

    def voices() -> object:
        encoder = VoiceEncoder(models.path("resemblyzer"))
        return encoder, encoder.embed(_SOUND)

    return {
        "microwakeword": wake(),
        "openwakeword": wake(engine="openwakeword"),
        "silero-vad": vad,
        "smart-turn-v3": turn,
        "whisper-tiny-en": whisper("whisper-tiny-en"),
        "whisper-base": whisper("whisper-base"),
        "piper-en-us-joe": piper,
        "all-minilm-l6-v2": sentences,
        "resemblyzer": voices,
    }


def _grown_mb(models_root: Path, name: str) -> int:
    """In the process of its own."""
    work = _work(ModelStore(models_root))[name]
    before = resident_mb()
    stays = work()
    grown = resident_mb() - before
    del stays
    return grown


def main() -> None:
    """Print one object: megabytes by model."""
    root = Path(sys.argv[1])
    if sys.argv[2:]:
        sys.stdout.write(str(_grown_mb(root, sys.argv[2])))
        return
    models = ModelStore(root)
    grown = {
        name: int(
            subprocess.run(
                [sys.executable, "-m", "tools.bench.resident", str(root), name],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            ).stdout
        )
        for name in _work(models)
        if models.installed(name)
    }
    sys.stdout.write(json.dumps(grown) + "\n")


if __name__ == "__main__":
    main()
