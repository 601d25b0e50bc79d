"""What the device says."""

from device.voice.voice import Voice

__all__ = ["Voice"]
