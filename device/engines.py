"""The models that a device hears and speaks with."""

import asyncio
import logging
from dataclasses import dataclass

from device.config import DeviceConfig, Speech
from device.ears.speaker import KnownVoices, known_voices
from device.ears.wake_engine import wake_engine
from device.memory_plan import recogniser
from edge_models import espeak
from edge_models.memory import BoardMemory
from edge_models.models import ModelError, ModelStore
from edge_models.own_phrase import WakeEngines
from edge_models.speaker import VoiceEncoder
from edge_models.stt import Whisper
from edge_models.tts import PiperVoice, SpeakingVoice
from edge_models.turn import SmartTurn
from edge_models.vad import SileroVad
from edge_models.wake import MicroWakeWord, OpenWakeWord
from hw.audio import Duplex

log = logging.getLogger(__name__)


class DeviceError(Exception):
    """The device can't run as it is set up; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Engines:
    """The models, loaded."""

    wake: MicroWakeWord | OpenWakeWord | WakeEngines
    vad: SileroVad
    smart_turn: SmartTurn
    stt: Whisper
    tts: SpeakingVoice
    voices: KnownVoices | None
    """The voices that were learnt, and whose commands are carried out; None: none was."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a device hears and speaks with."""

    duplex: Duplex
    engines: Engines


async def load_engines(config: DeviceConfig, models: ModelStore) -> Engines:
    """Load all side by side.

    Raises ModelError, and DeviceError for a wake phrase, a voice or a language that nobody knows.
    """
    try:
        return Engines(
            *await asyncio.gather(
                asyncio.to_thread(lambda: wake_engine(config.wake, models)),
                asyncio.to_thread(lambda: SileroVad(models.path("silero-vad"))),
                asyncio.to_thread(lambda: SmartTurn(models.path("smart-turn-v3"))),
                asyncio.to_thread(lambda: _recogniser(config, models)),
                asyncio.to_thread(lambda: speaking_voice(config.speech, models)),
                asyncio.to_thread(lambda: _voices(config, models)),
            )
        )
    except ValueError as error:
        raise DeviceError(str(error)) from None


def _recogniser(config: DeviceConfig, models: ModelStore) -> Whisper:
    speech = config.speech
    return Whisper(models.path(recogniser(config, models, BoardMemory().look())), speech.language, gpu=speech.gpu)


def speaking_voice(speech: Speech, models: ModelStore) -> SpeakingVoice:
    """Load what the settings say to speak with. Raises ModelError, and ValueError where eSpeak NG can't."""
    if speech.tts == espeak.ENGINE:
        return espeak.EspeakVoice(speech.language)
    return PiperVoice(models.path(speech.tts))


def _voices(config: DeviceConfig, models: ModelStore) -> KnownVoices | None:
    only, needed = config.wake.only_voices, config.privacy.adults
    try:
        return known_voices(
            models.root.parent / "voices",
            lambda: VoiceEncoder(models.path("resemblyzer")),
            only=only,
            needed=needed,
        )
    except ModelError as error:
        if only or needed:
            raise
        log.warning("voices are not told apart: %s", error)
        return None
