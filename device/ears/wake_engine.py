"""The wake engine that the settings ask for."""

from device.config import Wake
from edge_models.models import ModelStore
from edge_models.vad import SileroVad
from edge_models.wake import MicroWakeWord, OpenWakeWord


def wake_engine(wake: Wake, models: ModelStore) -> MicroWakeWord | OpenWakeWord:
    """Load the engine. Raises ModelError, and ValueError for a phrase that no model knows."""
    if wake.engine == "openwakeword":
        return OpenWakeWord(models.path("openwakeword"), wake.phrases, thresholds=dict(wake.thresholds))
    return MicroWakeWord(
        models.path("microwakeword"),
        wake.phrases,
        thresholds=wake.thresholds,
        # Another than the ears': what one hears must not change what the other remembers.
        vad=SileroVad(models.path("silero-vad")),
        second_opinion=models.path("openwakeword") if wake.second_opinion else None,
    )
