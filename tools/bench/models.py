"""How long each installed model takes for one piece of its work on this machine, and how much memory.

Each in a process of its own: loaded, run once, then as often as two seconds allow, ten times at least; memory is what
the process grows by at most once its libraries are loaded. Sound is a spoken command, noise where no voice is
installed. The draft model is timed on ONNX Runtime, and as an engine where one was built here and there is a GPU.

`python -m tools.bench.models MODELS SOUND WORK` is that process.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_models.image import draft_model
from edge_models.image.draft_engine import NAME as DRAFT
from edge_models.image.draft_model import FOLDER, NETWORK, DraftModel
from edge_models.image.enlarge import MODEL as ENLARGER
from edge_models.image.enlarge import Enlarger
from edge_models.image.parse import parse_prompt
from edge_models.models import ModelError, ModelStore
from edge_models.open_wake import OpenWakeWord
from edge_models.sentence_embedding import SentenceEncoder
from edge_models.speaker import VoiceEncoder
from edge_models.speech_embedding import SpeechEmbedding
from edge_models.spoken import RATE_HZ, VOICE, spoken_clip_apart
from edge_models.stt import Whisper
from edge_models.tensorrt import NO_GPU, Engines, compute_capability, find_library, load_engine
from edge_models.tts import PiperVoice
from edge_models.turn import SmartTurn
from edge_models.vad import FRAME_SAMPLES, SileroVad
from edge_models.wake import MicroWakeWord
from tools.bench import NothingToMeasure, forget_peak, peak_mb, result, spread
from tools.bench.speech import samples

COMMAND = "Draw a picture of a red fox under a full moon in the snow."
REPLY = "Here is your fox. The finished picture comes in a minute."
_SECONDS = 3
_AT_LEAST, _AT_MOST, _FOR_S = 10, 1000, 2.0

Sound = NDArray[np.float32]
Piece = Callable[[], object]
Loaded = tuple[Piece, float | None]
"""A loaded model: one piece of its work, and how many seconds of sound that is about."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is timed of a model."""

    unit: str
    engine: str
    """The package that runs it."""
    precision: str
    load: Callable[[Path, Sound], Loaded]
    """From the model's folder and three seconds of sound."""


def _vad(folder: Path, sound: Sound) -> Loaded:
    vad, frames = SileroVad(folder), _around(sound, FRAME_SAMPLES)
    return lambda: vad.probability(next(frames)), FRAME_SAMPLES / RATE_HZ


def _micro(folder: Path, sound: Sound) -> Loaded:
    wake, frames = MicroWakeWord(folder, ("hey jarvis",)), _around(sound, 480)
    return lambda: wake.process(next(frames)), 480 / RATE_HZ


def _open(folder: Path, sound: Sound) -> Loaded:
    wake, frames = OpenWakeWord(folder, ("hey jarvis",)), _around(sound, 1280)
    return lambda: wake.process(next(frames)), 1280 / RATE_HZ


def _embeds_sound(folder: Path, sound: Sound) -> Loaded:
    embedding = SpeechEmbedding(folder)
    return lambda: embedding.embed(sound), _SECONDS


def _ends_turns(folder: Path, sound: Sound) -> Loaded:
    turn = SmartTurn(folder)
    return lambda: turn.complete(sound), None


def _hears(folder: Path, sound: Sound) -> Loaded:
    hears = Whisper(folder, "en")
    return lambda: hears.transcribe(sound), _SECONDS


def _speaks(folder: Path, _: Sound) -> Loaded:
    voice = PiperVoice(folder)

    def speak() -> int:
        return sum(piece.size for piece in voice.speak(REPLY))

    return speak, speak() / voice.rate_hz


def _embeds_words(folder: Path, _: Sound) -> Loaded:
    encoder = SentenceEncoder(folder)
    return lambda: encoder.embed(REPLY), None


def _knows_voices(folder: Path, sound: Sound) -> Loaded:
    encoder = VoiceEncoder(folder)
    return lambda: encoder.embed(sound), _SECONDS


def _enlarges(folder: Path, _: Sound) -> Loaded:
    enlarger, small = Enlarger(folder), np.zeros((128, 128, 3), np.uint8)
    return lambda: enlarger.enlarge(small), None


def _draws(folder: Path, _: Sound) -> Loaded:
    model, scene = DraftModel(Enlarger(folder)), parse_prompt(COMMAND)
    return lambda: model.draft(scene, seed=0), None


def _draws_on_gpu(folder: Path, _: Sound) -> Loaded:
    gpu = load_engine(DRAFT, FOLDER / NETWORK, Engines(folder.parent.parent / "engines"))
    model, scene = DraftModel(Enlarger(folder), gpu=gpu), parse_prompt(COMMAND)

    def draw() -> None:
        model.draft(scene, seed=0)
        if model.engine != draft_model.ON_GPU:
            raise NothingToMeasure("the engine failed, and the processor drew.")

    return draw, None


