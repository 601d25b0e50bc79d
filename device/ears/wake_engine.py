"""The wake engine that the settings ask for."""

from device.config import Wake
from edge_models.models import ModelStore
from edge_models.own_phrase import OwnPhrases, WakeEngines, own_phrases
from edge_models.speech_embedding import SpeechEmbedding
from edge_models.vad import SileroVad
from edge_models.wake import MicroWakeWord, OpenWakeWord


def wake_engine(wake: Wake, models: ModelStore) -> MicroWakeWord | OpenWakeWord | WakeEngines:
    """Load the engine, and beside it that of phrases which the owner taught (`nightjar wake enroll`).

    Those lie beside the models, in `$NIGHTJAR_HOME/wake`. Raises ModelError, and ValueError for a phrase that is
    neither a model's nor taught, or can't be read.
    """
    taught = own_phrases(models.root.parent / "wake", wake.phrases)
    if not taught:
        return _trained(wake, wake.phrases, models)
    own = OwnPhrases(SpeechEmbedding(models.path("speech-embedding")), taught, thresholds=wake.thresholds)
    names = {phrase.phrase for phrase in taught}
    rest = tuple(phrase for phrase in wake.phrases if phrase not in names)
    return WakeEngines(_trained(wake, rest, models), own) if rest else WakeEngines(own)


def _trained(wake: Wake, phrases: tuple[str, ...], models: ModelStore) -> MicroWakeWord | OpenWakeWord:
    if wake.engine == "openwakeword":
        return OpenWakeWord(models.path("openwakeword"), phrases, thresholds=dict(wake.thresholds))
    return MicroWakeWord(
        models.path("microwakeword"),
        phrases,
        thresholds=wake.thresholds,
        # Another than the ears': what one hears must not change what the other remembers.
        vad=SileroVad(models.path("silero-vad")),
        second_opinion=models.path("openwakeword") if wake.second_opinion else None,
    )
