"""What the settings keep in the board's memory: what speech needs always, the rest when it is asked for."""

import logging
from pathlib import Path

from device.config import LANGUAGES, DeviceConfig
from edge_models.memory import BoardMemory, Look
from edge_models.models import ModelStore
from edge_models.residency import Need, Rank, Residency, budget_bytes, in_words

log = logging.getLogger(__name__)

PROGRAM = "the device's program"
PROGRAM_BYTES = 240_000_000
"""The process without the models that are listed, after a picture by the compositor; 2026-11."""
ENLARGER = "realesr-animevideov3-x4"
DRAFT_MODEL = "the draft model"
DRAFT_BYTES = 140_000_000
"""With its enlarger, after eight pictures, above what the compositor takes; 2026-11."""
LANGUAGE_MODEL = "the language model"
BESIDE_LANGUAGE_BYTES = 200_000_000
"""What llama.cpp takes beside the file, with 4,096 tokens of SmolLM2-135M; another model's is measured when it runs."""


def needs(config: DeviceConfig, models: ModelStore) -> list[Need]:
    """Every model that a device with these settings may want. Raises ModelCorrupt where the picture model is none."""
    wanted = [*_speech(config, models)]
    chosen = config.pictures.draft
    if chosen == "model" or (chosen is None and models.installed(ENLARGER)):
        wanted.append(Need(DRAFT_MODEL, Rank.DRAFT, DRAFT_BYTES))
    if config.pictures.finish is not None:
        wanted.append(_strong(config.pictures.finish, models.root.parent))
    if local := config.language_model.local:
        wanted.append(Need(LANGUAGE_MODEL, Rank.LANGUAGE, language_bytes(models, local)))
    return wanted


def _strong(name: str, home: Path) -> Need:
    from edge_models.diffusion.here import PictureModelHere

    model = PictureModelHere(name, home)
    return Need(model.called, Rank.STRONG_PICTURE, model.least_bytes)


def language_bytes(models: ModelStore, name: str) -> int:
    """What a language model takes, before anybody could measure it; 0 for one that isn't in the catalogue."""
    known = models.catalogue.models.get(name)
    return known.size_bytes + BESIDE_LANGUAGE_BYTES if known else 0


def recogniser(config: DeviceConfig, models: ModelStore, look: Look) -> str:
    """Who is to recognise speech: the model of the settings, or the language's usual one where only that has room."""
    chosen, usual = config.speech.stt, LANGUAGES[config.speech.language]["stt"]
    wanted = sum(need.size_bytes for need in _speech(config, models))
    room = min(budget_bytes(look, cap_bytes(config)), look.available_bytes - look.reserve_bytes)
    if wanted <= room or chosen == usual or not models.installed(usual):
        return chosen
    log.warning(
        "There's too little memory for %s: with all else that speech needs it takes %s, %s are free. %s listens.",
        chosen,
        in_words(wanted),
        in_words(max(0, room)),
        usual,
    )
    return usual


def residency_of(config: DeviceConfig, models: ModelStore, *, speaks: bool) -> Residency:
    """The board's budget; where the device `speaks`, what that needs is taken already."""
    residency = Residency(BoardMemory(), cap_bytes=cap_bytes(config))
    for need in _speech(config, models) if speaks else ():
        residency.take(need.name, need.size_bytes)
    return residency


def cap_bytes(config: DeviceConfig) -> int | None:
    """What all models may take together by the settings."""
    return config.models.memory_mb * 1_000_000 if config.models.memory_mb else None


def _speech(config: DeviceConfig, models: ModelStore) -> list[Need]:
    """What is heard, understood and spoken with."""
    wake = "openwakeword" if config.wake.engine == "openwakeword" else "microwakeword"
    second = ["openwakeword"] if config.wake.second_opinion and wake != "openwakeword" else []
    voices = ["resemblyzer"] if (models.root.parent / "voices").is_dir() else []
    names = [wake, *second, "silero-vad", "smart-turn-v3", config.speech.stt, config.speech.tts, "all-minilm-l6-v2"]
    catalogue = models.catalogue.models
    return [
        Need(PROGRAM, Rank.SPEECH, PROGRAM_BYTES),
        *(Need(name, Rank.SPEECH, catalogue[name].resident_bytes) for name in (*names, *voices) if name in catalogue),
    ]
