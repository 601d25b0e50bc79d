"""What the device says."""

from device.voice.silent import SilentVoice
from device.voice.voice import Voice

__all__ = ["SilentVoice", "Voice"]