ONNX, NUMPY, WHISPER = "onnxruntime", "numpy", "ctranslate2"
ON_GPU = "draft on the GPU"
WORKS = {
    "vad": Work("a frame of 32 ms", ONNX, "float32", _vad),
    "microwakeword": Work("30 ms of sound, one phrase", "pymicro-wakeword", "int8", _micro),
    "openwakeword": Work("80 ms of sound, one phrase", ONNX, "float32", _open),
    "speech-embedding": Work("3 s of sound", ONNX, "float32", _embeds_sound),
    "turn": Work("whether a turn is over", ONNX, "int8", _ends_turns),
    "stt": Work("3 s of sound", WHISPER, "int8", _hears),
    "tts": Work("a reply of two sentences", ONNX, "float32", _speaks),
    "embedding": Work("a sentence", NUMPY, "float32", _embeds_words),
    "speaker": Work("3 s of sound", NUMPY, "float32", _knows_voices),
    ENLARGER: Work("128² to 512²", "ncnn", "float16", _enlarges),
    DRAFT: Work("a draft of 512²", ONNX, "int8", _draws),
    ON_GPU: Work("a draft of 512²", "tensorrt", "int8", _draws_on_gpu),
}
"""By a model's name, or by its kind where all of that kind do the same."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A model, and what is timed of it: a key of `WORKS`."""

    name: str
    work: str

    @property
    def title(self) -> str:
        """What it is called while it is timed."""
        return self.work if self.name == DRAFT else self.name


def subjects(store: ModelStore, names: Sequence[str]) -> list[Subject]:
    """The models that are to be timed, each with its work: all that are installed, or those of `names`.

    Raises UnknownModel, ModelMissing and ModelCorrupt for what is named, NothingToMeasure where it has no work of a
    size, as a language model.
    """
    if not names:
        names = [name for name in store.catalogue.models if store.installed(name) and _work(store, name)]
        names += [DRAFT] if store.installed(ENLARGER) else []
    chosen: list[Subject] = []
    for name in names:
        if name != DRAFT:
            work = _work(store, name)
            store.verify(name)
            if work is None:
                raise NothingToMeasure(f"The model {name} has no work of one size that could be timed here.")
            chosen.append(Subject(name, work))
            continue
        store.verify(ENLARGER)
        chosen.append(Subject(DRAFT, DRAFT))
        if Engines(store.root.parent / "engines").built(DRAFT) and compute_capability() != NO_GPU:
            chosen.append(Subject(DRAFT, ON_GPU))
    return chosen


def measured(store: ModelStore, subject: Subject, sound: Path) -> dict[str, Any]:
    """The figures of one model, from a process of its own. Raises NothingToMeasure where that fails."""
    folder = store.root / (ENLARGER if subject.name == DRAFT else subject.name)
    command = [sys.executable, "-m", "tools.bench.models", str(folder), str(sound), subject.work]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        why = done.stderr.strip().splitlines() or ["its process ended"]
        raise NothingToMeasure(f"{subject.title} can't be timed: {why[-1]}")
    figures = json.loads(done.stdout)
    return result("models", figures.pop("n"), model=subject.name, **figures)


def spoken_sound(store: ModelStore, folder: Path) -> Path:
    """A file with three seconds of sound: a command spoken by the default voice, noise where that isn't installed."""
    sound = np.random.default_rng(0).normal(0, 0.05, _SECONDS * RATE_HZ)
    if store.installed(VOICE):
        spoken_clip_apart(COMMAND, folder / "spoken.wav", voice_directory=store.path(VOICE))
        sound = np.resize(samples(folder / "spoken.wav"), _SECONDS * RATE_HZ)
    np.save(folder / "sound.npy", sound.astype(np.float32))
    return folder / "sound.npy"


def _work(store: ModelStore, name: str) -> str | None:
    """What is timed of a model of the catalogue; None: nothing. Raises UnknownModel."""
    return next((key for key in (name, store.model(name).kind) if key in WORKS), None)


def _around(sound: Sound, size: int) -> Iterator[Sound]:
    """Pieces of a sound, from the beginning again at its end."""
    while True:
        for at in range(0, sound.size - size + 1, size):
            yield sound[at : at + size]


def _timed(folder: Path, sound: Sound, work: Work) -> dict[str, Any]:
    forget_peak()
    before_mb = peak_mb()
    piece, sound_s = work.load(folder, sound)
    piece()
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < _AT_LEAST or (len(times) < _AT_MOST and time.perf_counter() - began < _FOR_S):
        at = time.perf_counter()
        piece()
        times.append((time.perf_counter() - at) * 1000)
    figures: dict[str, Any] = {"n": len(times), "unit": work.unit, "engine": _engine(work), "precision": work.precision}
    figures["ms"] = spread(times, digits=3)
    if sound_s:
        figures["real_time_factor"] = round(figures["ms"]["median"] / 1000 / sound_s, 4)
    figures["peak_mb"] = round(peak_mb() - before_mb, 1)
    return figures


def _engine(work: Work) -> str:
    if work.engine != "tensorrt":
        return f"{work.engine} {version(work.engine)}"
    library = find_library()
    return f"{library.name} {library.version}, GPU {library.gpu}"


def main(folder: Path, sound: Path, work: str) -> int:
    """Print the figures of one model; what can't be measured is one sentence on stderr."""
    try:
        print(json.dumps(_timed(folder, np.load(sound), WORKS[work])))
    except (ModelError, NothingToMeasure, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
