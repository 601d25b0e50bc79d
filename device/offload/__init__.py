"""Heavy work for the bridge: committed before a byte leaves, sent when there is a way, ended exactly once."""

from device.offload._offload import NoBridge, NotPermitted, Offload, OffloadRefused, OutboxFull

__all__ = ["NoBridge", "NotPermitted", "Offload", "OffloadRefused", "OutboxFull"]
